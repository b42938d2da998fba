// Purpose: a build as a JUnit report, which every CI system reads: a test case per service and per job that failed for them. Pure.
#pragma once

#include <string>
#include <vector>

#include "farmctl/render/compiler_messages.hpp"
#include "shared/base/error.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl {

// Built and hit: passed. Failed: a failure with the job's reason and the compiler's findings. Skipped and cancelled: skipped.
std::string render_junit(const BuildStatus& status, Millis total, const std::vector<Finding>& findings);

// A submission that never became a build: one case, an error.
std::string render_junit_error(const Error& error);

}  // namespace farm::ctl
