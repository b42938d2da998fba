// Jobs: becoming ready, starting, moving, ending. The only place that changes JobRecord::state.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

void Scheduler::Impl::make_ready(Job& job) {
  const bool awaits = job.needs_open != 0 && options.planted != PlantedBug::DependencyNotAwaited;
  if (job.state != JobState::Waiting || awaits || queue.contains(job.id)) return;
  if (job.ready == Instant{}) {
    job.ready = now;
    dirty_jobs.insert(job.id);
  }
  if (job.not_before > now) {
    delayed.emplace(job.not_before, job.id);
  } else {
    enqueue(job);
  }
}

void Scheduler::Impl::enqueue(Job& job) {
  queue.erase(job.id);
  BuildId oldest;
  for (const BuildId id : job.builds) {
    if (!oldest && open_builds.contains(id)) oldest = id;
  }
  queue.push(ReadyJob{job.id, oldest, job.project, job.priority, job.ready, job.path_ms, job.requirement});
  pass_wanted = true;
}

void Scheduler::Impl::release_delayed() {
  while (!delayed.empty() && delayed.begin()->first <= now) {
    Job& job = jobs.at(delayed.begin()->second);
    delayed.erase(delayed.begin());
    enqueue(job);
  }
}

SendStart Scheduler::Impl::start_command(const Job& job) const {
  return SendStart{job.agent, job.id, job.fence, job.full_context, job.no_cache, job.timeout, job.fell_back};
}

void Scheduler::Impl::start(Job& job, Agent& agent) {
  FARM_ASSERT(job.state == JobState::Waiting && queue.contains(job.id));
  queue.erase(job.id);
  queue.pay(job.project, job.expected_ms);
  counters.fence.value += 1;
  counters_changed = true;
  job.fence = counters.fence;
  job.state = JobState::Assigned;
  job.agent = agent.name;
  job.attempts += 1;
  job.assigned = now;
  job.sent = now;
  job.confirmed = false;
  job.confirm_by = now + options.start_grace;
  job.phase = "starting";
  job.awaits_registry = false;
  agent.assigned.insert(job.id);
  for (const BuildId id : job.builds) {
    if (open_builds.contains(id)) builds.at(id).running.insert(job.id);
  }
  dirty_jobs.insert(job.id);
  changed(job);
  sends.emplace_back(start_command(job));
}

// The failure that was counted when its agent was given up was none.
void Scheduler::Impl::take_back(Job& job) {
  queue.erase(job.id);
  delayed.erase({job.not_before, job.id});
  job.infra_failures -= std::min<std::uint32_t>(job.infra_failures, 1);
  job.avoid.erase(job.agent);
  job.reason.clear();
}

// An agent that was taken for lost still holds the job's newest assignment: nothing of its work is thrown away.
void Scheduler::Impl::adopt(Job& job, Agent& agent) {
  FARM_ASSERT(job.state == JobState::Waiting && job.agent == agent.name);
  take_back(job);
  job.state = JobState::Assigned;
  job.confirmed = true;
  agent.assigned.insert(job.id);
  for (const BuildId id : job.builds) {
    if (open_builds.contains(id)) builds.at(id).running.insert(job.id);
  }
  dirty_jobs.insert(job.id);
  changed(job);
}

void Scheduler::Impl::leave_agent(Job& job) {
  if (job.state != JobState::Assigned) return;
  if (const auto agent = agents.find(job.agent); agent != agents.end()) agent->second.assigned.erase(job.id);
  for (const BuildId id : job.builds) {
    if (Build* build = build_of(id)) build->running.erase(job.id);
  }
  pass_wanted = true;
}

void Scheduler::Impl::requeue(Job& job, Instant not_before) {
  leave_agent(job);
  verifying.erase(job.id);
  job.state = JobState::Waiting;
  job.not_before = not_before;
  job.confirmed = false;
  job.phase.clear();
  job.progress_permille = 0;
  job.verify_asked = false;
  job.verify_tries = 0;
  job.result = {};
  dirty_jobs.insert(job.id);
  changed(job);
  make_ready(job);
}

