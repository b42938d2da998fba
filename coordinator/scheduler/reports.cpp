// How jobs end: reports of agents and the verification of results.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {
namespace {

constexpr std::size_t kReasonBytesMax = 4'096;

std::string cut(std::string text) {
  if (text.size() > kReasonBytesMax) text.resize(kReasonBytesMax);
  return text;
}

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

// The report of the newest assignment, from its agent, while that assignment is open. A job that waits again because its agent was taken
// for lost still counts: infra_failure() leaves `agent` set in that case only.
bool Scheduler::Impl::is_current(const Job& job, const std::string& agent, Fence fence) const {
  const bool open = job.state == JobState::Assigned || job.state == JobState::Waiting;
  if (options.planted == PlantedBug::FenceIgnored) return open;
  return open && job.fence == fence && job.agent == agent;
}

void Scheduler::Impl::on(const JobReported& event) {
  slot_is_free(event.agent, event.report.job, event.report.fence);
  Job* job = job_of(event.report.job);
  const bool current = job != nullptr && is_current(*job, event.agent, event.report.fence);
  if (current) report(*job, event.report);
  if (current || options.planted != PlantedBug::AckForgotten) {
    sends.emplace_back(SendAck{event.agent, event.report.job, event.report.fence});
  }
}

// The newest heartbeat may still say that the job runs there.
void Scheduler::Impl::slot_is_free(const std::string& agent, JobId job, Fence fence) {
  const auto found = agents.find(agent);
  if (found == agents.end()) return;
  for (protocol::HeldJob& held : found->second.last.held) {
    if (held.job != job || held.fence != fence || held.finished) continue;
    held.finished = true;
    pass_wanted = true;
  }
}

void Scheduler::Impl::report(Job& job, const protocol::JobReport& report) {
  if (job.state == JobState::Waiting) take_back(job);  // its agent was taken for lost
  const auto found = agents.find(job.agent);
  Agent* agent = found == agents.end() ? nullptr : &found->second;
  job.timings = report.timings;
  dirty_jobs.insert(job.id);
  const auto failed_as_farm = [&](const std::string& cause) {
    if (agent != nullptr) {
      agent->rest_count += 1;
      const int doublings = static_cast<int>(std::min<std::uint32_t>(agent->rest_count - 1, 5));
      agent->rest_until = now + options.agent_rest * (std::int64_t{1} << doublings);
    }
    infra_failure(job, cut(cause), true);
  };
  std::visit(Overloaded{
                 [&](const Succeeded& success) {
                   if (agent != nullptr) learn(*agent, job, report.timings);
                   leave_agent(job);
                   job.state = JobState::Verifying;
                   job.result = success;
                   job.phase = "verifying";
                   job.verify_at = now;
                   job.verify_asked = false;
                   verifying.insert(job.id);
                   changed(job);
                   ask_verifications();
                 },
                 [&](const BuildFailed& failure) {
                   if (failure.missing_file && job.may_widen && !job.full_context) {
                     job.full_context = true;
                     job.reason = "a file was missing from its sliced context: tried again with the whole context";
                     sends.emplace_back(RetryNoticed{job.id, job.agent, job.reason});
                     requeue(job, now);
                     job.agent.clear();
                     return;
                   }
                   const std::string code = "the build failed with exit code " + std::to_string(failure.exit_code);
                   finish_job(job, JobState::Failed, failure.message.empty() ? code : cut(code + ": " + failure.message));
                 },
                 [&](const TimedOut&) { finish_job(job, JobState::Failed, "did not end within its timeout of " + seconds(job.timeout)); },
                 [&](const JobCancelled&) { failed_as_farm("agent " + job.agent + " stopped it"); },
                 [&](const InfraFailed& failure) {
                   const std::string cause = "agent " + job.agent + ": " + failure.message;
                   failure.registry_away ? registry_failure(job, cut(cause)) : failed_as_farm(cause);
                 },
             },
             report.outcome);
}

void Scheduler::Impl::on(const JobVerified& event) {
  Job* job = job_of(event.job);
  if (job == nullptr || job->state != JobState::Verifying || job->fence != event.fence) return;
  if (event.outcome) {
    finish_job(*job, JobState::Succeeded, {});
    return;
  }
  const Error& error = event.outcome.error();
  job->verify_tries += 1;
  if (is_retryable(error.kind) && job->verify_tries < options.verify_tries_max) {
    const Millis wait = options.verify_backoff * (std::int64_t{1} << std::min<std::uint32_t>(job->verify_tries - 1, 10));
    job->registry_waited = job->registry_waited + wait;
    job->verify_asked = false;
    job->verify_at = now + wait;
    job->phase = "verifying again: " + cut(error.message);
    changed(*job);
    return;
  }
  const std::string cause = cut("its result could not be verified: " + error.message);
  is_retryable(error.kind) ? registry_failure(*job, cause) : infra_failure(*job, cause, true);
}

void Scheduler::Impl::ask_verifications() {
  const std::set<JobId> ids = verifying;
  for (const JobId id : ids) {
    Job& job = jobs.at(id);
    const bool unanswered = job.verify_asked && now - job.verify_at >= options.verify_timeout;
    if (unanswered && ++job.verify_tries >= options.verify_tries_max) {
      registry_failure(job, "its result could not be verified: no answer from the registry");
    } else if (unanswered || (!job.verify_asked && now >= job.verify_at)) {
      job.verify_asked = true;
      job.verify_at = now;
      sends.emplace_back(VerifyResult{id, job.fence, job.key, job.result});
    }
  }
}

// What a success tells about its agent: what it has on disk, how fast it fetches and runs. Estimates only, clamped against odd reports.
void Scheduler::Impl::learn(Agent& agent, const Job& job, const JobTimings& timings) {
  constexpr std::uint64_t kSampleBytesMin = 1U << 20U;
  constexpr std::uint64_t kBandwidthMax = 10'000'000;
  agent.rest_count = 0;
  agent.rest_until = {};
  now_local(agent, job.key);
  for (const InputResult& input : job.inputs) now_local(agent, input.key);
  for (const JobId need : job.needs) {
    if (const Job* upstream = job_of(need)) now_local(agent, upstream->key);
  }
  if (timings.fetched_bytes >= kSampleBytesMin && timings.fetch_ms.value > 0) {
    const std::uint64_t sample = timings.fetched_bytes / static_cast<std::uint64_t>(timings.fetch_ms.value);
    const std::uint64_t sane = std::clamp<std::uint64_t>(sample, 1, kBandwidthMax);
    agent.bandwidth_bytes_per_ms = (agent.bandwidth_bytes_per_ms * 3 + sane) / 4;
  }
  // Against a mere default, a run tells nothing about its agent.
  if (timings.run_ms.value > 0 && job.expected_ms != options.expected_default) {
    const std::int64_t run = std::min<std::int64_t>(timings.run_ms.value, 1'000'000'000);
    const std::int64_t sample = std::clamp<std::int64_t>(run * 1'000 / job.expected_ms.value, 250, 4'000);
    agent.speed_permille = static_cast<std::uint32_t>((std::int64_t{agent.speed_permille} * 7 + sample) / 8);
  }
}

}  // namespace farm::scheduler
