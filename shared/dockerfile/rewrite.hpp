// Purpose: changes to a Dockerfile's text that the farm's own jobs need. Text → text; every byte that isn't part of the change stays. Pure.
// Errors: InvalidInput, with the reason in words for the user (the planner falls back to a slower way and shows it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm {

// Adds `--bin a --bin b` to the cook where it selects nothing itself. Error where it does, or where a name isn't a plain binary name.
Result<std::string> limit_cook(const Dockerfile& dockerfile, const CargoCommand& cook, const std::vector<std::string>& bins);

// Adds a stage (its text begins with FROM) at the end, on a line of its own.
std::string append_stage(std::string_view text, std::string_view stage_text);

// For the compile job: `--bin ${ARG}` of the build becomes `${FARM_BINS}`, with `ARG FARM_BINS` in front of its RUN. The job gives
// FARM_BINS="--bin a --bin b". Allowed only where the build stage uses the ARG for nothing else, and the RUN is in shell form.
constexpr std::string_view kBinsArg = "FARM_BINS";
Result<std::string> compile_many(const Dockerfile& dockerfile, const ResolvedStages& resolved, const RustStages& rust);

// "--bin a --bin b". Error: InvalidInput for a name that a shell could read as something else.
Result<std::string> bins_argument(const std::vector<std::string>& bins);

}  // namespace farm