// `reported`: the assignment is over for sure. Otherwise its agent may come back with it, see adopt().
void Scheduler::Impl::infra_failure(Job& job, const std::string& cause, bool reported) {
  const std::string agent = job.agent;
  job.avoid.insert(agent);
  job.infra_failures += 1;
  if (job.infra_failures >= options.infra_attempts_max) {
    finish_job(job, JobState::Failed, "the farm failed " + std::to_string(job.infra_failures) + " times, the last time: " + cause);
    return;
  }
  const int doublings = static_cast<int>(std::min<std::uint32_t>(job.infra_failures - 1, 10));
  job.reason = cause;
  sends.emplace_back(RetryNoticed{job.id, agent, cause});
  requeue(job, now + options.retry_backoff * (std::int64_t{1} << doublings));
  if (reported) job.agent.clear();
}

// No agent's fault, and no try is lost: the job waits, longer each time, for so long in total. Its agent is tried once more before others
// are preferred, for it has in its caches what it built.
void Scheduler::Impl::registry_failure(Job& job, const std::string& cause) {
  if (options.planted == PlantedBug::RegistryUsesTries) return infra_failure(job, cause, true);
  if (job.registry_waited >= options.registry_wait_max && options.planted != PlantedBug::RegistryForEver) {
    finish_job(job, JobState::Failed, "waited " + seconds(job.registry_waited) + " for the registry, which is still away: " + cause);
    return;
  }
  const std::string agent = job.agent;
  if (job.registry_failures > 0) job.avoid.insert(agent);
  const std::int64_t doublings = std::min<std::uint32_t>(job.registry_failures, 10);
  const Millis wait = std::min(options.registry_backoff * (std::int64_t{1} << doublings), options.registry_backoff_max);
  job.registry_failures += 1;
  job.registry_waited = job.registry_waited + wait;
  job.awaits_registry = true;
  job.reason = "the registry was away: " + cause;
  sends.emplace_back(RetryNoticed{job.id, agent, cause});
  requeue(job, now + wait);
  job.agent.clear();
}

void Scheduler::Impl::finish_job(Job& job, JobState state, std::string reason) {
  FARM_ASSERT(!is_final(job.state) && is_final(state));
  if (job.state == JobState::Assigned && state == JobState::Cancelled) {
    sends.emplace_back(SendCancel{job.agent, job.id, job.fence, reason});
  }
  leave_agent(job);
  queue.erase(job.id);
  delayed.erase({job.not_before, job.id});
  verifying.erase(job.id);
  job.state = state;
  if (state != JobState::Succeeded) job.reason = std::move(reason);  // a success goes on telling what was retried
  job.phase.clear();
  job.finished = now;
  --jobs_open;
  dirty_jobs.insert(job.id);
  sends.emplace_back(JobEnded{job.id, state});
  if (const auto key = by_key.find(job.key); state != JobState::Succeeded && key != by_key.end() && key->second == job.id) {
    by_key.erase(key);
  }
  for (const BuildId id : job.builds) {
    if (!open_builds.contains(id)) continue;
    --builds.at(id).jobs_open;
    to_settle.insert(id);
    if (state == JobState::Failed) failing.insert(id);
    changed_builds.insert(id);
  }
  end_downstream(job, state);
}

void Scheduler::Impl::end_downstream(Job& job, JobState state) {
  if (state == JobState::Failed || state == JobState::Skipped) fall_back_from(job);
  for (const JobId id : job.wanted_by) {
    Job& downstream = jobs.at(id);
    if (is_final(downstream.state)) continue;
    if (state == JobState::Succeeded) {
      --downstream.needs_open;
      make_ready(downstream);
    } else if (state != JobState::Cancelled && options.planted != PlantedBug::SkipForgotten) {
      const std::string why = state == JobState::Failed ? "needs " + job.name + ", which failed" : job.reason;
      finish_job(downstream, JobState::Skipped, why);
    }
  }
}

void Scheduler::Impl::end_overdue_jobs() {
  for (auto& [name, agent] : agents) {
    const std::set<JobId> assigned = agent.assigned;
    for (const JobId id : assigned) {
      Job& job = jobs.at(id);
      if (now - job.assigned < job.timeout + options.timeout_grace) continue;
      const std::string reason = "did not end within its timeout of " + seconds(job.timeout);
      sends.emplace_back(SendCancel{name, id, job.fence, reason});
      finish_job(job, JobState::Failed, reason);
    }
  }
}

}  // namespace farm::scheduler
