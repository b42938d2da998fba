#include "agent/core/agent_machine.hpp"

#include "tests/unit/agent_core/agent_story.hpp"

namespace farm::agent {
namespace {

TEST(AgentAssignment, IsExecutedReportedAndForgottenWhenAcknowledged) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  EXPECT_EQ(s.held(), "3/9 starting");
  s.does(JobProgress{JobId{3}, Fence{9}, "building", 500}).waits(Millis{1'000});
  EXPECT_EQ(s.held(), "3/9 building");
  EXPECT_EQ(s.beats.back().held[0].progress_permille, 500U);
  s.finishes(3, 9);
  s.expects_report(9);
  EXPECT_EQ(s.held(), "3/9 finished");
  s.acks(3, 9);
  EXPECT_EQ(s.held(), "");
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentAssignment, ComingTwiceIsHarmlessAtAnyTime) {
  AgentStory s;
  s.is_given(3, 9).is_given(3, 9);
  s.expects_run(3, 9);
  s.finishes(3, 9).is_given(3, 9);
  s.expects_report(9);
  s.acks(3, 9).is_given(3, 9).acks(3, 9);
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentAssignment, WaitsForASlot) {
  AgentStory s(2);
  s.is_given(1, 1).is_given(2, 2).is_given(3, 3);
  s.expects_run(1, 1);
  s.expects_run(2, 2);
  EXPECT_TRUE(s.runs.empty());
  EXPECT_EQ(s.held(), "1/1 starting, 2/2 starting, 3/3 queued");
  s.finishes(1, 1);
  s.expects_report(1);
  s.expects_run(3, 3);
  EXPECT_EQ(s.machine().running(), 2U);
}

TEST(AgentAssignment, ANewerOneOfTheSameJobReplacesTheOld) {
  AgentStory s(2);
  s.is_given(1, 5);
  s.expects_run(1, 5);
  s.is_given(1, 8);
  s.expects_kill(5);
  EXPECT_TRUE(s.runs.empty()) << "both at once would write to the same places";
  s.finishes(1, 5, JobCancelled{});
  s.expects_run(1, 8);
  EXPECT_TRUE(s.reports.empty()) << "nobody waits for the old one";
}

TEST(AgentAssignment, AnOlderOneOfAHeldJobIsIgnored) {
  AgentStory s(2);
  s.is_given(1, 8).is_given(1, 5);
  s.expects_run(1, 8);
  EXPECT_EQ(s.held(), "1/8 starting");
}

TEST(AgentAssignment, MoreThanThereIsRoomForIsLeftToTheCoordinator) {
  AgentStory s;
  for (std::uint64_t i = 1; i <= 100; ++i) s.is_given(i, i);
  s.expects_run(1, 1);
  EXPECT_EQ(s.machine().held_count(), 17U);
}

TEST(AgentAssignment, WhatIsOverStaysOverForLong) {
  AgentStory s;
  for (std::uint64_t i = 1; i <= 3'000; ++i) {
    s.is_given(i, i);
    s.expects_run(i, i);
    s.finishes(i, i);
    s.expects_report(i);
    s.acks(i, i);
  }
  for (std::uint64_t i = 1; i <= 3'000; ++i) s.is_given(i, i);
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentCancel, KillsWhatRunsAndReportsNothing) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  s.cancels(3, 9).cancels(3, 9);
  s.expects_kill(9);
  EXPECT_EQ(s.held(), "3/9 stopping");
  s.finishes(3, 9, JobCancelled{});
  EXPECT_EQ(s.held(), "");
}

TEST(AgentCancel, OfAQueuedOrFinishedOneJustForgetsIt) {
  AgentStory s;
  s.is_given(1, 1).is_given(2, 2);
  s.expects_run(1, 1);
  s.cancels(2, 2).finishes(1, 1);
  s.expects_report(1);
  s.cancels(1, 1);
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentCancel, ThatOvertakesItsStartWins) {
  AgentStory s;
  s.cancels(3, 9).is_given(3, 9);
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentCancel, OfAnotherFenceChangesNothing) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  s.cancels(3, 8);
  EXPECT_EQ(s.held(), "3/9 starting");
}

TEST(AgentReport, RepeatsWithBackoffUntilAcknowledged) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  s.finishes(3, 9).waits(Millis{60'000});
  // At 0, 0.5, 1.5, 3.5, 7.5 s, then every 10 s at most.
  EXPECT_GE(s.reports.size(), 9U);
  EXPECT_LE(s.reports.size(), 12U);
  s.reports.clear();
  s.acks(3, 9).waits(Millis{60'000});
}

TEST(AgentReport, CutsAnEndlessListOfSteps) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  protocol::JobReport report{JobId{3}, Fence{9}, Succeeded{}, {}, {}};
  report.steps.resize(600);
  s.does(JobFinished{report});
  EXPECT_EQ(s.reports.front().report.steps.size(), kStepsMax);
  EXPECT_EQ(s.reports.front().report.steps_left_off, 600U - kStepsMax);
  s.reports.clear();
}

TEST(AgentReport, OfAJobThatIsNotHeldIsIgnored) {
  AgentStory s;
  s.finishes(3, 9).acks(3, 9).does(JobProgress{JobId{3}, Fence{9}, "?", 1});
  EXPECT_EQ(s.machine().held_count(), 0U);
}

TEST(AgentHeartbeat, GoesOutOnceASecondAndSaysWhoIsThere) {
  AgentStory s;
  s.does(HostMeasured{10, 20, 30, 40, 500, "0.28.1"}).waits(Millis{10'000});
  EXPECT_EQ(s.beats.size(), 11U);
  const protocol::AgentHeartbeat& beat = s.beats.back();
  EXPECT_EQ(beat.agent, "a1");
  EXPECT_EQ(beat.session, Session{7});
  EXPECT_EQ(beat.sequence, 11U);
  EXPECT_EQ(beat.disk_free_bytes, 10U);
  EXPECT_EQ(beat.buildkit_version, "0.28.1");
  EXPECT_EQ(beat.labels, std::vector<std::string>{"gpu"});
}

TEST(AgentConnection, ReconnectsWhenNobodyAnswersEverMoreSeldomAndGoesOnBuilding) {
  AgentStory s;
  s.is_given(3, 9);
  s.expects_run(3, 9);
  s.waits(Millis{4'000});
  EXPECT_EQ(s.reconnects, 0);
  s.waits(Millis{10'000}, false);
  const int soon = s.reconnects;
  EXPECT_GE(soon, 1);
  s.waits(Millis{100'000}, false);
  EXPECT_GE(s.reconnects - soon, 9);
  EXPECT_LE(s.reconnects - soon, 21);
  s.reconnects = 0;
  s.does(Reconnected{}).does(protocol::HeartbeatAnswer{}).waits(Millis{10'000});
  EXPECT_EQ(s.reconnects, 0);
  EXPECT_EQ(s.machine().running(), 1U);
}

TEST(AgentConnection, OfTwoAgentsIsNotRetriedAtTheSameTimes) {
  const auto times = [](std::uint64_t seed) {
    AgentOptions options = AgentStory::options_for(1);
    options.seed = seed;
    AgentMachine machine(options);
    std::vector<std::int64_t> found;
    for (std::int64_t ms = 1'000'000; ms < 1'060'000; ms += 50) {
      for (const AgentCommand& command : machine.step(Instant{ms}, Tick{})) {
        if (std::holds_alternative<Reconnect>(command)) found.push_back(ms);
      }
    }
    return found;
  };
  EXPECT_EQ(times(1), times(1));
  EXPECT_NE(times(1), times(2));
}

TEST(AgentDrain, FinishesWhatRunsThenLeaves) {
  AgentStory s;
  s.is_given(1, 1).is_given(2, 2);
  s.expects_run(1, 1);
  s.does(StopRequested{}).is_given(3, 3);
  EXPECT_TRUE(s.beats.back().draining);
  EXPECT_EQ(s.held(), "1/1 starting") << "the queued one goes back";
  s.finishes(1, 1);
  s.expects_report(1);
  EXPECT_EQ(s.exits, 0);
  s.acks(1, 1);
  EXPECT_TRUE(s.beats.back().leaving);
  EXPECT_EQ(s.exits, 1);
  s.exits = 0;
  s.waits(Millis{60'000});
}

TEST(AgentDrain, AskedTwiceKillsReportsAndLeaves) {
  AgentStory s;
  s.is_given(1, 1);
  s.expects_run(1, 1);
  s.does(StopRequested{}).does(StopRequested{}).does(StopRequested{});
  s.expects_kill(1);
  s.finishes(1, 1, JobCancelled{});
  s.expects_report(1);
  s.waits(Millis{9'500}, false);
  EXPECT_EQ(s.exits, 0) << "the report still waits for its acknowledgement";
  s.waits(Millis{1'000}, false);
  EXPECT_EQ(s.exits, 1);
  s.exits = 0;
  s.reports.clear();
  s.reconnects = 0;
}

TEST(AgentDrain, ToldByTheOperatorIsNoStop) {
  AgentStory s;
  s.does(protocol::HeartbeatAnswer{1, true, "BuildKit is too old"});
  EXPECT_TRUE(s.machine().draining());
  EXPECT_EQ(s.machine().refusal(), "BuildKit is too old");
  s.waits(Millis{500});
  EXPECT_FALSE(s.machine().draining());
}

}  // namespace
}  // namespace farm::agent
