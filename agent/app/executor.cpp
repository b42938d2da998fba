#include "agent/app/executor.hpp"

#include "shared/base/assert.hpp"

namespace farm::agent {
namespace {

// A message may quote a step's output, and a step may print a secret; its name shows build arguments.
void redact(protocol::JobReport& report, const log::Redactor& redactor) {
  JobOutcome& outcome = report.outcome;
  if (auto* failed = std::get_if<BuildFailed>(&outcome)) failed->message = redactor.redact(failed->message);
  if (auto* failed = std::get_if<InfraFailed>(&outcome)) failed->message = redactor.redact(failed->message);
  for (StepReport& step : report.steps) step.name = redactor.redact(step.name);
}

}  // namespace

Executor::~Executor() {
  for (auto& [key, job] : jobs_) stop(*job, StopReason::Cancelled);
}

void Executor::stop(Job& job, StopReason reason) {
  StopReason none = StopReason::None;
  job.reason.compare_exchange_strong(none, reason);
  job.thread.request_stop();
}

void Executor::start(const protocol::StartJob& start, Instant now) {
  auto job = std::make_unique<Job>();
  job->start = start;
  job->deadline = start.timeout.value > 0 ? now + start.timeout : Instant{};
  Job& started = *job;
  const bool added = jobs_.emplace(std::pair{start.job, start.fence}, std::move(job)).second;
  FARM_ASSERT(added);
  started.thread = std::jthread([this, &started](const std::stop_token& token) { work(started, token); });
}

void Executor::work(Job& job, const std::stop_token& token) {
  log::Redactor redactor;
  for (const auto& [id, value] : job.start.secrets) redactor.add(value);
  JobLog log(outbox_, {job.start.job, job.start.fence}, redactor);
  JobHooks hooks;
  hooks.log = [&log](std::string_view text) { log.text(text); };
  hooks.progress = [&job, &redactor](const std::string& shown, std::uint32_t permille) {
    const std::string phase = redactor.redact(shown);  // the name of a step, too
    const std::lock_guard lock(job.mutex);
    if (job.phase == phase && job.permille == permille) return;
    job.phase = phase;
    job.permille = permille;
    job.changed = true;
  };
  protocol::JobReport report = runner_.run(job.start, hooks, token, job.reason);
  redact(report, redactor);
  log.finish();
  {
    const std::lock_guard lock(job.mutex);
    job.report = std::move(report);
  }
  waker_.wake();
}

void Executor::kill(JobId job, Fence fence) {
  const auto at = jobs_.find({job, fence});
  if (at != jobs_.end()) stop(*at->second, StopReason::Cancelled);
}

void Executor::check_deadlines(Instant now) {
  for (auto& [key, job] : jobs_) {
    if (job->deadline.ms > 0 && now >= job->deadline) stop(*job, StopReason::TimedOut);
  }
}

std::vector<JobProgress> Executor::take_progress() {
  std::vector<JobProgress> out;
  for (auto& [key, job] : jobs_) {
    const std::lock_guard lock(job->mutex);
    if (!std::exchange(job->changed, false)) continue;
    out.push_back({key.first, key.second, job->phase, job->permille});
  }
  return out;
}

std::optional<FinishedJob> Executor::take_finished() {
  for (auto at = jobs_.begin(); at != jobs_.end(); ++at) {
    Job& job = *at->second;
    std::unique_lock lock(job.mutex);
    if (!job.report) continue;
    FinishedJob finished{std::move(*job.report), job.start.spec.kind, job.start.spec.name};
    lock.unlock();
    jobs_.erase(at);  // joins: the thread has nothing left to do
    return finished;
  }
  return std::nullopt;
}

}  // namespace farm::agent
