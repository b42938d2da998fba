// Purpose: a job with its reasons, and below it the jobs that made it run: one way for `farmctl explain` and for the coordinator's API.
// Pure; whoever knows explanations is asked through a function.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/history/reasons.hpp"

namespace farm::history {

struct ExplainedJob {
  Explanation told;  // without steps below the first
  std::vector<Reason> reasons;
  std::vector<ExplainedJob> below;
};

inline constexpr std::size_t kJobsExplainedMax = 40;  // of one answer

// What is told about one job of a build.
using AskJob = std::function<Result<Explanation>(const std::string& name)>;

// Follows the jobs below, each once. Errors: those of `ask` for `name`; a job below that is not known is left out.
Result<ExplainedJob> explain_down(const std::string& name, const AskJob& ask, const SliceLookup& files);

}  // namespace farm::history
