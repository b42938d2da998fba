// Purpose: many Dockerfiles cook and build in one stage (`RUN cargo chef cook …`, `COPY . .`, `RUN cargo build …`). A stage can only be
// replaced as a whole, so the farm's effective Dockerfile cuts it in two behind the cook: the user's file stays as it is. Internal to
// shared/plan.
#pragma once

#include <optional>
#include <string>

#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm::plan {

inline constexpr const char* kCookStage = "farm-cook";

// The text with the stage cut behind its cook, ARGs declared again; none where cook and build stand in different stages, in one RUN, or
// where a stage is named by number (a new stage would shift the numbers).
std::optional<std::string> split_cook_stage(const Dockerfile& dockerfile, const RustStages& rust);

}  // namespace farm::plan
