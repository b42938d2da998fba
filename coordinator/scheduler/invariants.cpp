// The whole-state check. Everything that is kept twice is compared; everything that must never be is looked for.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {
namespace {

using Problem = std::optional<std::string>;

std::string named(const char* kind, std::uint64_t id, const std::string& what) {
  return std::string(kind) + " " + std::to_string(id) + " " + what;
}

}  // namespace

std::optional<std::string> Scheduler::check_invariants() const {
  Impl& impl = *impl_;
  std::size_t open = 0;
  for (const auto& [id, job] : impl.jobs) {
    open += is_final(job.state) ? 0U : 1U;
    if (Problem problem = impl.check_job(job)) return named("job", id.value, *problem);
  }
  if (open != impl.jobs_open) return "the count of open jobs is wrong";
  for (const auto& [id, build] : impl.builds) {
    if (Problem problem = impl.check_build(build)) return named("build", id.value, *problem);
  }
  for (const auto& [name, agent] : impl.agents) {
    if (Problem problem = impl.check_agent(agent)) return "agent " + name + " " + *problem;
  }
  for (const auto& [key, id] : impl.by_key) {
    const Job* job = impl.job_of(id);
    if (job == nullptr || job->key != key) return "the key index names a job that does not have the key";
  }
  for (const auto& [at, id] : impl.delayed) {
    if (const Job* job = impl.job_of(id); job == nullptr || job->not_before != at) return "the delayed list is wrong";
  }
  if (impl.tokens.size() != impl.builds.size()) return "tokens and builds differ";
  if (impl.open_builds.size() + impl.finished_builds.size() != impl.builds.size()) return "open and finished builds are not all builds";
  return std::nullopt;
}

Problem Scheduler::Impl::check_job(const Job& job) {
  const bool open = !is_final(job.state);
  if (job.id > counters.job || job.fence > counters.fence) return "has an id or fence that was never issued";
  if (job.builds.empty()) return "is in no build";
  if (open && !wanted(job)) return "is open, but no open build wants it";
  if (open && job.finished != Instant{}) return "is open and has an end";
  if (!open && job.finished == Instant{}) return "is final without an end";
  if (job.infra_failures > options.infra_attempts_max || job.infra_failures > job.attempts) return "counts too many failures";
  if (job.awaits_registry && job.registry_waited >= options.registry_wait_max + options.registry_backoff_max) {
    return "waits for the registry without an end";
  }
  std::uint32_t needs_open = 0;
  for (const JobId need : job.needs) {
    const Job* upstream = job_of(need);
    if (upstream == nullptr && open) return "needs a job that is forgotten";
    if (upstream == nullptr) continue;
    if (!upstream->wanted_by.contains(job.id)) return "is not known to its upstream";
    needs_open += upstream->state == JobState::Succeeded ? 0U : 1U;
    const bool failed = upstream->state == JobState::Failed || upstream->state == JobState::Skipped;
    if (open && failed) return "waits for a job that failed";
  }
  if (open && needs_open != job.needs_open) return "counts its open needs wrongly";
  const bool started = job.state == JobState::Assigned || job.state == JobState::Verifying;
  if (started && needs_open != 0) return "started before its upstream";
  if (started && (!job.fence || job.attempts == 0)) return "runs without a fence";
  if (queue.contains(job.id) != (job.state == JobState::Waiting && (needs_open == 0) && !delayed.contains({job.not_before, job.id}))) {
    return "is ready and not queued, or queued and not ready";
  }
  if (verifying.contains(job.id) != (job.state == JobState::Verifying)) return "is verified without being in Verifying, or not";
  const auto agent = agents.find(job.agent);
  const bool there = agent != agents.end() && agent->second.assigned.contains(job.id);
  if (there != (job.state == JobState::Assigned)) return "and its agent's list differ";
  if (open && !job.no_cache && options.planted != PlantedBug::SharingBroken) {
    const auto key = by_key.find(job.key);
    if (key == by_key.end() || key->second != job.id) return "is not the one job of its key";
  }
  return std::nullopt;
}

Problem Scheduler::Impl::check_build(const Build& build) {
  const bool open = !is_final(build.state);
  if (build.id > counters.build) return "has an id that was never issued";
  if (open != open_builds.contains(build.id)) return "is not where open builds are";
  if (open != (build.finished == Instant{})) return "is open with an end, or ended without one";
  std::uint32_t jobs_left = 0;
  std::set<JobId> running;
  std::set<JobId> seen;
  for (const JobId id : build.jobs) {
    if (!seen.insert(id).second) return "lists a job twice";
    const Job* job = job_of(id);
    if (job == nullptr) {
      if (open) return "lists a job that is forgotten";
      continue;
    }
    if (!job->builds.contains(build.id)) return "is not known to its job " + to_string(id);
    if (!open) continue;
    jobs_left += is_final(job->state) ? 0U : 1U;
    if (job->state == JobState::Assigned) running.insert(id);
    if (is_final(job->state)) continue;
    for (const JobId need : job->needs) {
      if (!seen.contains(need)) return "lists job " + to_string(id) + " before its upstream";
    }
  }
  if (jobs_left != build.jobs_open || running != build.running) return "counts its jobs wrongly";
  if (build.state == BuildState::Running && jobs_left == 0) return "has nothing left to do and goes on";
  return std::nullopt;
}

Problem Scheduler::Impl::check_agent(const Agent& agent) {
  if (agent.up && agent.awaited) return "is up and awaited";
  if (!agent.up && !agent.awaited && !agent.assigned.empty()) return "is lost and has jobs";
  for (const JobId id : agent.assigned) {
    const Job* job = job_of(id);
    if (job == nullptr || job->state != JobState::Assigned || job->agent != agent.name) return "has a job that is not its own";
  }
  if (agent.local.size() != agent.local_order.size()) return "counts its results wrongly";
  return std::nullopt;
}

}  // namespace farm::scheduler
