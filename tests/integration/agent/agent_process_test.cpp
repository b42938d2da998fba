#include "tests/integration/agent/agent_process.hpp"

#include <csignal>

namespace farm::agent {
namespace {

using protocol::AgentHeartbeat;
using protocol::JobReport;

constexpr const char* kQuick = "FROM scratch\nCOPY program /program\nRUN [\"/program\", \"hello\"]\n";
constexpr const char* kEndless = "FROM scratch\nCOPY program /program\nRUN [\"/program\", \"wait\"]\n";

bool idle(const AgentHeartbeat& heartbeat) { return heartbeat.held.empty(); }
bool runs_endless(const AgentHeartbeat& heartbeat) {
  return heartbeat.held.size() == 1 && heartbeat.held[0].phase.find("\"wait\"") != std::string::npos;
}

class AgentProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    FARM_NEEDS_BUILDKIT();
    bed = std::make_unique<BuildBed>();
    agent = std::make_unique<AgentProcess>(*bed, coordinator);
    agent->start();
    joined = coordinator.wait_for_heartbeat(idle);
  }
  JobReport report_of(Fence fence) {
    return coordinator.wait_for<JobReport>([fence](const JobReport& report) { return report.fence == fence; });
  }
  PlayedCoordinator coordinator;
  std::unique_ptr<BuildBed> bed;
  std::unique_ptr<AgentProcess> agent;
  AgentHeartbeat joined;
};

TEST_F(AgentProcessTest, ItJoinsAndTellsOfItself) {
  EXPECT_EQ(joined.agent, "alpha");
  EXPECT_EQ(joined.session, Session{1});
  EXPECT_EQ(joined.slots, 2U);
  EXPECT_EQ(joined.labels, std::vector<std::string>{"test"});
  const AgentHeartbeat measured =
      coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return !heartbeat.buildkit_version.empty(); });
  EXPECT_GT(measured.disk_free_bytes, 0U);
  EXPECT_GT(measured.memory_available_bytes, 0U);
  EXPECT_LT(agent->resident_bytes(), 40U << 20U);
}

TEST_F(AgentProcessTest, AJobsLogComesBeforeItsReportWhichRepeatsUntilItIsAcknowledged) {
  const protocol::StartJob start = bed->job(kQuick);
  coordinator.send(start);
  const JobReport report = report_of(start.fence);
  EXPECT_TRUE(std::holds_alternative<Succeeded>(report.outcome));
  EXPECT_NE(coordinator.log.find("word hello\n"), std::string::npos) << coordinator.log;
  EXPECT_EQ(report_of(start.fence), report);
  coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.held.size() == 1 && heartbeat.held[0].finished; });
  coordinator.send(protocol::AckReport{start.job, start.fence});
  coordinator.wait_for_heartbeat(idle);
  EXPECT_TRUE(std::filesystem::is_empty(agent->state("reports")));
}

TEST_F(AgentProcessTest, ACancelledJobLeavesItsSlotAndIsNotReported) {
  const protocol::StartJob start = bed->job(kEndless);
  coordinator.send(start);
  coordinator.wait_for_heartbeat(runs_endless);
  EXPECT_EQ(agent->children().size(), 1U);
  coordinator.send(protocol::CancelJob{start.job, start.fence, "test"});
  coordinator.wait_for_heartbeat(idle);
  EXPECT_TRUE(agent->children().empty());
  EXPECT_TRUE(std::filesystem::is_empty(agent->state("jobs")));
}

TEST_F(AgentProcessTest, AJobWhoseTimeIsOverIsTimedOut) {
  protocol::StartJob start = bed->job(kEndless);
  start.timeout = Millis{1'500};
  coordinator.send(start);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(report_of(start.fence).outcome));
}

TEST_F(AgentProcessTest, AKilledAgentLeavesNoBuildxAndComesBackWithAGreaterSessionAndAnEmptyDesk) {
  const protocol::StartJob start = bed->job(kEndless);
  coordinator.send(start);
  coordinator.wait_for_heartbeat(runs_endless);
  const std::vector<pid_t> children = agent->children();
  ASSERT_EQ(children.size(), 1U);
  agent->signal(SIGKILL);
  EXPECT_EQ(agent->wait(), 128 + SIGKILL);
  agent->start();
  const AgentHeartbeat again =
      coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.session > Session{1}; });
  EXPECT_EQ(again.session, Session{2});
  EXPECT_TRUE(again.held.empty());
  EXPECT_TRUE(AgentProcess::is_over(children[0])) << "buildx outlived its agent";
  EXPECT_TRUE(std::filesystem::is_empty(agent->state("jobs")));
}

TEST_F(AgentProcessTest, AResultThatNobodyAcknowledgedSurvivesAKilledAgent) {
  const protocol::StartJob start = bed->job(kQuick);
  coordinator.send(start);
  const JobReport report = report_of(start.fence);
  // Until it is kept: the heartbeats are the clock.
  while (std::filesystem::is_empty(agent->state("reports"))) coordinator.wait_for_heartbeat([](const AgentHeartbeat&) { return true; });
  agent->signal(SIGKILL);
  agent->wait();
  agent->start();
  EXPECT_EQ(report_of(start.fence), report);
  EXPECT_EQ(coordinator.session, Session{1}) << "it must be told before the heartbeat that says that nothing is held";
  coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.session == Session{2}; });
  coordinator.send(protocol::AckReport{start.job, start.fence});
  while (!std::filesystem::is_empty(agent->state("reports"))) coordinator.wait_for_heartbeat([](const AgentHeartbeat&) { return true; });
}

TEST_F(AgentProcessTest, ToldToStopWhileIdleItSaysGoodByeAndEnds) {
  agent->signal(SIGTERM);
  coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.leaving; });
  EXPECT_EQ(agent->wait(), 0);
}

TEST_F(AgentProcessTest, ToldToStopItFinishesAndToldTwiceItEndsWhatRuns) {
  const protocol::StartJob start = bed->job(kEndless);
  coordinator.send(start);
  coordinator.wait_for_heartbeat(runs_endless);
  agent->signal(SIGTERM);
  coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.draining && heartbeat.held.size() == 1; });
  agent->signal(SIGTERM);
  EXPECT_FALSE(std::holds_alternative<Succeeded>(report_of(start.fence).outcome));
  coordinator.send(protocol::AckReport{start.job, start.fence});
  coordinator.wait_for_heartbeat([](const AgentHeartbeat& heartbeat) { return heartbeat.leaving; });
  EXPECT_EQ(agent->wait(), 0);
}

}  // namespace
}  // namespace farm::agent
