// Builds: opening, ending early or in full, timeouts, forgetting.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

void Scheduler::Impl::on(const BuildOpened& event) {
  if (const auto known = tokens.find(event.token); known != tokens.end()) {
    if (builds.at(known->second).client != event.client) {
      sends.emplace_back(BuildRefused{event.token, Error{ErrorKind::Denied, "this submission token belongs to another client"}});
    }
    return;
  }
  if (open_builds.size() >= options.builds_open_max) {
    sends.emplace_back(BuildRefused{event.token, Error{ErrorKind::Overloaded, "the farm has " + std::to_string(open_builds.size()) +
                                                                                  " open builds, its limit; submit again later"}});
    return;
  }
  counters.build.value += 1;
  counters_changed = true;
  Build build;
  build.id = counters.build;
  build.token = event.token;
  build.client = event.client;
  build.project = event.project;
  build.options = event.options;
  build.created = now;
  build.version = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0));
  tokens.emplace(build.token, build.id);
  open_builds.insert(build.id);
  dirty_builds.insert(build.id);
  changed(builds.emplace(build.id, std::move(build)).first->second);
}

void Scheduler::Impl::on(const BuildAborted& event) {
  Build* build = build_of(event.build);
  if (build != nullptr && !is_final(build->state)) end_build(*build, BuildState::Failed, event.reason);
}

void Scheduler::Impl::on(const BuildCancelled& event) {
  Build* build = build_of(event.build);
  if (build == nullptr || is_final(build->state)) return;
  end_build(*build, BuildState::Cancelled, event.reason.empty() ? "cancelled by " + event.by : event.reason);
}

bool Scheduler::Impl::wanted(const Job& job) const {
  return std::any_of(job.builds.begin(), job.builds.end(), [&](BuildId id) { return open_builds.contains(id); });
}

void Scheduler::Impl::changed(const Build& build) { changed_builds.insert(build.id); }

void Scheduler::Impl::changed(const Job& job) {
  for (const BuildId id : job.builds) {
    if (open_builds.contains(id)) changed_builds.insert(id);
  }
}

// Jobs that are not final stay for other builds that want them; the rest are cancelled.
void Scheduler::Impl::end_build(Build& build, BuildState state, std::string reason) {
  FARM_ASSERT(!is_final(build.state) && is_final(state));
  build.state = state;
  build.reason = std::move(reason);
  build.finished = now;
  build.jobs_open = 0;
  build.running.clear();
  open_builds.erase(build.id);
  finished_builds.push_back(build.id);
  dirty_builds.insert(build.id);
  changed(build);
  for (const JobId id : build.jobs) {
    Job* job = job_of(id);
    if (job == nullptr || is_final(job->state)) continue;
    build.abandoned.insert(id);
    if (!wanted(*job)) finish_job(*job, JobState::Cancelled, build.reason);
  }
  sends.emplace_back(BuildEnded{build.id, state, build.reason});
}

void Scheduler::Impl::settle_builds() {
  while (!to_settle.empty()) {
    Build* build = build_of(*to_settle.begin());
    to_settle.erase(to_settle.begin());
    if (build == nullptr || is_final(build->state)) continue;
    const bool stops = build->options.fail_fast && failing.contains(build->id);
    if (build->jobs_open != 0 && !stops) continue;
    const Job* failed = nullptr;
    for (const JobId id : build->jobs) {
      const Job* job = job_of(id);
      if (job == nullptr || job->state != JobState::Failed || (!stops && !is_missed(*job, *build))) continue;
      if (failed == nullptr || std::pair(job->finished, job->id) < std::pair(failed->finished, failed->id)) failed = job;
    }
    if (failed != nullptr) {
      end_build(*build, BuildState::Failed, failed->name + ": " + failed->reason);
    } else {
      end_build(*build, BuildState::Succeeded, {});
    }
  }
  failing.clear();
}

void Scheduler::Impl::end_overdue_builds() {
  const std::set<BuildId> open = open_builds;
  for (const BuildId id : open) {
    Build* build = build_of(id);
    const Millis timeout = build->options.timeout.value > 0 ? build->options.timeout : options.build_timeout;
    if (is_final(build->state) || now - build->created < timeout) continue;
    end_build(*build, BuildState::Failed, "the build did not end within its timeout of " + seconds(timeout));
  }
}

void Scheduler::Impl::forget_old_builds() {
  Forgotten forgotten;
  while (finished_builds.size() > options.builds_finished_max) {
    const auto found = builds.find(finished_builds.front());
    finished_builds.pop_front();
    for (const JobId id : found->second.jobs) {
      const auto job = jobs.find(id);
      if (job == jobs.end()) continue;
      job->second.builds.erase(found->first);
      if (!job->second.builds.empty()) continue;
      FARM_ASSERT(is_final(job->second.state));
      for (const JobId need : job->second.needs) {
        if (Job* upstream = job_of(need)) upstream->wanted_by.erase(id);
      }
      if (const auto key = by_key.find(job->second.key); key != by_key.end() && key->second == id) by_key.erase(key);
      forgotten.jobs.push_back(id);
      jobs.erase(job);
    }
    tokens.erase(found->second.token);
    forgotten.builds.push_back(found->first);
    builds.erase(found);
  }
  if (!forgotten.builds.empty()) sends.emplace_back(std::move(forgotten));
}

}  // namespace farm::scheduler
