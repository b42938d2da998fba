// Purpose: everything that can happen to the scheduler, a closed set. Each event may come twice or late; each says the whole truth of its
// subject. Values from outside are checked by the caller for size and form only; the scheduler asserts nothing about them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "coordinator/scheduler/records.hpp"
#include "shared/base/error.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::scheduler {

// A submission was let in. Issues the BuildId (read it with Scheduler::find_token after the step); the build waits for BuildPlanned.
// A known token changes nothing. Answered by BuildRefused where a limit is met.
struct BuildOpened {
  std::string token;
  std::string client;
  std::string project;
  BuildOptions options;
};

// One job to run. Upstream results that exist already are `inputs`, not `needs`.
struct NewJob {
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;
  std::vector<Digest> needs;        // keys of jobs of this same list, earlier in it; others are ignored
  std::vector<InputResult> inputs;  // upstream hits
  // Another way to make it, taken once when a job of `needs` fails: it then needs `fallback_needs` instead. Like needs and inputs.
  bool has_fallback = false;
  std::vector<Digest> fallback_needs;
  std::vector<InputResult> fallback_inputs;
  Requirement requirement;
  Millis expected_ms;  // from history; 0: SchedulerOptions::expected_default
  Millis timeout;      // 0: SchedulerOptions::job_timeout
  bool no_cache = false;
  bool may_widen = false;  // JobSpec::full_slices is not empty
};

// The build's jobs are known and their slices are in the registry. No jobs (all hits): the build succeeds at once. A build that is not
// WaitingForSlices ignores it. A job with the key of one that is in flight, or that succeeded at or after `looked_up`, is that job (and
// brings that job's upstream into this build). Jobs with no_cache are never shared with another build.
struct BuildPlanned {
  BuildId build;
  std::vector<NewJob> jobs;  // upstream first
  Instant looked_up;         // when the results of these keys were last found missing
};

// The build can't go on for a reason outside the scheduler (slices missing, registry away): it ends as Failed.
struct BuildAborted {
  BuildId build;
  std::string reason;
};
struct BuildCancelled {
  BuildId build;
  std::string by;        // who asked, for the reason
  std::string reason{};  // not empty: the reason instead
};

struct AgentHeard {
  protocol::AgentHeartbeat heartbeat;
  std::string refusal;  // not empty: this agent gets no work, and why
};
struct AgentDisconnected {
  std::string agent;
};
struct JobReported {
  std::string agent;
  protocol::JobReport report;
};
// Answer to VerifyResult. Ok: the registry has the manifest under this digest. A retryable error is asked again, a limited number of times;
// any other counts as a failure of the farm, and the job runs again.
struct JobVerified {
  JobId job;
  Fence fence;
  Result<void> outcome;
};
struct DrainSet {
  std::string agent;  // may be unknown: the wish is kept
  bool drain = true;
};
// At least twice a second.
struct Tick {};

using Event = std::variant<BuildOpened, BuildPlanned, BuildAborted, BuildCancelled, AgentHeard, AgentDisconnected, JobReported, JobVerified,
                           DrainSet, Tick>;

}  // namespace farm::scheduler
