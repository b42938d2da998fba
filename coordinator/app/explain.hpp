// Purpose: why a job of a build runs, waits, is where it is, or hits: from the scheduler's state while it is open, else from the records.
// Reads only; bounded. Lists of files are some megabytes, so the store is read off the loop: for `farmctl explain` on the reading thread,
// for the API on HTTP threads.
#pragma once

#include <optional>
#include <string>

#include "coordinator/admission/admission.hpp"
#include "coordinator/app/explain_files.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "coordinator/store/records.hpp"
#include "shared/base/result.hpp"
#include "shared/history/explained.hpp"

namespace farm::coordinator {

// `name`: a job or a service of the build, or an unambiguous part of one. Errors: NotFound, listing what there is; InvalidInput where
// several names fit.
Result<const JobStatus*> find_job(const BuildStatus& status, const std::string& name);

// The jobs of one build: what is read for one of them serves the next. `store` and `status` outlive it. One thread.
class Explainer {
 public:
  Explainer(const store::Store& store, const BuildStatus& status) : store_(store), status_(status), files_(store) {}

  // `job`: one of the build.
  Explanation explain(const JobStatus& job);

 private:
  struct Submitted {
    wire::SubmissionRecord record;
    std::optional<admission::Admission> again;  // nothing: its records are damaged
  };
  struct Last {
    wire::ResultRecord result;
    bool of_this_project = false;
  };
  const Submitted* submitted();
  std::optional<Last> last_result(const Digest& key, Explanation& told) const;
  void compare(const JobStatus& job, Explanation& told);
  void compare_dockerfiles(const Plan& now, Explanation& told) const;
  void add_steps(const JobStatus& job, Explanation& told) const;

  const store::Store& store_;
  const BuildStatus& status_;
  SliceFiles files_;
  bool read_ = false;
  std::optional<Submitted> submitted_;
};

// What the scheduler says of agents while the job waits for one. In the loop.
void add_agents(const scheduler::Scheduler& scheduler, Instant now, Explanation& told);

// With the jobs below it, from the store alone. `job`: one of `status`.
history::ExplainedJob explain_down(const store::Store& store, const BuildStatus& status, const JobStatus& job);

}  // namespace farm::coordinator
