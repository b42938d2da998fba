#include "shared/history/counterfactual.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

#include "shared/history/spread.hpp"

namespace farm::history {
namespace {

constexpr std::int64_t kNotable = 25;   // per cent of the wall time from which on a part of the path bounds the build
constexpr std::int64_t kDominant = 50;  // ... and one job

using ByName = std::map<std::string, const JobStatus*>;

Millis not_negative(std::int64_t ms) { return {std::max<std::int64_t>(ms, 0)}; }

std::int64_t end_of(const JobStatus& job, std::int64_t now_ms) { return job.finished_ms != 0 ? job.finished_ms : now_ms; }

std::string seconds(Millis time) {
  const std::int64_t tenths = (time.value + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

ByName jobs_that_ran(const BuildStatus& build) {
  ByName jobs;
  for (const JobStatus& job : build.jobs) {
    if (ran(job)) jobs.emplace(job.name, &job);
  }
  return jobs;
}

// Jobs come upstream first, but a status from outside may say anything: each is visited once.
Millis longest_below(const std::string& name, const ByName& jobs, std::map<std::string, Millis>& known) {
  const auto found = jobs.find(name);
  if (found == jobs.end()) return {};
  const auto [entry, fresh] = known.emplace(name, Millis{});
  if (!fresh) return entry->second;
  Millis longest;
  for (const std::string& need : found->second->needs) longest = std::max(longest, longest_below(need, jobs, known));
  return known[name] = longest + work_of(*found->second);
}

PathStep step_of(const JobStatus& job, std::int64_t from_ms, std::int64_t now_ms) {
  PathStep step;
  step.job = job.name;
  step.agent = job.agent;
  const std::int64_t end = std::max(end_of(job, now_ms), from_ms);
  const std::int64_t ready = std::clamp(job.ready_ms, from_ms, end);
  const std::int64_t assigned = std::clamp(job.assigned_ms, ready, end);
  step.before = {ready - from_ms};
  step.waited = {assigned - ready};
  // Two clocks measure: the agent's parts may not be longer than what the coordinator saw.
  Millis left{end - assigned};
  const auto take = [&left](Millis part) {
    const Millis taken = std::clamp(part, Millis{0}, left);
    left = left - taken;
    return taken;
  };
  step.run = take(job.timings.run_ms);
  step.fetch = take(job.timings.fetch_ms);
  step.push = take(job.timings.push_ms);
  step.rest = left;
  return step;
}

// Backwards from the job that ended last, each time to what it waited for last.
std::vector<PathStep> path_of(const BuildStatus& build, const ByName& jobs, std::int64_t now_ms) {
  const auto latest = [&](const std::vector<const JobStatus*>& among) {
    const JobStatus* last = nullptr;
    for (const JobStatus* job : among) {
      if (last == nullptr || end_of(*job, now_ms) > end_of(*last, now_ms)) last = job;
    }
    return last;
  };
  std::vector<const JobStatus*> all;
  for (const auto& [name, job] : jobs) all.push_back(job);
  std::vector<const JobStatus*> chain;
  std::set<std::string> seen;
  for (const JobStatus* job = latest(all); job != nullptr && seen.insert(job->name).second;) {
    chain.push_back(job);
    std::vector<const JobStatus*> below;
    for (const std::string& need : job->needs) {
      if (const auto found = jobs.find(need); found != jobs.end()) below.push_back(found->second);
    }
    job = latest(below);
  }
  std::vector<PathStep> path;
  std::int64_t from = build.created_ms;
  for (auto job = chain.rbegin(); job != chain.rend(); ++job) {
    path.push_back(step_of(**job, from, now_ms));
    from = std::max(from, end_of(**job, now_ms));
  }
  return path;
}

struct Parts {
  Millis before, waited, fetch, push, rest;
  const PathStep* longest = nullptr;  // by its run
};

Parts parts_of(const std::vector<PathStep>& path) {
  Parts parts;
  for (const PathStep& step : path) {
    parts.before = parts.before + step.before;
    parts.waited = parts.waited + step.waited;
    parts.fetch = parts.fetch + step.fetch;
    parts.push = parts.push + step.push;
    parts.rest = parts.rest + step.rest;
    if (parts.longest == nullptr || step.run > parts.longest->run) parts.longest = &step;
  }
  return parts;
}

void find_bound(const BuildStatus& build, Counterfactual& result) {
  if (result.path.empty()) {
    result.bottleneck = "no job ran: every image was there";
    return;
  }
  const Parts parts = parts_of(result.path);
  const auto share = [&](Millis part) { return result.wall.value == 0 ? 0 : part.value * 100 / result.wall.value; };
  const std::string of = " of " + seconds(result.wall);
  const std::string at_least = "; with a slot for every job it takes at least " + seconds(result.longest_chain);
  const Bound waiting = build.parallel == 1 ? Bound::Limit : Bound::Slots;
  const std::string limit = build.parallel == 1  ? "its limit of one job at a time (submit with --parallel)"
                            : build.parallel > 1 ? "slots, or its limit of " + std::to_string(build.parallel) + " jobs at a time"
                                                 : "slots";
  const Millis registry = parts.rest + result.after_path;
  struct Candidate {
    Bound bound;
    Millis part;
    std::string text;
  };
  const std::vector<Candidate> candidates = {
      {waiting, parts.waited, limit + ": jobs of its critical path waited " + seconds(parts.waited) + of + at_least},
      {Bound::Fetch, parts.fetch, "fetching: the critical path fetched slices for " + seconds(parts.fetch) + of},
      {Bound::Push, parts.push, "pushing: the critical path exported and pushed layers for " + seconds(parts.push) + of},
      {Bound::Sources, parts.before, "the start: planning and pushing source slices took " + seconds(parts.before) + of},
      {Bound::Registry, registry, "the registry: results were verified and tagged for " + seconds(registry) + of}};
  const auto largest =
      std::max_element(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.part < b.part; });
  if (share(largest->part) >= kNotable && largest->part >= parts.longest->run) {
    result.bound = largest->bound;
    result.bottleneck = largest->text;
  } else if (share(parts.longest->run) >= kDominant) {
    result.bound = Bound::OneJob;
    result.bottleneck = "one job: " + parts.longest->job + " ran for " + seconds(parts.longest->run) + of;
  } else if (share(largest->part) >= kNotable) {
    result.bound = largest->bound;
    result.bottleneck = largest->text;
  } else {
    result.bound = Bound::Spread;
    result.bottleneck = "no single thing: its critical path has " + std::to_string(result.path.size()) + " jobs, the longest, " +
                        parts.longest->job + ", ran for " + seconds(parts.longest->run) + of;
  }
}

// What an agent works on has no times yet: all of it counts as running.
BuildStatus until(BuildStatus build, std::int64_t end_ms) {
  for (JobStatus& job : build.jobs) {
    if (job.state != JobState::Assigned || job.finished_ms != 0) continue;
    job.timings = {};
    job.timings.run_ms = not_negative(end_ms - job.assigned_ms);
  }
  return build;
}

// What did not run because it, or what stands on it, hit: the hits, and what was below them when they last ran.
void add_saved(const BuildStatus& build, const std::vector<BuildStatus>& others, Counterfactual& result) {
  std::map<std::string, std::vector<Millis>> times;
  std::map<std::string, std::pair<BuildId, const JobStatus*>> last;
  for (const BuildStatus& other : others) {
    if (other.id == build.id) continue;
    for (const JobStatus& job : other.jobs) {
      if (!ran(job) || job.state != JobState::Succeeded) continue;
      times[job.name].push_back(work_of(job));
      auto& newest = last[job.name];
      if (newest.second == nullptr || other.id > newest.first) newest = {other.id, &job};
    }
  }
  std::set<std::string> seen;
  for (const JobStatus& job : build.jobs) {
    if (ran(job)) seen.insert(job.name);
  }
  std::vector<std::string> open;
  for (const JobStatus& job : build.jobs) {
    if (job.state == JobState::Hit) open.push_back(job.name);
  }
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (!seen.insert(name).second) continue;
    const auto known = times.find(name);
    if (known == times.end()) {
      ++result.jobs_unknown;
      continue;
    }
    ++result.jobs_saved;
    result.saved_by_hits = result.saved_by_hits + spread_of(known->second).median;
    const std::vector<std::string>& below = last.at(name).second->needs;
    open.insert(open.end(), below.begin(), below.end());
  }
}

}  // namespace

Millis work_of(const JobStatus& job) {
  return not_negative(job.timings.fetch_ms.value) + not_negative(job.timings.run_ms.value) + not_negative(job.timings.push_ms.value);
}

bool ran(const JobStatus& job) { return job.attempts > 0; }

std::string_view to_string(Bound bound) {
  switch (bound) {
    case Bound::Nothing: return "nothing";
    case Bound::Limit: return "limit";
    case Bound::Slots: return "slots";
    case Bound::OneJob: return "one-job";
    case Bound::Fetch: return "fetch";
    case Bound::Push: return "push";
    case Bound::Sources: return "sources";
    case Bound::Registry: return "registry";
    case Bound::Spread: return "spread";
  }
  return "nothing";
}

Counterfactual counterfactual(const BuildStatus& recorded, const std::vector<BuildStatus>& others, std::int64_t now_ms) {
  Counterfactual result;
  result.build = recorded.id;
  const std::int64_t end = recorded.finished_ms != 0 ? recorded.finished_ms : now_ms;
  const BuildStatus build = until(recorded, end);
  result.wall = not_negative(end - build.created_ms);
  const ByName jobs = jobs_that_ran(build);
  std::map<std::string, Millis> known;
  for (const auto& [name, job] : jobs) {
    result.serial = result.serial + work_of(*job);
    result.longest_chain = std::max(result.longest_chain, longest_below(name, jobs, known));
  }
  result.path = path_of(build, jobs, end);
  Millis on_path;
  for (const PathStep& step : result.path) on_path = on_path + step.total();
  result.after_path = not_negative((result.wall - on_path).value);
  find_bound(build, result);
  add_saved(build, others, result);
  return result;
}

}  // namespace farm::history
