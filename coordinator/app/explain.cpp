#include "coordinator/app/explain.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "coordinator/admission/text_changes.hpp"
#include "coordinator/app/planning.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kNamesListedMax = 60;
constexpr std::size_t kValuesMax = 20;  // of one input
constexpr std::size_t kValueBytesMax = 300;
constexpr std::size_t kAgentsMax = 500;

std::string names_of(const BuildStatus& status) {
  std::set<std::string> names;
  for (const ServiceStatus& service : status.services) names.insert(service.service);
  for (const JobStatus& job : status.jobs) names.insert(job.name);
  std::string text;
  std::size_t listed = 0;
  for (const std::string& name : names) {
    if (++listed > kNamesListedMax) return text + " and " + std::to_string(names.size() - kNamesListedMax) + " more";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

const JobStatus* job_named(const BuildStatus& status, const std::string& name) {
  const auto found = std::find_if(status.jobs.begin(), status.jobs.end(), [&](const JobStatus& job) { return job.name == name; });
  return found == status.jobs.end() ? nullptr : &*found;
}

std::vector<std::string> cut(const std::vector<std::string>& values) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < values.size() && i < kValuesMax; ++i) result.push_back(values[i].substr(0, kValueBytesMax));
  return result;
}

// An image that is made with the job, so that its text is the user's own and not what farm made of it.
const JobSpec* with_own_text(const Plan& plan, const std::string& name) {
  const auto found = std::find_if(plan.jobs.begin(), plan.jobs.end(), [&](const JobSpec& job) { return job.name == name; });
  if (found == plan.jobs.end()) return nullptr;
  if (found->kind == JobKind::Image) return &*found;
  const auto wanted = static_cast<JobIndex>(found - plan.jobs.begin());
  std::vector<std::set<JobIndex>> below(plan.jobs.size());
  for (JobIndex index = 0; index < plan.jobs.size(); ++index) {
    const JobSpec& job = plan.jobs[index];
    const auto take = [&](JobIndex other) {
      below[index].insert(other);
      if (plan.jobs[other].kind != JobKind::Image) below[index].insert(below[other].begin(), below[other].end());
    };
    for (const StageInput& input : job.inputs) take(input.job);
    if (job.compile_route) take(job.compile_route->job);
    if (job.kind == JobKind::Image && below[index].contains(wanted)) return &job;
  }
  return &*found;
}

class Explainer {
 public:
  Explainer(const store::Store& store, const scheduler::Scheduler& scheduler, Instant now, const BuildStatus& status, const JobStatus& job)
      : store_(store), scheduler_(scheduler), now_(now), status_(status), job_(job) {}

  Explanation run() {
    told_.build = status_.id;
    told_.project = status_.project;
    told_.build_state = status_.state;
    told_.created_ms = status_.created_ms;
    told_.job = job_;
    for (const ServiceStatus& service : status_.services) {
      if (service.job == job_.name) told_.services.push_back(service.service);
    }
    if (job_.state == JobState::Hit) {
      (void)take_last(job_.key);
    } else {
      compare();
    }
    const scheduler::Job* known = job_.id ? scheduler_.find_job(job_.id) : nullptr;
    if (known != nullptr && known->state == JobState::Waiting && known->needs_open == 0) ask_agents();
    return std::move(told_);
  }

 private:
  std::optional<std::vector<KeyInput>> take_last(const Digest& key) {
    Result<wire::ResultRecord> result = store::get_result(store_, key);
    if (!result) return std::nullopt;
    told_.last_build = result->build;
    told_.last_ms = result->created_ms;
    told_.last_key = result->key;
    return std::move(result->key_inputs);
  }

