// Whole farms under faults. FARM_SIM_RUNS=n sets how many, FARM_SIM_SEED=n replays one with its trace, FARM_SIM_FIRST=n sets the first
// seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/support/sim/sim_farm.hpp"

namespace farm::sim {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void add(SimCounts& sum, const SimCounts& one) {
  sum.executions += one.executions;
  sum.successes += one.successes;
  sum.agent_crashes += one.agent_crashes;
  sum.coordinator_crashes += one.coordinator_crashes;
  sum.steps += one.steps;
  sum.builds_succeeded += one.builds_succeeded;
  sum.builds_failed += one.builds_failed;
  sum.builds_cancelled += one.builds_cancelled;
  sum.adopted += one.adopted;
  sum.shared += one.shared;
  sum.retries += one.retries;
}

TEST(FarmSim, EverySubmissionEndsAndNothingGoesWrongUnderFaults) {
  if (const std::uint64_t seed = number_from("FARM_SIM_SEED", 0); seed != 0) {
    const SimResult result = run_farm(seed, {}, true);
    EXPECT_TRUE(result.ok) << result.failure;
    return;
  }
  const std::uint64_t runs = number_from("FARM_SIM_RUNS", FARM_SIM_RUNS_DEFAULT);
  const std::uint64_t first = number_from("FARM_SIM_FIRST", 1);
  SimCounts sum;
  std::int64_t virtual_ms = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const SimResult result = run_farm_explained(seed);
    ASSERT_TRUE(result.ok) << result.failure;
    add(sum, result.counts);
    virtual_ms += result.virtual_ms;
  }
  std::cout << runs << " farms, " << virtual_ms / 3'600'000 << " virtual hours, " << sum.steps << " steps, " << sum.executions
            << " executions, " << sum.agent_crashes << " agent crashes, " << sum.coordinator_crashes << " coordinator crashes, "
            << sum.retries << " retries, " << sum.adopted << " adopted jobs, " << sum.shared
            << " shared jobs, builds: " << sum.builds_succeeded << " succeeded, " << sum.builds_failed << " failed, "
            << sum.builds_cancelled << " cancelled\n";
  // A run that saw none of these proves nothing.
  EXPECT_GT(sum.builds_succeeded, 0U);
  EXPECT_GT(sum.builds_failed, 0U);
  EXPECT_GT(sum.builds_cancelled, 0U);
  EXPECT_GT(sum.agent_crashes, 0U);
  EXPECT_GT(sum.coordinator_crashes, 0U);
  EXPECT_GT(sum.retries, 0U);
  EXPECT_GT(sum.adopted, 0U);
  EXPECT_GT(sum.shared, 0U);
}

TEST(FarmSim, ASeedTellsTheSameStoryTwice) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const SimResult once = run_farm(seed);
    const SimResult again = run_farm(seed, {}, true);
    ASSERT_EQ(once.hash, again.hash) << "seed " << seed;
    ASSERT_EQ(once.counts, again.counts) << "seed " << seed;
    ASSERT_NE(once.hash, run_farm(seed + 1'000).hash) << "seed " << seed;
  }
}

}  // namespace
}  // namespace farm::sim
