// Purpose: everything that makes one simulated farm differ from another, drawn from its seed ("swarm": each run has its own mix of faults,
// sizes and limits, and small limits find the most). Printed on failure.
#pragma once

#include <cstdint>
#include <string>

#include "agent/core/agent_machine.hpp"
#include "coordinator/scheduler/options.hpp"
#include "shared/base/random.hpp"

namespace farm::sim {

// Bugs of the coordinator's loop, planted on purpose.
enum class LoopBug : std::uint8_t { None, SendsBeforeRecords, RecordsForgotten };

struct Planted {
  scheduler::PlantedBug scheduler = scheduler::PlantedBug::None;
  agent::PlantedBug agent = agent::PlantedBug::None;
  LoopBug loop = LoopBug::None;
};

struct SimOptions {
  std::uint64_t seed = 0;
  bool calm = false;           // no fault at all: the outcome of each build is known beforehand
  bool registry_only = false;  // ... but for a registry that is away now and then, which changes no outcome
  // Sizes.
  std::uint32_t agents = 1;
  std::uint32_t slots_most = 1;
  std::uint32_t keys = 3;
  std::uint32_t builds = 1;
  std::uint32_t projects = 1;
  // The network, while faults are on.
  std::uint32_t drop_permille = 0;
  std::uint32_t double_permille = 0;
  Millis delay_most{20};
  std::uint32_t partition_weight = 0;
  std::uint32_t broken_link_weight = 0;  // a connection that stays dead until the agent reconnects
  // Crashes and the operator, as weights of what the next fault is.
  Millis fault_every{0};
  std::uint32_t agent_crash_weight = 0;
  std::uint32_t agent_stop_weight = 0;  // SIGTERM, sometimes twice
  std::uint32_t coordinator_crash_weight = 0;
  std::uint32_t drain_weight = 0;
  std::uint32_t disconnect_weight = 0;  // a connection is reported as closed though nothing happened
  std::uint32_t registry_loss_weight = 0;
  std::uint32_t registry_away_weight = 0;
  Millis registry_away_most{0};
  std::uint32_t crash_point_permille = 0;  // of a step: crash before the batch, after it, or between two sends
  std::uint32_t retention_permille = 0;    // of restarts: the store has dropped some finished builds
  // Jobs.
  Millis duration_most{4'000};
  std::uint32_t key_fails_permille = 0;    // of keys: their build always fails
  std::uint32_t key_slices_permille = 0;   // of keys: a file is missing without the whole context
  std::uint32_t key_hangs_permille = 0;    // of keys: they end by their timeout
  std::uint32_t key_nowhere_permille = 0;  // of keys: no agent has what they require
  std::uint32_t key_runs_permille = 0;     // of keys: compile runs, which others can do without
  std::uint32_t infra_permille = 0;        // of runs: the agent fails as an infrastructure
  std::uint32_t false_push_permille = 0;   // of runs: the result is told and is not in the registry
  std::uint32_t verify_flake_permille = 0;
  // Clients.
  std::uint32_t cancel_permille = 0;
  std::uint32_t no_cache_permille = 0;
  std::uint32_t fail_fast_permille = 0;
  std::uint32_t limited_permille = 0;  // builds with --parallel=1 or 2
  std::uint32_t timeout_permille = 0;  // builds with a short timeout
  Millis lookup_most{0};               // how old admission's lookup may be when the plan comes
  // Phases.
  Millis fault_time{20'000};
  Millis calm_time_most{900'000};  // everything must have ended this long after the last fault
  scheduler::SchedulerOptions scheduler;
  Planted planted;
};

SimOptions draw_options(std::uint64_t seed, const Planted& planted);
std::string describe(const SimOptions& options);

}  // namespace farm::sim
