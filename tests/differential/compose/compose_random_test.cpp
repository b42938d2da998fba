// Random projects: farm's reader and the real docker-compose accept the same ones, and mean the same by them.
// FARM_COMPOSE_SEED=n replays one; FARM_COMPOSE_PROJECTS=n sets how many are tried.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/differential/compose/oracle.hpp"
#include "tests/differential/compose/random_project.hpp"

namespace farm::testing {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string shown(const ComposeCase& project) {
  std::string text;
  for (const std::string& arg : project.args) text += arg + " ";
  for (const auto& [path, content] : project.files) text += "\n### " + path + "\n" + content;
  return text;
}

TEST(ComposeRandom, ProjectsMeanTheSameToFarm) {
  const std::optional<std::string> binary = oracle_binary();
  if (!binary) GTEST_SKIP() << kNoOracle;
  const std::uint64_t first = number_of("FARM_COMPOSE_SEED", 1);
  const std::uint64_t count = std::getenv("FARM_COMPOSE_SEED") != nullptr ? 1 : number_of("FARM_COMPOSE_PROJECTS", 100);  // NOLINT
  std::uint64_t accepted = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const ComposeCase project = random_project(seed);
    const CaseFolder folder(project.files);
    const Answer oracle = ask_oracle(*binary, project, folder);
    const Answer farm = ask_farm(project, folder);
    accepted += oracle.accepted ? 1 : 0;
    const std::string told = "FARM_COMPOSE_SEED=" + std::to_string(seed) + "\ncompose says:\n" + oracle.messages + "farm says:\n" +
                             farm.messages + shown(project);
    ASSERT_EQ(oracle.accepted, farm.accepted) << told;
    if (!oracle.accepted) continue;
    ASSERT_EQ(oracle.project, farm.project) << nlohmann::json::diff(oracle.project, farm.project).dump(1) << "\n" << told;
  }
  if (count > 1) {
    EXPECT_GE(accepted * 2, count) << "most random projects must be valid, or nothing is compared";
  }
}

}  // namespace
}  // namespace farm::testing
