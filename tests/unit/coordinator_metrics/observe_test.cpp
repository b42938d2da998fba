#include "coordinator/metrics/observe.hpp"

#include <gtest/gtest.h>

namespace farm::metrics {
namespace {

bool has(const Metrics& metrics, const std::string& line) { return metrics.text().find(line) != std::string::npos; }

TEST(CauseClass, IsASmallClosedSet) {
  EXPECT_EQ(cause_class("the registry is full"), "registry");
  EXPECT_EQ(cause_class("agent alpha was lost: no heartbeat for 5 s"), "agent_lost");
  EXPECT_EQ(cause_class("its result could not be verified: no answer from the registry"), "verification");
  EXPECT_EQ(cause_class("anything else, with the name of a project"), "other");
}

TEST(ObserveState, CountsAgentsBySlotAndState) {
  Metrics metrics;
  scheduler::Scheduler scheduler({});
  protocol::AgentHeartbeat heartbeat;
  heartbeat.agent = "alpha";
  heartbeat.session = Session{1};
  heartbeat.sequence = 1;
  heartbeat.slots = 3;
  heartbeat.platform = "linux/amd64";
  scheduler.step(Instant{1'000}, scheduler::AgentHeard{heartbeat, ""});
  observe_state(metrics, scheduler, Instant{1'000});
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"up\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"lost\"} 0")) << "states without agents are zeros, not gaps";
  EXPECT_TRUE(has(metrics, "farm_slots 3"));
  scheduler.step(Instant{100'000}, scheduler::Tick{});
  observe_state(metrics, scheduler, Instant{100'000});
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"lost\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_slots 0"));
}

TEST(ObserveCommands, CountsEndedBuildsAndRefusals) {
  Metrics metrics;
  scheduler::SchedulerOptions options;
  options.builds_open_max = 1;
  scheduler::Scheduler scheduler(options);
  const auto step = [&](const scheduler::Event& event) { observe_commands(metrics, scheduler, scheduler.step(Instant{1'000}, event)); };
  step(scheduler::BuildOpened{"a", "dev", "market", {}});
  step(scheduler::BuildOpened{"b", "dev", "market", {}});
  step(scheduler::BuildPlanned{scheduler.find_token("a")->id, {}, Instant{1'000}});
  EXPECT_TRUE(has(metrics, "farm_builds_total{outcome=\"succeeded\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_submissions_refused_total{cause=\"overloaded\"} 1")) << metrics.text();
}

}  // namespace
}  // namespace farm::metrics
