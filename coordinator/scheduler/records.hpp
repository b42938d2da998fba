// Purpose: what the scheduler needs to survive a restart, as values. The coordinator puts every record of a step in one atomic batch before
// anything of that step is sent. Each record is the whole truth of its subject: a later one replaces an earlier one with the same id.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/model/job.hpp"
#include "shared/model/outcome.hpp"
#include "shared/model/status.hpp"

namespace farm::scheduler {

// Stored: never renumber. Smaller goes first; waiting raises a job by one class per SchedulerOptions::age_step.
enum class PriorityClass : std::uint8_t { Urgent = 0, Normal = 1, Background = 2 };

struct BuildOptions {
  std::uint32_t parallel = 1;  // jobs of this build at a time; 0: no limit
  bool fail_fast = false;      // the first failed job ends the build
  Millis timeout;              // of the whole build, from its opening; 0: SchedulerOptions::build_timeout
  PriorityClass priority = PriorityClass::Normal;
  friend bool operator==(const BuildOptions&, const BuildOptions&) = default;
};

// What an agent must have to take a job.
struct Requirement {
  std::string platform;             // empty: any
  std::vector<std::string> labels;  // sorted, each once
  std::uint64_t disk_bytes = 0;     // free on the agent's disk
  std::uint64_t memory_bytes = 0;
  friend auto operator<=>(const Requirement&, const Requirement&) = default;
};

// A result that a job builds on and that was there before the job: an upstream hit.
struct InputResult {
  Digest key;
  std::uint64_t bytes = 0;  // compressed
  friend bool operator==(const InputResult&, const InputResult&) = default;
};

struct BuildRecord {
  BuildId id;
  std::string token;   // drawn by the client; the same token is the same build
  std::string client;  // name of the key that submitted it
  std::string project;
  BuildOptions options;
  BuildState state = BuildState::WaitingForSlices;
  std::string reason;  // why it failed or was cancelled
  Instant created;
  Instant finished;           // 0 while it is open
  std::vector<JobId> jobs;    // upstream first, each once
  std::set<JobId> shared;     // of `jobs`: made for an earlier build too
  std::set<JobId> abandoned;  // of `jobs`: not final when the build ended early (cancel, fail-fast, timeout); their state in this build is
                              // Cancelled where the build is, else Skipped
  friend bool operator==(const BuildRecord&, const BuildRecord&) = default;
};

struct JobRecord {
  JobId id;
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;
  std::string project;       // of the build that made it; its fair share pays
  std::set<BuildId> builds;  // the builds that want it
  std::vector<JobId> needs;  // upstream jobs; all succeeded before it starts
  std::vector<InputResult> inputs;
  bool has_fallback = false;  // may still go the other way: `fallback_needs` and `fallback_inputs` in the place of needs and inputs
  bool fell_back = false;     // goes the other way
  std::vector<JobId> fallback_needs;
  std::vector<InputResult> fallback_inputs;
  Requirement requirement;
  Millis expected_ms;      // predicted run; at least 1
  Millis timeout;          // of one attempt
  bool no_cache = false;   // never shares another build's result
  bool may_widen = false;  // its context is sliced: worth one attempt with the whole context
  PriorityClass priority = PriorityClass::Normal;

  JobState state = JobState::Waiting;
  std::string reason;          // why it failed, was skipped, was retried; empty: nothing to tell
  std::string agent;           // where it runs or ran
  Fence fence;                 // of the newest assignment; 0: never started
  std::uint32_t attempts = 0;  // assignments
  std::uint32_t infra_failures = 0;
  bool full_context = false;  // the next attempt (or the running one) takes the whole context
  Instant created;
  Instant ready;            // when its last upstream job succeeded; 0: not yet
  Instant not_before;       // backoff
  Instant assigned;         // of the newest attempt
  Instant finished;         // 0 while it is not final
  Succeeded result;         // from Verifying on
  JobTimings timings;       // of the newest report
  std::string placement{};  // why on that agent, for people
  friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

struct AgentRecord {
  std::string name;
  bool drain = false;  // the operator's wish
  friend bool operator==(const AgentRecord&, const AgentRecord&) = default;
};

// The newest id of each kind that was issued. Durable before an id is used, so a restart never issues one twice.
struct CountersRecord {
  BuildId build;
  JobId job;
  Fence fence;
  friend bool operator==(const CountersRecord&, const CountersRecord&) = default;
};

// Everything a restart reads back. Order does not matter. Jobs that no build names are dropped.
struct SavedState {
  CountersRecord counters;
  std::vector<BuildRecord> builds;
  std::vector<JobRecord> jobs;
  std::vector<AgentRecord> agents;
};

}  // namespace farm::scheduler
