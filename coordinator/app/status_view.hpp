// Purpose: the whole truth about an open build as its watchers get it: what the scheduler knows, and what OpenBuild adds. No I/O.
#pragma once

#include <string>

#include "coordinator/app/open_build.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "shared/model/status.hpp"

namespace farm::coordinator {

// `registry`: as clients reach it; put before published references. A build that the scheduler forgot is shown as failed.
BuildStatus make_status(const OpenBuild& build, const scheduler::Scheduler& scheduler, Instant now, const std::string& registry);

BuildSummary summary_of(const BuildStatus& status);

}  // namespace farm::coordinator
