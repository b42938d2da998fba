// Purpose: everything the scheduler can ask for, a closed set. Order of carrying out: (1) all Save… of the step in one atomic batch, with
// whatever the coordinator adds to it (results on JobEnded); (2) the rest, in the order given. A crash before (1) undoes the step.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "coordinator/scheduler/records.hpp"
#include "shared/base/error.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::scheduler {

// ---- records

struct SaveBuild {
  BuildRecord record;
};
struct SaveJob {
  JobRecord record;
};
struct SaveAgent {
  AgentRecord record;
};
struct SaveCounters {
  CountersRecord record;
};

// ---- sends

// May come again with the same fence while the agent does not confirm it.
struct SendStart {
  std::string agent;
  JobId job;
  Fence fence;
  bool full_context = false;
  bool no_cache = false;
  Millis timeout;
  bool fell_back = false;  // its inputs are those of the fallback
};
struct SendCancel {
  std::string agent;
  JobId job;
  Fence fence;
  std::string reason;
};
struct SendAck {
  std::string agent;
  JobId job;
  Fence fence;
};
struct SendAnswer {
  std::string agent;
  protocol::HeartbeatAnswer answer;
};

// ---- work for the coordinator

// Read the manifest back from the registry, answer with JobVerified (same job and fence). May be asked again.
struct VerifyResult {
  JobId job;
  Fence fence;
  Digest key;
  Succeeded result;
};
// The submission was not let in.
struct BuildRefused {
  std::string token;
  Error error;
};

// ---- notices, for results, watchers, metrics and the log

struct JobEnded {
  JobId job;
  JobState state = JobState::Succeeded;  // final
};  // Scheduler::find_job has the rest; in the step that makes it the job is still there
struct BuildEnded {
  BuildId build;
  BuildState state = BuildState::Succeeded;
  std::string reason;
};
// Some job of the build (or the build) changed: state, phase or progress. At most once per build and step.
struct BuildChanged {
  BuildId build;
};
struct RetryNoticed {
  JobId job;
  std::string agent;  // where it failed
  std::string cause;
};
struct AgentUp {
  std::string agent;
};
struct AgentLost {
  std::string agent;
  std::string cause;
};
// The scheduler no longer knows these; whatever is kept in memory for them can go. The store keeps its records.
struct Forgotten {
  std::vector<BuildId> builds;
  std::vector<JobId> jobs;
  std::vector<std::string> agents;
};

using Command = std::variant<SaveBuild, SaveJob, SaveAgent, SaveCounters, SendStart, SendCancel, SendAck, SendAnswer, VerifyResult,
                             BuildRefused, JobEnded, BuildEnded, BuildChanged, RetryNoticed, AgentUp, AgentLost, Forgotten>;

inline bool is_record(const Command& command) {
  return std::holds_alternative<SaveBuild>(command) || std::holds_alternative<SaveJob>(command) ||
         std::holds_alternative<SaveAgent>(command) || std::holds_alternative<SaveCounters>(command);
}

}  // namespace farm::scheduler
