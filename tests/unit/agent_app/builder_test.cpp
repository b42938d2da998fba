#include "agent/app/builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temp_dir.hpp"

namespace farm::agent {
namespace {

// Answers as buildx does and keeps what it was asked.
class FakeBuildx final : public exec::ProcessRunner {
 public:
  Result<exec::ProcessEnd> run(const exec::ProcessSpec& spec, const exec::ProcessSinks& sinks, std::stop_token) override {
    std::string words;
    for (const std::string& word : spec.argv) words += word + " ";
    asked.push_back(words);
    env = spec.env;
    for (const std::string& line : out) sinks.out(line, false);
    for (const std::string& line : err) sinks.err(line, false);
    exec::ProcessEnd end;
    end.exit_code = spec.argv.at(1) == "rm" ? 1 : exit_code;
    return end;
  }
  std::vector<std::string> asked;
  std::vector<std::string> env;
  std::vector<std::string> out;
  std::vector<std::string> err;
  int exit_code = 0;
};

config::AgentConfig own_builder(const std::string& state_dir) {
  config::AgentConfig config;
  config.state_dir = state_dir;
  config.buildx = {"buildx"};
  config.buildkit.address = "unix:///run/bk.sock";
  return config;
}

bool has(const std::vector<std::string>& list, const std::string& item) { return std::find(list.begin(), list.end(), item) != list.end(); }

TEST(AgentBuilder, ItsOwnBuilderIsMadeAnewWithItsOwnConfiguration) {
  const test::TempDir dir;
  FakeBuildx buildx;
  const Result<Builder> builder = make_builder(buildx, own_builder(dir.path()), {"PATH=/bin"});
  ASSERT_TRUE(builder);
  EXPECT_EQ(buildx.asked,
            (std::vector<std::string>{"buildx rm --force farm ", "buildx create --name farm --driver remote unix:///run/bk.sock "}));
  EXPECT_TRUE(has(buildx.env, "BUILDX_CONFIG=" + dir.path() + "/buildx"));
  EXPECT_EQ(builder->name, "farm");
}

TEST(AgentBuilder, AHostsBuilderIsUsedAsItIs) {
  FakeBuildx buildx;
  config::AgentConfig config;
  config.buildkit.builder = "shared";
  const Result<Builder> builder = make_builder(buildx, config, {"BUILDX_CONFIG=/etc/buildx"});
  ASSERT_TRUE(builder);
  EXPECT_TRUE(buildx.asked.empty());
  EXPECT_EQ(builder->name, "shared");
  EXPECT_TRUE(has(builder->environment, "BUILDX_CONFIG=/etc/buildx"));
}

TEST(AgentBuilder, OnlyAFewVariablesReachBuildx) {
  const std::vector<std::string> env = buildx_environment(
      {"PATH=/bin", "HOME=/root", "AWS_SECRET_ACCESS_KEY=x", "DOCKER_CONFIG=/d", "BUILDX_CONFIG=/evil", "FARM_KEY=x", "NO_COLOR=0"},
      own_builder("/s"));
  EXPECT_EQ(env, (std::vector<std::string>{"PATH=/bin", "HOME=/root", "DOCKER_CONFIG=/d", "BUILDX_CONFIG=/s/buildx",
                                           "BUILDX_METADATA_PROVENANCE=disabled", "BUILDX_NO_DEFAULT_ATTESTATIONS=1", "NO_COLOR=1"}));
}

TEST(AgentBuilder, WhatBuildxRefusesIsToldInItsWords) {
  const test::TempDir dir;
  FakeBuildx buildx;
  buildx.exit_code = 1;
  buildx.err = {"ERROR: invalid endpoint x"};
  const Result<Builder> builder = make_builder(buildx, own_builder(dir.path()), {});
  ASSERT_FALSE(builder);
  EXPECT_EQ(builder.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(builder.error().message.find("invalid endpoint x"), std::string::npos);
}

TEST(AgentBuilder, TheVersionIsAskedAndABuildKitThatIsAwayIsUnavailable) {
  FakeBuildx buildx;
  const Builder builder{{"buildx"}, "farm", {}};
  buildx.out = {"Name: farm0", "Status: running", "BuildKit version: v0.34.2"};
  EXPECT_EQ(*ask_buildkit_version(buildx, builder), "v0.34.2");
  buildx.out = {"Name: farm0", "Error: no such socket"};
  EXPECT_EQ(ask_buildkit_version(buildx, builder).error().kind, ErrorKind::Unavailable);
}

TEST(AgentBuilder, APruneByAgeAndByBudgetIsTwoRunsWhoseTotalsAddUp) {
  FakeBuildx buildx;
  buildx.out = {"ID\tRECLAIMABLE\tSIZE", "Total:\t2MB"};
  const Result<std::uint64_t> freed = prune_buildkit(buildx, {{"buildx"}, "farm", {}}, 5'000, 1'000, {});
  ASSERT_TRUE(freed);
  EXPECT_EQ(*freed, 4'000'000U);
  EXPECT_EQ(buildx.asked, (std::vector<std::string>{"buildx prune --builder farm --force --filter until=5000ms ",
                                                    "buildx prune --builder farm --force --max-used-space 1000 "}));
}

TEST(AgentBuilder, APruneWithoutLimitsAsksNothingAndOneOfAgeZeroTakesAll) {
  FakeBuildx buildx;
  EXPECT_EQ(*prune_buildkit(buildx, {{"buildx"}, "farm", {}}, -1, UINT64_MAX, {}), 0U);
  EXPECT_TRUE(buildx.asked.empty());
  EXPECT_TRUE(prune_buildkit(buildx, {{"buildx"}, "farm", {}}, 0, UINT64_MAX, {}));
  EXPECT_EQ(buildx.asked, (std::vector<std::string>{"buildx prune --builder farm --force "}));
}

TEST(AgentBuilder, APruneThatFailsSaysWhatBuildxSays) {
  FakeBuildx buildx;
  buildx.exit_code = 1;
  buildx.err = {"ERROR: no builder \"farm\" found"};
  const Result<std::uint64_t> freed = prune_buildkit(buildx, {{"buildx"}, "farm", {}}, 0, UINT64_MAX, {});
  ASSERT_FALSE(freed);
  EXPECT_EQ(freed.error().kind, ErrorKind::Unavailable);
  EXPECT_NE(freed.error().message.find("no builder"), std::string::npos);
}

}  // namespace
}  // namespace farm::agent
