// Purpose: what a build was made of in time: what the same jobs would have taken one after another, the chain of jobs that decided its end
// (waiting included), what bounds it, and what its hits saved. Pure; from recorded statuses.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/model/status.hpp"

namespace farm::history {

// Fetching, running and pushing of the last attempt.
Millis work_of(const JobStatus& job);
// Jobs that this build or another one ran for it.
bool ran(const JobStatus& job);

// One job of the chain. The parts add up to the time from the end of the job before it (or the build's start) to its own end.
struct PathStep {
  std::string job;
  std::string agent;
  Millis before;  // until it was ready: for the first job planning, and pushing of slices
  Millis waited;  // ready, without a slot; earlier attempts too
  Millis fetch;
  Millis run;
  Millis push;
  Millis rest;  // verification in the registry, messages
  [[nodiscard]] Millis work() const { return fetch + run + push; }
  [[nodiscard]] Millis total() const { return before + waited + work() + rest; }
};

// What a build's end is bound by.
enum class Bound { Nothing, Limit, Slots, OneJob, Fetch, Push, Sources, Registry, Spread };
std::string_view to_string(Bound bound);

struct Counterfactual {
  BuildId build;
  Millis wall;
  Millis serial;               // its jobs one after another, without any waiting
  Millis longest_chain;        // of jobs that need each other: no number of agents makes it shorter
  std::vector<PathStep> path;  // in order
  Millis after_path;           // from the last job's end to the build's: tags
  Bound bound = Bound::Nothing;
  std::string bottleneck;  // one sentence
  Millis saved_by_hits;    // what the jobs that did not run have taken before (medians)
  std::size_t jobs_saved = 0;
  std::size_t jobs_unknown = 0;  // hits whose time was never recorded
};

// `others`: older builds of the project, for what hits saved. `now_ms` counts as the end of what still runs.
Counterfactual counterfactual(const BuildStatus& build, const std::vector<BuildStatus>& others, std::int64_t now_ms);

}  // namespace farm::history
