// Purpose: from an admission to what the scheduler and the store get: new jobs, job specs, the submission record. No I/O beyond reading the
// store.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coordinator/admission/admission.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {

// Bases by reference, as records keep them.
std::vector<KeyInput> to_records(const admission::PinnedBases& bases);
// Error: Corrupt.
Result<admission::PinnedBases> from_records(const std::vector<KeyInput>& records);

// The jobs of the plan that hit or have to run.
std::vector<BuildJob> build_jobs(const Plan& plan, const admission::Admission& admission);

// `expected`: predicted run time of a job by name; `bytes`: size of a known result by key.
std::vector<scheduler::NewJob> new_jobs(const Plan& plan, const admission::Admission& admission, const protocol::SubmitOptions& options,
                                        const std::function<Millis(const std::string&)>& expected,
                                        const std::function<std::uint64_t(const Digest&)>& bytes);

// After the scheduler's step: gives the build's jobs their ids; jobs that came along with a shared one are added. Returns what the new ones
// among them (`is_known`: has a spec already) need to be started.
std::vector<wire::JobSpecRecord> bind_jobs(OpenBuild& build, const scheduler::Build& record, const scheduler::Scheduler& scheduler,
                                           const std::function<bool(JobId)>& is_known);

// The admission of a submission that was durable already: what hit then hits now, whatever was built or lost since. `results`: by key.
Result<admission::Admission> admission_again(const wire::SubmissionRecord& submission, const admission::ResultLookup& results);

}  // namespace farm::coordinator
