#include "coordinator/app/explain.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "coordinator/admission/text_changes.hpp"
#include "coordinator/app/planning.hpp"
#include "shared/base/assert.hpp"

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

const Explainer::Submitted* Explainer::submitted() {
  if (!read_) {
    read_ = true;
    if (Result<wire::SubmissionRecord> record = store::get_submission(store_, status_.id)) {
      // Decided as it was then: what did not run was there.
      Result<admission::Admission> again = admission_again(*record, [](const Digest&) { return admission::KnownResult{}; });
      submitted_ = Submitted{std::move(*record), {}};
      if (again) submitted_->again = std::move(*again);
    }
  }
  return submitted_ ? &*submitted_ : nullptr;
}

Explanation Explainer::explain(const JobStatus& job) {
  Explanation told;
  told.build = status_.id;
  told.project = status_.project;
  told.build_state = status_.state;
  told.created_ms = status_.created_ms;
  told.job = job;
  for (const ServiceStatus& service : status_.services) {
    if (service.job == job.name) told.services.push_back(service.service);
  }
  if (job.state == JobState::Hit) {
    (void)last_result(job.key, told);
  } else {
    compare(job, told);
    add_steps(job, told);
  }
  return told;
}

std::optional<Explainer::Last> Explainer::last_result(const Digest& key, Explanation& told) const {
  Result<wire::ResultRecord> result = store::get_result(store_, key);
  if (!result) return std::nullopt;
  told.last_build = result->build;
  told.last_ms = result->created_ms;
  told.last_key = result->key;
  const bool ours = result->project == status_.project;
  return Last{std::move(*result), ours};
}

void Explainer::compare(const JobStatus& job, Explanation& told) {
  const Submitted* submission = submitted();
  if (submission == nullptr) return;
  const wire::SubmissionRecord& record = submission->record;
  const auto& jobs = record.plan.jobs;
  const auto planned = std::find_if(jobs.begin(), jobs.end(), [&](const JobSpec& spec) { return spec.name == job.name; });
  const auto index = static_cast<std::size_t>(planned - jobs.begin());
  if (planned == jobs.end() || index >= record.last_keys.size() || record.last_keys[index].empty()) return;
  std::optional<Last> last = last_result(record.last_keys[index], told);
  if (!last || !submission->again) return;
  std::vector<KeyInput> now = submission->again->jobs[index].key_inputs;
  const std::vector<KeyInput>& before = last->result.key_inputs;
  const auto is_whole = [](const KeyInput& input) { return input.name == admission::kWholeContextInput; };
  if (std::any_of(before.begin(), before.end(), is_whole)) {
    now.push_back({admission::kWholeContextInput, admission::context_digest(planned->full_slices).oci()});
  }
  for (const admission::Difference& difference : admission::differences(now, before)) {
    if (told.changes.size() >= kInputChangesMax) {
      ++told.changes_left_off;
    } else {
      told.changes.push_back({difference.name.substr(0, kValueBytesMax), cut(difference.before), cut(difference.after)});
      // Another project may have made what this one hit: its files and its text are not shown here.
      if (last->of_this_project) files_.compare(told.changes.back(), record.plan, told.slices);
    }
    if (difference.name == "dockerfile" && last->of_this_project) compare_dockerfiles(record.plan, told);
  }
}

void Explainer::compare_dockerfiles(const Plan& now, Explanation& told) const {
  if (!told.last_build) return;
  const Result<wire::SubmissionRecord> last = store::get_submission(store_, told.last_build);
  if (!last || last->plan.project != now.project) return;
  const JobSpec* before = with_own_text(last->plan, told.job.name);
  const JobSpec* after = with_own_text(now, told.job.name);
  if (before != nullptr && after != nullptr) told.dockerfile = admission::text_changes(before->dockerfile, after->dockerfile);
}

void Explainer::add_steps(const JobStatus& job, Explanation& told) const {
  if (!job.id) return;
  Result<wire::StepsRecord> steps = store::get_steps(store_, job.id);
  if (!steps) return;
  told.steps = std::move(steps->steps);
  told.steps_left_off = steps->left_off;
}

void add_agents(const scheduler::Scheduler& scheduler, Instant now, Explanation& told) {
  const JobId id = told.job.id;
  const scheduler::Job* known = id ? scheduler.find_job(id) : nullptr;
  if (known == nullptr || known->state != JobState::Waiting || known->needs_open != 0) return;
  for (scheduler::AgentVerdict& verdict : scheduler.explain_agents(id, now)) {
    if (told.agents.size() >= kAgentsMax) break;
    told.agents.push_back({std::move(verdict.agent), std::move(verdict.reason)});
  }
}

history::ExplainedJob explain_down(const store::Store& store, const BuildStatus& status, const JobStatus& job) {
  Explainer explainer(store, status);
  const auto ask = [&](const std::string& name) -> Result<Explanation> {
    const JobStatus* found = job_named(status, name);
    if (found == nullptr) return Error{ErrorKind::NotFound, "the build has no job '" + name + "'"};
    return explainer.explain(*found);
  };
  Result<history::ExplainedJob> explained =
      history::explain_down(job.name, ask, [](const Digest&) -> std::optional<history::FileDigests> { return std::nullopt; });
  FARM_ASSERT(explained.has_value());
  return std::move(*explained);
}

}  // namespace farm::coordinator
