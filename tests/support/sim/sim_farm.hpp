// Purpose: one whole simulated farm from one seed: a phase with faults in which nothing may go wrong (safety), then a phase without in
// which everything must end (liveness), then a look at what is left over (nothing).
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/sim/sim_models.hpp"

namespace farm::sim {

struct SimResult {
  bool ok = true;
  std::string failure;     // what failed, the seed, the options; with a trace the last 50 events
  std::uint64_t hash = 0;  // of everything that happened: equal for equal seeds
  std::int64_t virtual_ms = 0;
  SimCounts counts;
};

SimResult run_farm(std::uint64_t seed, const Planted& planted = {}, bool tracing = false);

// The same, and on failure once more with a trace.
SimResult run_farm_explained(std::uint64_t seed, const Planted& planted = {});

}  // namespace farm::sim
