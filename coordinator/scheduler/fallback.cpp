// The other way to make a job: several binaries are compiled in one run, and one that doesn't compile must not take the others with it.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

void Scheduler::Impl::add_fallback(Job& job, const NewJob& wanted_job, const std::map<Digest, JobId>& known) {
  if (!wanted_job.has_fallback) return;
  job.has_fallback = true;
  job.fallback_inputs = wanted_job.fallback_inputs;
  for (const Digest& key : wanted_job.fallback_needs) {
    const auto need = known.find(key);
    if (need == known.end()) continue;
    if (std::find(job.fallback_needs.begin(), job.fallback_needs.end(), need->second) != job.fallback_needs.end()) continue;
    job.fallback_needs.push_back(need->second);
  }
}

// Moves what needs the failed (or skipped) job and can to its other way.
void Scheduler::Impl::fall_back_from(const Job& failed) {
  const auto dead = [this](JobId need) {
    const Job* upstream = job_of(need);
    return upstream == nullptr || (is_final(upstream->state) && upstream->state != JobState::Succeeded);
  };
  const std::set<JobId> wanted_by = failed.wanted_by;  // fall_back() takes from it
  for (const JobId id : wanted_by) {
    Job& job = jobs.at(id);
    if (is_final(job.state) || !job.has_fallback || std::any_of(job.fallback_needs.begin(), job.fallback_needs.end(), dead)) continue;
    fall_back(job, failed);
  }
}

// A compile run is no end in itself: where all that needed it in this build goes another way, it is missed by nobody.
bool Scheduler::Impl::is_missed(const Job& failed, const Build& build) const {
  if (failed.kind != JobKind::Compile) return true;
  return std::any_of(failed.wanted_by.begin(), failed.wanted_by.end(), [&](JobId id) {
    const Job& job = jobs.at(id);
    return job.state == JobState::Skipped && job.builds.contains(build.id);
  });
}

void Scheduler::Impl::fall_back(Job& job, const Job& failed) {
  for (const JobId need : job.needs) {
    if (Job* upstream = job_of(need)) upstream->wanted_by.erase(job.id);
  }
  job.has_fallback = false;
  job.fell_back = true;
  job.needs = job.fallback_needs;
  job.inputs = job.fallback_inputs;
  job.needs_open = 0;
  job.reason = failed.name + (failed.state == JobState::Failed ? " failed" : " was not made") + ": made without it";
  for (const JobId need : job.needs) {
    Job& upstream = jobs.at(need);
    upstream.wanted_by.insert(job.id);
    if (upstream.state != JobState::Succeeded && options.planted != PlantedBug::FallbackNotAwaited) ++job.needs_open;
  }
  dirty_jobs.insert(job.id);
  changed(job);
  make_ready(job);
}

}  // namespace farm::scheduler
