// Purpose: a build as the Markdown page that CI systems show for a job ($GITHUB_STEP_SUMMARY, a merge request's note). Pure.
// Limits: 500 services, 20 failures of 8 KiB each, 20 notes; what is left out is said.
#pragma once

#include <string>
#include <vector>

#include "farmctl/render/compiler_messages.hpp"
#include "shared/base/error.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl {

// `notes`: what the plan said; its warnings are shown.
std::string render_job_summary(const BuildStatus& status, Millis total, const std::vector<Finding>& findings,
                               const std::vector<Diagnostic>& notes);

// A submission that never became a build.
std::string render_job_summary_error(const Error& error);

}  // namespace farm::ctl
