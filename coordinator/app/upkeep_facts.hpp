// Purpose: gathers what coordinator/upkeep decides on: records of results, slices and caches, and all that is in use at this moment.
#pragma once

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/upkeep/inventory.hpp"

namespace farm::coordinator {

// Of open builds and of jobs that are not over.
void add_in_use(const Core& core, BuildBook& book, upkeep::InUse& in_use);
// Of a plan that is being built, or soon will be: its slices, caches and (where complete) keys.
void add_in_use(const Plan& plan, const std::string& zone, const std::vector<Digest>& keys, upkeep::InUse& in_use);

// Everything but in_use. Errors: Corrupt, Unsupported.
Result<upkeep::Facts> read_facts(const Core& core, upkeep::Survey survey);

}  // namespace farm::coordinator
