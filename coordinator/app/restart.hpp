// Purpose: takes up where the last life of the coordinator ended: the scheduler's records, the builds that had not ended (also those whose
// last tags had not moved), their jobs by id. Errors (Corrupt, Unsupported) must stop the start: a coordinator with half its memory is
// worse than none.
#pragma once

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"

namespace farm::coordinator {

// Before the first step.
Result<void> restore(Core& core, BuildBook& book);

// After restore(): builds that can't go on (lost secrets) fail with that reason, tags of finished images are asked for.
void resume(Core& core, BuildBook& book, Effects& effects);

}  // namespace farm::coordinator
