// A planned build: which of its jobs are in flight already, which are new, and how they hang together.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {
namespace {

constexpr Millis kTimeMax{30LL * 24 * 3'600'000};  // of a prediction or a timeout, so that sums can't overflow

Millis sane(Millis given, Millis otherwise) { return given.value > 0 ? std::min(given, kTimeMax) : otherwise; }

}  // namespace

void Scheduler::Impl::on(const BuildPlanned& event) {
  Build* build = build_of(event.build);
  if (build == nullptr || build->state != BuildState::WaitingForSlices) return;
  build->state = BuildState::Running;
  dirty_builds.insert(build->id);
  changed(*build);
  to_settle.insert(build->id);
  if (jobs_open + event.jobs.size() > options.jobs_open_max) {
    end_build(*build, BuildState::Failed,
              "the farm has " + std::to_string(jobs_open) + " open jobs and a limit of " + std::to_string(options.jobs_open_max) +
                  "; submit again later");
    return;
  }
  std::map<Digest, JobId> known;
  std::vector<JobId> created;
  for (const NewJob& wanted_job : event.jobs) {
    if (known.contains(wanted_job.key)) continue;
    Job* job = shareable(wanted_job, event);
    if (job != nullptr) {
      subscribe(*build, *job);
    } else {
      job = &create(*build, wanted_job, known);
      subscribe(*build, *job);
      created.push_back(job->id);
    }
    known.emplace(wanted_job.key, job->id);
  }
  skip_superfluous(event, created);
  update_paths(*build);
  for (const JobId id : created) make_ready(jobs.at(id));
}

// A layer that the plan wanted only for images which another build makes already, perhaps in another way, is not made at all.
void Scheduler::Impl::skip_superfluous(const BuildPlanned& event, const std::vector<JobId>& created) {
  std::set<Digest> for_others;
  for (const NewJob& job : event.jobs) for_others.insert(job.needs.begin(), job.needs.end());
  for (auto id = created.rbegin(); id != created.rend(); ++id) {
    Job& job = jobs.at(*id);
    if (job.kind == JobKind::Image || !for_others.contains(job.key)) continue;
    const bool needed = std::any_of(job.wanted_by.begin(), job.wanted_by.end(), [&](JobId by) { return !is_final(jobs.at(by).state); });
    if (!needed) finish_job(job, JobState::Skipped, "another build makes already what needs it");
  }
}

Job* Scheduler::Impl::shareable(const NewJob& job, const BuildPlanned& event) {
  if (job.no_cache || options.planted == PlantedBug::SharingBroken) return nullptr;
  const auto found = by_key.find(job.key);
  if (found == by_key.end()) return nullptr;
  Job& served_by = jobs.at(found->second);
  // A result that is older than the lookup that missed it is not in the registry any more.
  const bool fresh = served_by.state == JobState::Succeeded && served_by.finished >= event.looked_up;
  return !is_final(served_by.state) || fresh ? &served_by : nullptr;
}

// Puts the job into the build, after everything that it needs. A job that is over brings nothing with it.
void Scheduler::Impl::subscribe(Build& build, Job& job) {
  if (!job.builds.insert(build.id).second) return;
  dirty_jobs.insert(job.id);
  const bool open = !is_final(job.state);
  if (open) {
    for (const JobId need : job.needs) {
      if (Job* upstream = job_of(need)) subscribe(build, *upstream);
    }
    for (const JobId need : job.fallback_needs) {
      if (Job* upstream = job_of(need)) subscribe(build, *upstream);
    }
    ++build.jobs_open;
    if (build.options.priority < job.priority) {
      job.priority = build.options.priority;
      if (queue.contains(job.id)) enqueue(job);
    }
  }
  if (job.state == JobState::Assigned) build.running.insert(job.id);
  if (job.builds.size() > 1) build.shared.insert(job.id);
  build.jobs.push_back(job.id);
}

Job& Scheduler::Impl::create(const Build& build, const NewJob& wanted_job, const std::map<Digest, JobId>& known) {
  counters.job.value += 1;
  counters_changed = true;
  ++jobs_open;
  Job& job = jobs[counters.job];
  job.id = counters.job;
  job.key = wanted_job.key;
  job.kind = wanted_job.kind;
  job.name = wanted_job.name;
  job.project = build.project;
  job.inputs = wanted_job.inputs;
  job.requirement = wanted_job.requirement;
  std::sort(job.requirement.labels.begin(), job.requirement.labels.end());
  job.expected_ms = std::max(sane(wanted_job.expected_ms, options.expected_default), Millis{1});
  job.timeout = sane(wanted_job.timeout, options.job_timeout);
  job.no_cache = wanted_job.no_cache;
  job.may_widen = wanted_job.may_widen;
  job.priority = build.options.priority;
  job.created = now;
  for (const Digest& key : wanted_job.needs) {
    const auto need = known.find(key);
    if (need == known.end() || std::find(job.needs.begin(), job.needs.end(), need->second) != job.needs.end()) continue;
    Job& upstream = jobs.at(need->second);
    job.needs.push_back(upstream.id);
    upstream.wanted_by.insert(job.id);
    if (upstream.state != JobState::Succeeded) ++job.needs_open;
  }
  add_fallback(job, wanted_job, known);
  if (!job.no_cache) by_key[job.key] = job.id;
  return job;
}

// Downstream first, so one walk is enough: what needs a job stands after it in the build.
void Scheduler::Impl::update_paths(const Build& build) {
  for (auto at = build.jobs.rbegin(); at != build.jobs.rend(); ++at) {
    Job& job = jobs.at(*at);
    Millis longest{0};
    for (const JobId id : job.wanted_by) longest = std::max(longest, jobs.at(id).path_ms);
    if (job.path_ms == job.expected_ms + longest) continue;
    job.path_ms = job.expected_ms + longest;
    if (queue.contains(job.id)) enqueue(job);
  }
}

}  // namespace farm::scheduler
