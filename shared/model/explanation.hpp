// Purpose: all that the coordinator knows about why a job of a build runs, waits, is where it is, or hits. Values only; the words are made
// by whoever shows them (shared/history).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/model/status.hpp"

namespace farm {

inline constexpr std::size_t kInputChangesMax = 500;  // of one explanation; more are only counted
inline constexpr std::size_t kLineChangesMax = 40;

// One named input of the job's key that is not as it was at the last result.
struct InputChange {
  std::string name;                 // "slice crate:rust_core", "lock serde 1.0.2", "base image debian:bookworm-slim"
  std::vector<std::string> before;  // values that are gone; empty: the input is new
  std::vector<std::string> after;   // values that came; empty: the input is gone
  friend bool operator==(const InputChange&, const InputChange&) = default;
};

// A line of the job's Dockerfile. Numbers count from 1; 0: the line is not there.
struct LineChange {
  std::uint32_t line_before = 0;
  std::uint32_t line_after = 0;
  std::string before;
  std::string after;
  friend bool operator==(const LineChange&, const LineChange&) = default;
};

// The files that a changed slice differs in, by their paths in the tree. Named as its InputChange.
struct SliceChange {
  std::string name;
  std::vector<std::string> changed;
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::uint32_t left_off = 0;  // more files, of any of the three
  friend bool operator==(const SliceChange&, const SliceChange&) = default;
};

struct AgentFit {
  std::string agent;
  std::string reason;  // why not; empty: it could take the job
};

struct Explanation {
  BuildId build;
  std::string project;
  BuildState build_state = BuildState::Running;
  std::int64_t created_ms = 0;  // of the build
  JobStatus job;
  std::vector<std::string> services;  // whose image the job makes
  // The result that the job hits, or the one that its inputs were compared with. 0: there is none, or it is no longer known.
  BuildId last_build;
  std::int64_t last_ms = 0;
  Digest last_key;
  std::vector<InputChange> changes;
  std::uint32_t changes_left_off = 0;
  std::vector<LineChange> dockerfile;  // where that is one of the changes and the old text is still known
  std::vector<AgentFit> agents;        // while it waits
  std::vector<SliceChange> slices{};   // of changed slices whose files the coordinator was told
  std::vector<StepReport> steps{};     // of the last attempt that was reported
  std::uint32_t steps_left_off = 0;
};

}  // namespace farm
