// Purpose: why a job of a build runs, waits, is where it is, or hits: from the scheduler's state while it is open, else from the records.
// Reads only; one bounded piece of work on the loop's thread.
#pragma once

#include <string>

#include "coordinator/scheduler/scheduler.hpp"
#include "coordinator/store/store.hpp"
#include "shared/base/result.hpp"
#include "shared/model/explanation.hpp"

namespace farm::coordinator {

// `name`: a job or a service of the build, or an unambiguous part of one. Errors: NotFound, listing what there is; InvalidInput where
// several names fit.
Result<const JobStatus*> find_job(const BuildStatus& status, const std::string& name);

// `job`: one of `status`.
Explanation explain(const store::Store& store, const scheduler::Scheduler& scheduler, Instant now, const BuildStatus& status,
                    const JobStatus& job);

}  // namespace farm::coordinator
