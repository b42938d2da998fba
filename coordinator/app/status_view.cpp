#include "coordinator/app/status_view.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace farm::coordinator {
namespace {

class View {
 public:
  View(const OpenBuild& build, const scheduler::Scheduler& scheduler, Instant now, const std::string& registry)
      : build_(build), scheduler_(scheduler), record_(scheduler.find_build(build.id)), now_(now), registry_(registry) {}

  BuildStatus make() {
    status_.id = build_.id;
    status_.version = build_.version;
    status_.project = build_.submission.plan.project;
    status_.created_ms = build_.submission.created_ms;
    status_.client = build_.submission.client;
    status_.parallel = build_.submission.options.parallel;
    set_state();
    status_.jobs.reserve(build_.jobs.size());
    for (const BuildJob& job : build_.jobs) {
      if (job.hit) hits_.emplace(job.key, job.name);
    }
    for (const BuildJob& job : build_.jobs) add_job(job);
    for (const JobStatus& job : status_.jobs) by_name_.emplace(job.name, &job);
    for (const BuildService& service : build_.services) add_service(service);
    if (is_final(status_.state)) settle();
    return std::move(status_);
  }

 private:
  void set_state() {
    if (record_ == nullptr) {
      status_.state = build_.ended ? BuildState::Failed : BuildState::WaitingForSlices;
      return;
    }
    status_.state = record_->state;
    status_.reason = record_->reason;
    if (!is_final(record_->state)) return;
    if (!build_.settled()) {
      status_.state = BuildState::Running;
      status_.reason = "publishing";
      return;
    }
    status_.finished_ms = record_->finished.ms;
  }

  void add_job(const BuildJob& job) {
    const scheduler::Job* known = job.id ? scheduler_.find_job(job.id) : nullptr;
    JobStatus shown = known != nullptr && record_ != nullptr ? scheduler_.job_status(*record_, *known, now_) : JobStatus{};
    shown.kind = job.kind;
    shown.name = job.name;
    shown.key = job.key;
    shown.cause = job.cause;
    if (known != nullptr) add_hits_below(*known, shown.needs);
    if (job.hit) {
      shown.state = JobState::Hit;
      shown.image = job.image;
    } else if (known == nullptr) {
      shown.state = unplanned_state();
    }
    shown.reason = reason_of(job, shown);
    count(job, shown);
    status_.jobs.push_back(std::move(shown));
  }

  // The scheduler knows results that were there before by their keys only.
  void add_hits_below(const scheduler::Job& job, std::vector<std::string>& needs) const {
    for (const scheduler::InputResult& input : job.inputs) {
      const auto hit = hits_.find(input.key);
      if (hit != hits_.end()) needs.emplace_back(hit->second);
    }
  }

  // Why it ran, and what the scheduler has to tell; for a job that failed only the latter.
  static std::string reason_of(const BuildJob& job, const JobStatus& shown) {
    if (job.hit || shown.reason.empty()) return job.reason;
    const bool failed = is_final(shown.state) && shown.state != JobState::Succeeded;
    return failed || job.reason.empty() ? shown.reason : job.reason + "; " + shown.reason;
  }

  [[nodiscard]] JobState unplanned_state() const {
    if (record_ == nullptr || !is_final(record_->state)) return JobState::Waiting;
    return record_->state == BuildState::Cancelled ? JobState::Cancelled : JobState::Skipped;
  }

  void count(const BuildJob& job, const JobStatus& shown) {
    BuildCounters& counters = status_.counters;
    if (job.hit) ++counters.jobs_hit;
    if (shown.attempts == 0) return;
    const bool shared = record_ != nullptr && record_->shared.contains(job.id);
    ++(shared ? counters.jobs_shared : counters.jobs_run);
    counters.retries += shown.attempts - 1;
    if (shared) return;
    counters.fetched_bytes += shown.timings.fetched_bytes;
    counters.pushed_bytes += shown.timings.pushed_bytes;
  }

  void add_service(const BuildService& service) {
    ServiceStatus shown;
    shown.service = service.service;
    shown.job = service.job;
    shown.image = registry_ + "/" + service.image;
    if (const auto found = by_name_.find(service.job); found != by_name_.end()) {
      const JobStatus& job = *found->second;
      shown.result = result_of(service, job);
      shown.reason = service.problem.empty() ? job.reason : service.problem;
      shown.digest = job.image;
    }
    status_.services.push_back(std::move(shown));
  }

  static ServiceResult result_of(const BuildService& service, const JobStatus& job) {
    switch (job.state) {
      case JobState::Failed: return ServiceResult::Failed;
      case JobState::Skipped: return ServiceResult::Skipped;
      case JobState::Cancelled: return ServiceResult::Cancelled;
      case JobState::Succeeded:
      case JobState::Hit: break;
      default: return ServiceResult::Pending;
    }
    const auto has = [&service](Move move) {
      return std::any_of(service.moves.begin(), service.moves.end(), [move](const auto& entry) { return entry.second == move; });
    };
    if (has(Move::Asked) || has(Move::Waiting)) return ServiceResult::Pending;
    if (has(Move::Failed)) return ServiceResult::Failed;
    return job.state == JobState::Hit ? ServiceResult::Hit : ServiceResult::Built;
  }

  // Everything of a final build is final; a tag that could not be moved fails it.
  void settle() {
    for (ServiceStatus& service : status_.services) {
      if (service.result == ServiceResult::Pending) {
        service.result = status_.state == BuildState::Cancelled ? ServiceResult::Cancelled : ServiceResult::Skipped;
      }
      if (service.result != ServiceResult::Failed || status_.state != BuildState::Succeeded) continue;
      status_.state = BuildState::Failed;
      status_.reason = "service " + service.service + ": " + service.reason;
    }
  }

  const OpenBuild& build_;
  const scheduler::Scheduler& scheduler_;
  const scheduler::Build* record_;
  const Instant now_;
  const std::string& registry_;
  BuildStatus status_;
  std::map<std::string_view, const JobStatus*> by_name_;  // into status_.jobs
  std::map<Digest, std::string_view> hits_;               // by key: names in build_.jobs
};

}  // namespace

BuildStatus make_status(const OpenBuild& build, const scheduler::Scheduler& scheduler, Instant now, const std::string& registry) {
  return View(build, scheduler, now, registry).make();
}

BuildSummary summary_of(const BuildStatus& status) {
  return {status.id,
          status.project,
          status.state,
          status.created_ms,
          status.finished_ms,
          static_cast<std::uint32_t>(status.jobs.size()),
          status.counters.jobs_run};
}

}  // namespace farm::coordinator