  void compare() {
    const Result<wire::SubmissionRecord> submission = store::get_submission(store_, status_.id);
    if (!submission) return;
    const auto& jobs = submission->plan.jobs;
    const auto planned = std::find_if(jobs.begin(), jobs.end(), [&](const JobSpec& spec) { return spec.name == job_.name; });
    const auto index = static_cast<std::size_t>(planned - jobs.begin());
    if (index >= submission->last_keys.size() || submission->last_keys[index].empty()) return;
    const std::optional<std::vector<KeyInput>> last = take_last(submission->last_keys[index]);
    // Decided as it was then: what did not run was there.
    const Result<admission::Admission> again = admission_again(*submission, [](const Digest&) { return admission::KnownResult{}; });
    if (!last || !again) return;
    std::vector<KeyInput> now = again->jobs[index].key_inputs;
    const auto is_whole = [](const KeyInput& input) { return input.name == admission::kWholeContextInput; };
    if (std::any_of(last->begin(), last->end(), is_whole)) {
      now.push_back({admission::kWholeContextInput, admission::context_digest(planned->full_slices).oci()});
    }
    for (const admission::Difference& difference : admission::differences(now, *last)) {
      if (told_.changes.size() >= kInputChangesMax) {
        ++told_.changes_left_off;
      } else {
        told_.changes.push_back({difference.name.substr(0, kValueBytesMax), cut(difference.before), cut(difference.after)});
      }
      if (difference.name == "dockerfile") compare_dockerfiles(submission->plan);
    }
  }

  void compare_dockerfiles(const Plan& now) {
    if (!told_.last_build) return;
    const Result<wire::SubmissionRecord> last = store::get_submission(store_, told_.last_build);
    // Another project may have made what this one hit: its files are not shown here.
    if (!last || last->plan.project != now.project) return;
    const JobSpec* before = with_own_text(last->plan, job_.name);
    const JobSpec* after = with_own_text(now, job_.name);
    if (before != nullptr && after != nullptr) told_.dockerfile = admission::text_changes(before->dockerfile, after->dockerfile);
  }

  void ask_agents() {
    for (scheduler::AgentVerdict& verdict : scheduler_.explain_agents(job_.id, now_)) {
      if (told_.agents.size() >= kAgentsMax) return;
      told_.agents.push_back({std::move(verdict.agent), std::move(verdict.reason)});
    }
  }

  const store::Store& store_;
  const scheduler::Scheduler& scheduler_;
  const Instant now_;
  const BuildStatus& status_;
  const JobStatus& job_;
  Explanation told_;
};

}  // namespace

Result<const JobStatus*> find_job(const BuildStatus& status, const std::string& name) {
  for (const ServiceStatus& service : status.services) {
    if (service.service != name) continue;
    if (const JobStatus* job = job_named(status, service.job)) return job;
  }
  if (const JobStatus* job = job_named(status, name)) return job;
  std::set<std::string> fitting;
  if (!name.empty()) {
    for (const ServiceStatus& service : status.services) {
      if (service.service.find(name) != std::string::npos && job_named(status, service.job) != nullptr) fitting.insert(service.job);
    }
    for (const JobStatus& job : status.jobs) {
      if (job.name.find(name) != std::string::npos) fitting.insert(job.name);
    }
  }
  const std::string build = "build " + to_string(status.id);
  if (fitting.empty())
    return Error{ErrorKind::NotFound,
                 build + " has no job or service '" + name.substr(0, kValueBytesMax) + "'; it has: " + names_of(status)};
  if (fitting.size() == 1) return job_named(status, *fitting.begin());
  std::string names;
  for (const std::string& job : fitting) names += (names.empty() ? "" : ", ") + job;
  return Error{ErrorKind::InvalidInput, "'" + name.substr(0, kValueBytesMax) + "' can be several jobs of " + build + ": " + names};
}

Explanation explain(const store::Store& store, const scheduler::Scheduler& scheduler, Instant now, const BuildStatus& status,
                    const JobStatus& job) {
  return Explainer(store, scheduler, now, status, job).run();
}

}  // namespace farm::coordinator
