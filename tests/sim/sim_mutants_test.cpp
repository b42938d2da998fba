// The simulator's own test: each bug that is planted in the scheduler, the agent machine or the loop is found within a small part of the
// runs.
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "tests/support/sim/sim_farm.hpp"

namespace farm::sim {
namespace {

constexpr std::uint64_t kRunsMax = 1'000;

struct Mutant {
  std::string name;
  Planted planted;
};

void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.name; }

class SimMutants : public testing::TestWithParam<Mutant> {};

TEST_P(SimMutants, IsFound) {
  for (std::uint64_t seed = 1; seed <= kRunsMax; ++seed) {
    const SimResult result = run_farm(seed, GetParam().planted);
    if (result.ok) continue;
    std::cout << GetParam().name << " found by seed " << seed << ": " << result.failure.substr(0, result.failure.find('\n')) << '\n';
    return;
  }
  FAIL() << GetParam().name << " was not found in " << kRunsMax << " farms";
}

Mutant in_scheduler(std::string name, scheduler::PlantedBug bug) { return {std::move(name), {.scheduler = bug}}; }
Mutant in_agent(std::string name, agent::PlantedBug bug) { return {std::move(name), {.agent = bug}}; }
Mutant in_loop(std::string name, LoopBug bug) { return {std::move(name), {.loop = bug}}; }

INSTANTIATE_TEST_SUITE_P(Planted, SimMutants,
                         testing::Values(in_scheduler("FenceIgnored", scheduler::PlantedBug::FenceIgnored),
                                         in_scheduler("NoReconciliation", scheduler::PlantedBug::NoReconciliation),
                                         in_scheduler("SlotTooMany", scheduler::PlantedBug::SlotTooMany),
                                         in_scheduler("DependencyNotAwaited", scheduler::PlantedBug::DependencyNotAwaited),
                                         in_scheduler("SharingBroken", scheduler::PlantedBug::SharingBroken),
                                         in_scheduler("AckForgotten", scheduler::PlantedBug::AckForgotten),
                                         in_scheduler("FenceReused", scheduler::PlantedBug::FenceReused),
                                         in_scheduler("SkipForgotten", scheduler::PlantedBug::SkipForgotten),
                                         in_scheduler("FallbackNotAwaited", scheduler::PlantedBug::FallbackNotAwaited),
                                         in_scheduler("RegistryUsesTries", scheduler::PlantedBug::RegistryUsesTries),
                                         in_scheduler("RegistryForEver", scheduler::PlantedBug::RegistryForEver),
                                         in_agent("ResultNotRepeated", agent::PlantedBug::ResultNotRepeated),
                                         in_agent("DoubleStartRuns", agent::PlantedBug::DoubleStartRuns),
                                         in_agent("CancelIgnored", agent::PlantedBug::CancelIgnored),
                                         in_agent("HeldForgotten", agent::PlantedBug::HeldForgotten),
                                         in_loop("SendsBeforeRecords", LoopBug::SendsBeforeRecords),
                                         in_loop("RecordsForgotten", LoopBug::RecordsForgotten)),
                         [](const testing::TestParamInfo<Mutant>& given) { return given.param.name; });

}  // namespace
}  // namespace farm::sim
