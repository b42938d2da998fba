// Purpose: a build as its watchers see it: the whole truth each time, so that a lost message costs nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/model/job.hpp"
#include "shared/model/outcome.hpp"

namespace farm {

// Sent and stored: never renumber.
enum class BuildState : std::uint8_t { WaitingForSlices = 0, Running = 1, Succeeded = 2, Failed = 3, Cancelled = 4 };
enum class JobState : std::uint8_t {
  Waiting = 0,
  Assigned = 1,
  Verifying = 2,
  Succeeded = 3,
  Failed = 4,
  Skipped = 5,
  Cancelled = 6,
  Hit = 7
};
enum class ServiceResult : std::uint8_t { Pending = 0, Hit = 1, Built = 2, Failed = 3, Skipped = 4, Cancelled = 5 };
std::string_view to_string(BuildState state);
std::string_view to_string(JobState state);
std::string_view to_string(ServiceResult result);
constexpr bool is_final(BuildState state) { return state >= BuildState::Succeeded; }
constexpr bool is_final(JobState state) { return state >= JobState::Succeeded; }

struct JobStatus {
  JobId id;  // 0 for a hit: nothing runs
  JobKind kind = JobKind::Image;
  std::string name;
  Digest key;
  JobState state = JobState::Waiting;
  std::string agent;   // where it runs or ran
  std::string phase;   // "fetching", "building 7/12: cargo build", "pushing"; or what it waits for
  std::string reason;  // why it ran ("slice crate:rust_core changed"), or why it failed, was retried, was skipped
  std::uint32_t attempts = 0;
  std::uint32_t progress_permille = 0;
  Millis queued_ms;
  JobTimings timings;
  Digest image;
  std::vector<std::string> needs;  // names of the jobs of this build that it stands on
  std::string cause;               // of a miss: one word of admission's closed set; empty: a hit
  std::string placement;           // why on that agent, for people; empty: not assigned yet
  std::int64_t ready_ms = 0;       // since the epoch, 0: not yet. When all that it needs was there
  std::int64_t assigned_ms = 0;    // of the last attempt
  std::int64_t finished_ms = 0;
};

struct ServiceStatus {
  std::string service;
  ServiceResult result = ServiceResult::Pending;
  std::string reason;
  std::string image;  // published reference, with the registry
  Digest digest;
  std::string job;  // name of its image job
};

struct BuildCounters {
  std::uint32_t jobs_run = 0;
  std::uint32_t jobs_hit = 0;
  std::uint32_t jobs_shared = 0;  // run once for this and another build
  std::uint32_t retries = 0;
  std::uint64_t fetched_bytes = 0;
  std::uint64_t pushed_bytes = 0;
};

struct BuildStatus {
  BuildId id;
  std::uint64_t version = 0;  // grows with each change
  std::string project;
  BuildState state = BuildState::Running;
  std::string reason;  // why it failed, or what the whole build waits for
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;  // 0 while it runs
  std::vector<JobStatus> jobs;   // upstream first
  std::vector<ServiceStatus> services;
  BuildCounters counters;
  std::string client;          // whose key submitted it
  std::uint32_t parallel = 1;  // as submitted; 0: no limit
};

struct AgentStatus {
  std::string name;
  std::string state;  // "up", "draining", "lost"
  std::string platform;
  std::vector<std::string> labels;
  std::uint32_t slots = 0;
  std::uint32_t busy = 0;
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::string buildkit;
  std::string version;
  std::int64_t heard_ms = 0;         // when it was last heard
  std::vector<std::string> running;  // names of the jobs it holds
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint32_t load_permille = 0;      // load average over cores
  std::uint64_t slice_cache_bytes = 0;  // what its caches hold
  std::uint64_t buildkit_bytes = 0;
};

struct BuildSummary {
  BuildId id;
  std::string project;
  BuildState state = BuildState::Running;
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;
  std::uint32_t jobs = 0;
  std::uint32_t jobs_run = 0;
};

}  // namespace farm
