// The state as people see it: status values, and why a job waits.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

JobState Scheduler::state_in(const Build& build, const Job& job) const {
  if (!build.abandoned.contains(job.id)) return job.state;
  return build.state == BuildState::Cancelled ? JobState::Cancelled : JobState::Skipped;
}

JobStatus Scheduler::job_status(const Build& build, const Job& job, Instant now) const {
  JobStatus status;
  status.id = job.id;
  status.kind = job.kind;
  status.name = job.name;
  status.key = job.key;
  status.state = state_in(build, job);
  status.agent = job.agent;
  status.phase = job.state == JobState::Waiting && !is_final(status.state) ? explain(job.id, now) : job.phase;
  status.reason = build.abandoned.contains(job.id) ? build.reason : job.reason;
  status.attempts = job.attempts;
  status.progress_permille = job.state == JobState::Succeeded ? 1'000 : job.progress_permille;
  const Instant queued_until = job.assigned != Instant{} ? job.assigned : (is_final(job.state) ? job.finished : now);
  if (job.ready != Instant{}) status.queued_ms = std::max(queued_until - job.ready, Millis{0});
  status.timings = job.timings;
  status.image = job.result.image;
  for (const JobId need : job.needs) {
    if (const Job* upstream = find_job(need)) status.needs.push_back(upstream->name);
  }
  status.placement = job.placement;
  status.ready_ms = job.ready.ms;
  status.assigned_ms = job.assigned.ms;
  status.finished_ms = is_final(job.state) ? job.finished.ms : 0;
  return status;
}

AgentStatus Scheduler::agent_status(const Agent& agent) const {
  AgentStatus status;
  status.name = agent.name;
  const bool draining = agent.drain || agent.last.draining;
  status.state = !agent.up ? "lost" : (draining ? "draining" : "up");
  status.platform = agent.last.platform;
  status.labels = agent.last.labels;
  status.slots = agent.last.slots;
  status.busy = static_cast<std::uint32_t>(agent.assigned.size());
  status.disk_free_bytes = agent.last.disk_free_bytes;
  status.memory_available_bytes = agent.last.memory_available_bytes;
  status.buildkit = agent.last.buildkit_version;
  status.version = agent.last.farm_version;
  status.heard_ms = agent.heard.ms;
  for (const JobId id : agent.assigned) {
    if (const Job* job = find_job(id)) status.running.push_back(job->name);
  }
  status.disk_total_bytes = agent.last.disk_total_bytes;
  status.memory_total_bytes = agent.last.memory_total_bytes;
  status.load_permille = agent.last.load_permille;
  status.slice_cache_bytes = agent.last.slice_cache_bytes;
  status.buildkit_bytes = agent.last.buildkit_bytes;
  return status;
}

std::string Scheduler::explain(JobId id, Instant now) const {
  constexpr std::size_t kNamedMax = 3;
  const Impl& impl = *impl_;
  const Job* job = find_job(id);
  if (job == nullptr || job->state != JobState::Waiting) return {};
  if (job->needs_open != 0) {
    std::string names;
    std::size_t count = 0;
    for (const JobId need : job->needs) {
      const Job* upstream = find_job(need);
      if (upstream == nullptr || upstream->state == JobState::Succeeded) continue;
      if (++count <= kNamedMax) names += (count == 1 ? "" : ", ") + upstream->name;
    }
    return "waits for " + names + (count > kNamedMax ? " and " + std::to_string(count - kNamedMax) + " more" : "");
  }
  if (job->not_before > now && job->awaits_registry)
    return "waiting for the registry, tries again in " + seconds(job->not_before - now) + " (" + job->reason + ")";
  if (job->not_before > now) return "tries again in " + seconds(job->not_before - now) + " (" + job->reason + ")";
  if (!impl.below_limit(*job)) return "waits for a job of its own build (limit --parallel)";
  if (const std::optional<std::string> why = impl.impossible(job->requirement)) return *why;
  std::uint32_t busy = 0;
  std::uint32_t slots = 0;
  std::string other;
  for (const auto& [name, agent] : impl.agents) {
    if (!agent.up || !never_fits(agent, job->requirement).empty()) continue;
    slots += agent.last.slots;
    busy += agent.last.slots - std::min(free_slots(agent, impl.jobs, impl.options), agent.last.slots);
    const std::string why = not_now(agent, job->requirement, impl.jobs, now);
    if (other.empty() && !why.empty()) other = "; " + name + " " + why;
  }
  return "waits for a free slot: " + std::to_string(busy) + " of " + std::to_string(slots) + " busy" + other;
}

std::vector<AgentVerdict> Scheduler::explain_agents(JobId id, Instant now) const {
  const Impl& impl = *impl_;
  std::vector<AgentVerdict> verdicts;
  const Job* job = find_job(id);
  if (job == nullptr) return verdicts;
  for (const auto& [name, agent] : impl.agents) {
    AgentVerdict verdict{name, {}};
    if (!agent.up) {
      verdict.reason = agent.awaited ? "was not heard since the coordinator's restart" : "is lost";
    } else if (std::string never = never_fits(agent, job->requirement); !never.empty()) {
      verdict.reason = std::move(never);
    } else if (std::string why = not_now(agent, job->requirement, impl.jobs, now); !why.empty()) {
      verdict.reason = std::move(why);
    } else if (free_slots(agent, impl.jobs, impl.options) == 0) {
      verdict.reason = "has " + std::to_string(agent.last.slots) + " of " + std::to_string(agent.last.slots) + " slots busy";
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace farm::scheduler
