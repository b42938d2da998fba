// Purpose: what the coordinator's API answers (docs/openapi.yaml), as plain values. Times are milliseconds since the Unix epoch, 0: not
// yet. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/model/status.hpp"

namespace farm::api {

inline constexpr std::size_t kBuildStates = 5;
inline constexpr std::size_t kServiceResults = 6;
inline constexpr std::size_t kJobKinds = 4;

// A build in a list.
struct BuildBrief {
  BuildId id;
  std::string project;
  BuildState state = BuildState::Running;
  std::string reason;
  std::string client;
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;
  std::uint32_t jobs = 0;
  std::uint32_t jobs_done = 0;  // in a final state, hits included
  BuildCounters counters;
  std::array<std::uint32_t, kServiceResults> services{};  // by ServiceResult
};
BuildBrief brief_of(const BuildStatus& status);

struct BuildPage {
  std::vector<BuildBrief> builds;
  std::uint64_t next_before = 0;  // 0: there are no more
};

// What changes slowly and all at once, without the clock.
struct FarmFacts {
  std::string version;
  std::int64_t started_ms = 0;
  std::string registry;
  std::vector<std::string> problems;
  std::array<std::uint64_t, kBuildStates> builds{};  // by BuildState
  std::vector<std::uint64_t> open_builds;
  std::map<std::string, std::uint32_t> agents;  // by state
  std::uint64_t slots = 0;
  std::uint64_t busy = 0;
  std::uint64_t queued_jobs = 0;
  std::uint64_t running_jobs = 0;
  std::int64_t queue_oldest_ms = 0;
  friend bool operator==(const FarmFacts&, const FarmFacts&) = default;
};

struct Assignment {
  BuildId build;
  std::string job;
  JobKind kind = JobKind::Image;
  std::string phase;
  std::uint32_t progress_permille = 0;
  std::int64_t assigned_ms = 0;
};
struct HeldResult {
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;  // empty: the farm forgot what it was
  std::string project;
  std::uint64_t bytes = 0;
};
struct AgentView {
  AgentStatus status;
  std::vector<Assignment> assignments;
  std::vector<HeldResult> holds;
  std::uint64_t holds_total = 0;
};

struct ProjectView {
  std::string name;
  std::uint64_t builds = 0;
  std::uint64_t open_builds = 0;
  std::optional<BuildBrief> latest;
  std::uint64_t results = 0;
  std::uint64_t result_bytes = 0;
};

struct ResultRow {
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;
  std::string project;
  std::uint64_t bytes = 0;
  Digest image;
  std::int64_t created_ms = 0;
  std::int64_t used_ms = 0;
  Millis run_ms;
};
// How often results of one kind helped.
struct HitCounts {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::map<std::string, std::uint64_t> causes;
  void add(const HitCounts& other);
};
std::array<HitCounts, kJobKinds> hits_of(const BuildStatus& status);

struct CacheView {
  struct Kind {
    std::uint64_t results = 0;
    std::uint64_t bytes = 0;
    HitCounts counts;
  };
  std::uint64_t counted_builds = 0;
  bool complete = true;
  std::array<Kind, kJobKinds> kinds;
  std::uint64_t slices = 0;
  std::uint64_t slice_bytes = 0;
  std::vector<ResultRow> newest;
};

struct LogPart {
  BuildId build;
  std::string job;
  std::uint64_t offset = 0;
  std::uint64_t next_offset = 0;
  bool ended = false;
  std::string bytes;
};

// How many bytes at the end begin a UTF-8 character that is not finished; 0 to 3.
std::size_t unfinished_tail(std::string_view bytes);

}  // namespace farm::api
