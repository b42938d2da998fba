// Purpose: the scheduler's knobs, each with its unit, its default and what happens at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"

namespace farm::scheduler {

// Bugs planted on purpose, so that a test can prove that the simulator finds them. Never set outside tests.
enum class PlantedBug : std::uint8_t {
  None,
  FenceIgnored,          // a report ends its job whatever its fence
  NoReconciliation,      // what a heartbeat lacks is not missed
  SlotTooMany,           // an agent is taken to have one slot more
  DependencyNotAwaited,  // a job starts before its upstream jobs succeeded
  SharingBroken,         // equal keys run twice
  AckForgotten,          // late reports are not acknowledged
  FenceReused,           // a restart forgets the newest fence
  SkipForgotten,         // dependants of a failed job go on waiting
  FallbackNotAwaited,    // a job that takes its other way starts before what it needs there
  RegistryUsesTries,     // a registry that is away is counted as a failed try
  RegistryForEver,       // a registry that is away is waited for without an end
};

struct SchedulerOptions {
  // Agents.
  Millis agent_silence{5'000};     // no heartbeat for so long: lost, its jobs move
  Millis disconnect_grace{2'000};  // after a closed connection without a new heartbeat: lost
  Millis restart_grace{10'000};    // after a restart of the coordinator: how long running jobs wait for their agent's heartbeat
  Millis start_resend{1'500};      // a StartJob that heartbeats don't confirm is sent again
  Millis start_grace{10'000};      // ... and counts as lost after this
  Millis agent_forget{3'600'000};  // a lost agent is forgotten
  std::size_t agents_max = 2'000;  // more: heartbeats of unknown agents get no work
  // Jobs.
  std::uint32_t infra_attempts_max = limits::kInfrastructureAttemptsMax;
  Millis retry_backoff{1'000};          // doubled with each failure of the farm
  Millis registry_backoff{2'000};       // a job that needed a registry which was away tries again after this, doubled with each time
  Millis registry_backoff_max{30'000};  // ... up to this
  Millis registry_wait_max{300'000};    // a job that waited so long for registries in total fails the next time
  Millis agent_rest{2'000};             // an agent that failed a job as an infrastructure gets none for this long, doubled up to 32 times
  Millis job_timeout{3'600'000};
  Millis timeout_grace{60'000};        // the agent ends a job at its timeout; the scheduler gives it up this much later
  Millis verify_timeout{120'000};      // an unanswered VerifyResult is asked again
  Millis verify_backoff{1'000};        // after a retryable error, doubled each time
  std::uint32_t verify_tries_max = 8;  // with that backoff two minutes: a registry that is started again loses no result
  Millis impossible_grace{30'000};     // no agent that is up can ever take the job: it fails after this
  Millis no_agents_grace{60'000};      // no agent is up at all
  Millis expected_default{60'000};
  // Builds.
  Millis build_timeout{14'400'000};
  std::size_t builds_open_max = 200;      // more: BuildRefused (Overloaded)
  std::size_t jobs_open_max = 50'000;     // more: the build fails with this reason
  std::size_t builds_finished_max = 200;  // older finished builds are forgotten
  // Order and placement.
  Millis age_step{300'000};                              // waiting this long raises a job by one priority class
  std::map<std::string, std::uint32_t> project_weights;  // share of a project where several compete; not named: 1
  std::uint64_t bandwidth_bytes_per_ms = 100'000;        // until measured, per agent
  std::size_t local_results_max = 256;                   // results that an agent is believed to have
  PlantedBug planted = PlantedBug::None;
};

}  // namespace farm::scheduler
