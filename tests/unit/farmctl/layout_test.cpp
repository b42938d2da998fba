#include "farmctl/local/layout.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/farmctl/environment.hpp"

namespace farm::ctl {
namespace {

struct State {
  farm::test::TempDir dir;
  test::Environment environment;
  State() { environment.set("XDG_STATE_HOME", dir.path()); }
};

TEST(Layout, IsNotFoundBeforeItIsMade) {
  const State state;
  const auto layout = open_layout();
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error().kind, ErrorKind::NotFound);
}

TEST(Layout, DrawsDifferentPortsAndKeepsThem) {
  const State state;
  const auto made = make_layout(3);
  ASSERT_TRUE(made) << made.error().message;
  std::set<std::uint16_t> ports = {made->ports.registry, made->ports.coordinator, made->ports.http};
  ports.insert(made->ports.agent_metrics.begin(), made->ports.agent_metrics.end());
  EXPECT_EQ(ports.size(), 6U);
  EXPECT_FALSE(ports.contains(0));
  const auto opened = open_layout();
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->ports.registry, made->ports.registry);
  EXPECT_EQ(opened->ports.agent_metrics, made->ports.agent_metrics);
  const auto again = make_layout(0);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ports.coordinator, made->ports.coordinator);
  EXPECT_EQ(again->ports.agent_metrics, made->ports.agent_metrics) << "agents that were there before keep their ports";
}

TEST(Layout, AFarmStaysAsItWasLastStartedUntilAnotherSizeIsAskedFor) {
  const State state;
  const auto first = make_layout(0);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(std::pair(first->agents(), first->slots), std::pair(1U, 2U));
  const auto asked = make_layout(3, false, 5);
  ASSERT_TRUE(asked);
  for (const auto& kept : {make_layout(0), open_layout()}) {
    ASSERT_TRUE(kept);
    EXPECT_EQ(std::pair(kept->agents(), kept->slots), std::pair(3U, 5U));
  }
  const auto smaller = make_layout(2);
  ASSERT_TRUE(smaller);
  EXPECT_EQ(std::pair(smaller->agents(), smaller->slots), std::pair(2U, 5U));
  for (const char* name : {"local-1", "local-2", "local-3", "registry"})
    state.dir.write("farm/local/run/" + std::string(name) + ".pid", "1 1");
  EXPECT_EQ(surplus_agents(*smaller), (std::vector<std::string>{"local-3"}));
}

TEST(Layout, OneOfAnOlderFarmctlHasTwoSlots) {
  const State state;
  state.dir.write("farm/local/ports", "registry 20001\ncoordinator 20002\nhttp 20003\nagent 20004\nagent 20005\n");
  const auto opened = open_layout();
  ASSERT_TRUE(opened);
  EXPECT_EQ(std::pair(opened->agents(), opened->slots), std::pair(2U, 2U));
}

TEST(Layout, IsForItsOwnerAlone) {
  const State state;
  const auto made = make_layout(1);
  ASSERT_TRUE(made);
  EXPECT_EQ(std::filesystem::status(made->root).permissions(), std::filesystem::perms::owner_all);
}

TEST(Layout, ItsPartsAreThoseWithAPidFile) {
  const State state;
  const auto made = make_layout(1);
  ASSERT_TRUE(made);
  state.dir.write("farm/local/run/registry.pid", "1 1");
  state.dir.write("farm/local/run/local-1.pid", "1 1");
  state.dir.write("farm/local/run/buildkitd.sock", "");
  EXPECT_EQ(parts(*made), (std::vector<std::string>{"local-1", "registry"}));
}

TEST(Template, EveryKeyIsReplacedAndAKeyWithoutAValueIsOurFault) {
  const farm::test::TempDir dir;
  dir.write("deploy/templates/x.yml", "a: {{ a }}\nb: {{ b }}{{ a }}\n");
  EXPECT_EQ(fill_template(dir.path(), "x.yml", {{"a", "1"}, {"b", "2"}}).value_or(""), "a: 1\nb: 21\n");
  EXPECT_EQ(fill_template(dir.path(), "x.yml", {{"a", "1"}}).error().kind, ErrorKind::Internal);
  EXPECT_EQ(fill_template(dir.path(), "y.yml", {}).error().kind, ErrorKind::NotFound);
}

TEST(RunProgram, GivesItsOutputOrItsStatus) {
  EXPECT_EQ(run_program({"/bin/echo", "it's", "$HOME"}, {}).value_or(""), "it's $HOME\n");
  EXPECT_EQ(run_program({"/bin/sh", "-c", "echo $FARM_TEST_WORD"}, {{"FARM_TEST_WORD", "a b"}}).value_or(""), "a b\n");
  const auto failed = run_program({"/bin/sh", "-c", "exit 7"}, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "/bin/sh ended with status 7");
}

TEST(RunProgram, OneThatPrintsMoreThanIsKeptRunsToItsEnd) {
  const farm::test::TempDir dir;
  const std::string done = dir.path() + "/done";
  const auto printed = run_program({"/bin/sh", "-c", "head -c 3000000 /dev/zero && touch \"$0\"", done}, {});
  ASSERT_TRUE(printed) << printed.error().message;
  EXPECT_GE(printed->size(), 1U << 20U);
  EXPECT_LT(printed->size(), 2U << 20U);
  EXPECT_TRUE(std::filesystem::exists(done));
}

}  // namespace
}  // namespace farm::ctl
