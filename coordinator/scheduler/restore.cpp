// Saved records → live state.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {
namespace {

Error contradiction(const std::string& what) {
  return Error{ErrorKind::Corrupt,
               "reading back the scheduler's records: " + what + "; restore the store from a copy, or start with an empty one"};
}

}  // namespace

Result<void> Scheduler::restore(Instant now, SavedState saved) {
  Impl& impl = *impl_;
  FARM_ASSERT(impl.builds.empty() && impl.jobs.empty() && impl.agents.empty());
  impl.now = now;
  impl.counters = saved.counters;
  if (impl.options.planted == PlantedBug::FenceReused) impl.counters.fence = Fence{1};
  for (AgentRecord& record : saved.agents) {
    Agent& agent = impl.agents[record.name];
    agent.name = record.name;
    agent.drain = record.drain;
    agent.lost_at = now;
    agent.bandwidth_bytes_per_ms = impl.options.bandwidth_bytes_per_ms;
  }
  if (Result<void> result = impl.restore_jobs(saved); !result) return result;
  if (Result<void> result = impl.restore_builds(saved); !result) return result;
  return impl.restore_links();
}

// The clock may have been set back while the coordinator was down: nothing has happened after now, and no backoff is that long.
void Scheduler::Impl::correct_times(JobRecord& record) const {
  for (Instant* time : {&record.created, &record.ready, &record.assigned}) *time = std::min(*time, now);
  record.not_before = std::min(record.not_before, now + options.retry_backoff * (std::int64_t{1} << options.infra_attempts_max));
}

Result<void> Scheduler::Impl::restore_jobs(SavedState& saved) {
  for (JobRecord& record : saved.jobs) {
    if (!record.id || record.id > counters.job) return contradiction("job " + to_string(record.id) + " was never issued");
    if (record.fence > counters.fence && options.planted != PlantedBug::FenceReused) {
      return contradiction("job " + to_string(record.id) + " has a fence that was never issued");
    }
    record.builds.clear();  // the builds' own lists are the truth
    record.expected_ms = std::max(record.expected_ms, Millis{1});
    correct_times(record);
    const JobId id = record.id;
    static_cast<JobRecord&>(jobs[id]) = std::move(record);
  }
  return {};
}

Result<void> Scheduler::Impl::restore_builds(SavedState& saved) {
  std::sort(saved.builds.begin(), saved.builds.end(),
            [](const BuildRecord& a, const BuildRecord& b) { return std::tie(a.finished, a.id) < std::tie(b.finished, b.id); });
  for (BuildRecord& record : saved.builds) {
    if (!record.id || record.id > counters.build) return contradiction("build " + to_string(record.id) + " was never issued");
    Build& build = builds[record.id];
    static_cast<BuildRecord&>(build) = std::move(record);
    build.created = std::min(build.created, now);
    build.version = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0));
    tokens[build.token] = build.id;
    const bool open = !is_final(build.state);
    if (open) {
      open_builds.insert(build.id);
    } else {
      finished_builds.push_back(build.id);
    }
    for (const JobId id : build.jobs) {
      Job* job = job_of(id);
      if (job == nullptr && open) return contradiction("build " + to_string(build.id) + " lacks its job " + to_string(id));
      if (job == nullptr) continue;
      job->builds.insert(build.id);
      if (open && !is_final(job->state)) ++build.jobs_open;
      if (open && job->state == JobState::Assigned) build.running.insert(id);
    }
  }
  std::erase_if(jobs, [](const auto& item) { return item.second.builds.empty(); });
  return {};
}

Result<void> Scheduler::Impl::restore_links() {
  for (auto& [id, job] : jobs) {
    const bool open = !is_final(job.state);
    if (open && !wanted(job)) return contradiction("job " + to_string(id) + " is open, but no open build wants it");
    for (const JobId need : job.needs) {
      Job* upstream = job_of(need);
      if (need >= id || (upstream == nullptr && open)) return contradiction("job " + to_string(id) + " needs job " + to_string(need));
      if (upstream == nullptr) continue;
      upstream->wanted_by.insert(id);
      if (upstream->state != JobState::Succeeded) ++job.needs_open;
    }
    const bool serves = open || job.state == JobState::Succeeded;
    if (serves && !job.no_cache) by_key[job.key] = id;
    jobs_open += open ? 1U : 0U;
  }
  for (auto at = jobs.rbegin(); at != jobs.rend(); ++at) {
    Millis longest{0};
    for (const JobId id : at->second.wanted_by) longest = std::max(longest, jobs.at(id).path_ms);
    at->second.path_ms = at->second.expected_ms + longest;
  }
  for (auto& [id, job] : jobs) take_up(job);
  return {};
}

void Scheduler::Impl::take_up(Job& job) {
  if (job.state == JobState::Waiting) {
    make_ready(job);
  } else if (job.state == JobState::Verifying) {
    job.verify_at = now;
    verifying.insert(job.id);
  } else if (job.state == JobState::Assigned) {
    Agent& agent = agents[job.agent];
    agent.name = job.agent;
    agent.bandwidth_bytes_per_ms = options.bandwidth_bytes_per_ms;
    agent.awaited = true;
    agent.lost_at = now + options.restart_grace;
    agent.assigned.insert(job.id);
    job.confirm_by = now + options.restart_grace + options.start_grace;
    job.phase = "waiting for its agent after a restart of the coordinator";
  }
}

}  // namespace farm::scheduler
