// What happens when the farm fails: agents vanish, messages are lost, the registry is away.
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

TEST(SchedulerLoss, AJobOfASilentAgentMovesToAnotherWithAHigherFence) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart first = s.takes_start();
  s.waits(Millis{1'000}).joins("a2", 1).falls_silent("a1").waits(Millis{4'500});
  EXPECT_TRUE(s.losses.empty());
  s.waits(Millis{500});
  EXPECT_EQ(s.takes_loss().cause, "no heartbeat for 5 s");
  EXPECT_EQ(s.takes_retry().agent, "a1");
  s.waits(Millis{1'000});
  const SendStart second = s.takes_start();
  EXPECT_EQ(second.agent, "a2");
  EXPECT_GT(second.fence, first.fence);
  s.succeeds(first);  // too late: an old fence
  s.expects_ack(first);
  EXPECT_EQ(s.job("api").state, JobState::Assigned);
  s.succeeds(second).takes_end();
  EXPECT_EQ(s.job("api").reason, "agent a1 was lost: no heartbeat for 5 s") << "the report tells what was retried";
}

TEST(SchedulerLoss, AClosedConnectionIsNoticedWithinTwoSeconds) {
  Story s;
  s.joins("a1", 1);
  s.falls_silent("a1").does(AgentDisconnected{"a1"}).waits(Millis{1'500});
  EXPECT_TRUE(s.losses.empty());
  s.waits(Millis{500}).takes_loss();
}

TEST(SchedulerLoss, AClosedConnectionThatComesBackInTimeIsNoLoss) {
  Story s;
  s.joins("a1", 1);
  s.does(AgentDisconnected{"a1"}).waits(Millis{10'000});
  EXPECT_TRUE(s.scheduler().find_agent("a1")->up);
}

TEST(SchedulerLoss, AHostThatComesBackKeepsWhatItBuilds) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart start = s.takes_start();
  s.falls_silent("a1").waits(Millis{6'000});
  s.takes_loss();
  s.takes_retry();
  s.beats("a1");
  EXPECT_EQ(s.job("api").state, JobState::Assigned);
  EXPECT_EQ(s.job("api").infra_failures, 0U);
  s.succeeds(start).takes_end();
}

TEST(SchedulerLoss, TheReportOfAnAgentTakenForLostCountsWhileNobodyElseHasTheJob) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart start = s.takes_start();
  s.falls_silent("a1").waits(Millis{6'000});
  s.takes_loss();
  s.takes_retry();
  s.succeeds(start).takes_end();
}

TEST(SchedulerLoss, AnAgentThatRestartedLosesItsJobAtOnce) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.takes_start();
  s.waits(Millis{1'000}).restarts_agent("a1");
  EXPECT_EQ(s.takes_retry().cause, "agent a1 no longer holds it (did it restart?)");
  s.waits(Millis{1'500});
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerLoss, AStartThatWasLostOnTheWayIsSentAgainUnderTheSameFence) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart lost = s.takes_start();
  s.forgets("a1", lost).waits(Millis{2'000});
  const SendStart again = s.takes_start();
  EXPECT_EQ(again.fence, lost.fence);
  s.succeeds(again).takes_end();
}

TEST(SchedulerLoss, AnAgentThatNeverTakesAJobLosesIt) {
  Story s;
  s.joins("a1", 1).turns_deaf("a1");
  s.submits({new_job("api")});
  s.takes_start();
  s.joins("a2", 1).waits(Millis{9'500});
  s.starts.clear();  // sent again and again
  s.waits(Millis{500});
  EXPECT_EQ(s.takes_retry().cause, "agent a1 did not take it within 10 s");
  s.starts.clear();
  s.waits(Millis{1'000});
  const SendStart start = s.takes_start();
  EXPECT_EQ(start.agent, "a2");
  s.succeeds(start).takes_end();
}

TEST(SchedulerLoss, OldHeartbeatsChangeNothing) {
  Story s;
  s.joins("a1", 2);
  protocol::AgentHeartbeat old;
  old.agent = "a1";
  old.session = Session{1};
  old.sequence = 1;
  old.slots = 7;
  s.does(AgentHeard{old, {}});
  old.session = Session{0};
  old.sequence = 99;
  s.does(AgentHeard{old, {}});
  EXPECT_EQ(s.scheduler().find_agent("a1")->last.slots, 2U);
}

TEST(SchedulerLoss, AnAgentThatLeavesIsGoneAtOnce) {
  Story s;
  s.joins("a1", 1);
  protocol::AgentHeartbeat last = s.scheduler().find_agent("a1")->last;
  last.sequence += 1;
  last.leaving = true;
  s.does(AgentHeard{last, {}});
  EXPECT_EQ(s.takes_loss().cause, "it left the farm");
}

TEST(SchedulerLoss, AJobThatNobodyKnowsIsCancelled) {
  Story s;
  s.joins("a1", 1);
  s.holds(SendStart{"a1", JobId{77}, Fence{5}, false, false, {}}).beats("a1");
  EXPECT_EQ(s.takes_cancel().job, JobId{77});
}

TEST(SchedulerRetry, AfterThreeFailuresOfTheFarmTheJobFails) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  for (int attempt = 1; attempt <= 3; ++attempt) {
    s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "BuildKit is gone"});
    if (attempt == 3) break;
    s.takes_retry();
    EXPECT_TRUE(s.starts.empty()) << "not before its backoff";
    s.waits(Millis{5'000});
  }
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.reason, "api: the farm failed 3 times, the last time: agent a1: BuildKit is gone");
}

InfraFailed registry_away() { return {ErrorKind::Unavailable, "connection refused", true}; }

TEST(SchedulerRetry, ARegistryThatIsAwayIsWaitedForAndNoTryIsCounted) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  for (int attempt = 1; attempt <= 5; ++attempt) {
    s.reports(s.takes_start(), registry_away());
    EXPECT_EQ(s.takes_retry().cause, "agent a1: connection refused");
    const std::string why = s.scheduler().explain(s.job("api").id, s.now());
    EXPECT_TRUE(why.starts_with("waiting for the registry, tries again in ")) << why;
    EXPECT_NE(why.find("connection refused"), std::string::npos) << why;
    s.waits(Millis{30'500});  // never longer, and its agent does not rest
  }
  EXPECT_EQ(s.job("api").infra_failures, 0U);
  s.succeeds(s.takes_start());
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerRetry, ARegistryThatStaysAwayEndsTheJobAfterItsTime) {
  SchedulerOptions options;
  options.registry_wait_max = Millis{10'000};
  Story s(options);
  s.joins("a1", 1);
  s.submits({new_job("api")});
  for (int attempt = 1; attempt <= 3; ++attempt) {  // after 2, 4 and 8 s
    s.reports(s.takes_start(), registry_away());
    s.takes_retry();
    s.waits(Millis{8'500});
  }
  s.reports(s.takes_start(), registry_away());
  EXPECT_EQ(s.takes_end().reason, "api: waited 14 s for the registry, which is still away: agent a1: connection refused");
}

TEST(SchedulerRetry, AnAgentThatAloneCantReachTheRegistryIsLeftAfterTwoTries) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), registry_away());
  s.takes_retry();
  s.joins("a2", 1);
  s.waits(Millis{2'500});
  const SendStart second = s.takes_start();
  EXPECT_EQ(second.agent, "a1") << "it has built it already";
  s.reports(second, registry_away());
  s.takes_retry();
  s.waits(Millis{4'500});
  const SendStart third = s.takes_start();
  EXPECT_EQ(third.agent, "a2");
  s.succeeds(third).takes_end();
}

TEST(SchedulerRetry, AFailureOfTheFarmAfterwardsIsCounted) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), registry_away());
  s.takes_retry();
  s.waits(Millis{2'500});
  s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "BuildKit is gone"});
  s.takes_retry();
  EXPECT_EQ(s.job("api").infra_failures, 1U);
  EXPECT_EQ(s.scheduler().explain(s.job("api").id, s.now()), "tries again in 1 s (agent a1: BuildKit is gone)");
  s.waits(Millis{5'000});
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerRetry, PrefersAnotherAgent) {
  Story s;
  s.joins("a1", 1).joins("a2", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "disk full"});
  s.takes_retry();
  s.waits(Millis{20'000});  // also after a1 has rested
  const SendStart second = s.takes_start();
  EXPECT_EQ(second.agent, "a2");
  s.succeeds(second).takes_end();
}

TEST(SchedulerRetry, AnAgentThatFailsRestsSoThatItDoesNotEatTheQueue) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("a"), new_job("b")});
  s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "disk full"});
  s.takes_retry();
  EXPECT_TRUE(s.starts.empty());
  EXPECT_EQ(s.scheduler().explain(s.job("b").id, s.now()), "waits for a free slot: 0 of 1 busy; a1 rests after 1 failures of its own");
  s.waits(Millis{2'000});
  s.succeeds(s.takes_start());
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerRetry, AMissingFileInASlicedContextIsTriedOnceWithTheWholeContext) {
  Story s;
  s.joins("a1", 1);
  NewJob job = new_job("api");
  job.may_widen = true;
  s.submits({job});
  const SendStart sliced = s.takes_start();
  EXPECT_FALSE(sliced.full_context);
  s.reports(sliced, BuildFailed{1, "no such file", true});
  s.takes_retry();
  const SendStart whole = s.takes_start();
  EXPECT_TRUE(whole.full_context);
  s.reports(whole, BuildFailed{1, "no such file", true});
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
  EXPECT_EQ(s.job("api").infra_failures, 0U);
}

TEST(SchedulerRetry, AFailingBuildIsAnOutcomeAndNotRetried) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), BuildFailed{1, "no such file", true}).waits(Millis{10'000});
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
}

TEST(SchedulerRetry, ATimeoutIsFinal) {
  Story s;
  s.joins("a1", 1);
  NewJob job = new_job("api");
  job.timeout = Millis{30'000};
  s.submits({job});
  s.reports(s.takes_start(), TimedOut{});
  EXPECT_EQ(s.takes_end().reason, "api: did not end within its timeout of 30 s");
}

TEST(SchedulerRetry, AnAgentThatDoesNotKeepTheTimeoutIsNotWaitedFor) {
  Story s;
  s.joins("a1", 1);
  NewJob job = new_job("api");
  job.timeout = Millis{30'000};
  s.submits({job});
  const SendStart start = s.takes_start();
  s.waits(Millis{90'000});
  EXPECT_EQ(s.takes_cancel().fence, start.fence);
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
  s.takes_cancel();
}

TEST(SchedulerVerification, AResultThatTheRegistryLacksIsAFailureOfTheFarm) {
  Story s;
  s.joins("a1", 1);
  s.verifies_itself = false;
  s.submits({new_job("deps"), new_job("api", {"deps"})});
  const SendStart start = s.takes_start();
  s.succeeds(start);
  EXPECT_EQ(s.job("deps").state, JobState::Verifying);
  EXPECT_TRUE(s.starts.empty()) << "nothing is built on what is not verified";
  s.verifications.clear();
  s.does(JobVerified{start.job, start.fence, Error{ErrorKind::NotFound, "no such manifest"}});
  EXPECT_EQ(s.takes_retry().cause, "its result could not be verified: no such manifest");
  s.verifies_itself = true;
  s.waits(Millis{3'000});
  s.succeeds(s.takes_start_of("deps"));
  s.succeeds(s.takes_start_of("api")).takes_end();
}

TEST(SchedulerVerification, ARegistryThatIsAwayIsAskedAgain) {
  Story s;
  s.joins("a1", 1);
  s.verifies_itself = false;
  s.submits({new_job("api")});
  const SendStart start = s.takes_start();
  s.succeeds(start);
  s.verifications.clear();
  s.does(JobVerified{start.job, start.fence, Error{ErrorKind::Unavailable, "registry away"}});
  EXPECT_TRUE(s.verifications.empty());
  s.waits(Millis{1'000});
  ASSERT_EQ(s.verifications.size(), 1U);
  s.does(JobVerified{start.job, start.fence, {}});
  s.takes_end();
}

TEST(SchedulerVerification, AnAnswerThatNeverComesIsAskedForAgain) {
  Story s;
  s.joins("a1", 1);
  s.verifies_itself = false;
  s.submits({new_job("api")});
  s.succeeds(s.takes_start());
  s.verifications.clear();
  s.waits(Millis{120'000});
  EXPECT_EQ(s.verifications.size(), 1U);
}

TEST(SchedulerVerification, AnAnswerForAnOldFenceChangesNothing) {
  Story s;
  s.joins("a1", 1);
  s.verifies_itself = false;
  s.submits({new_job("api")});
  const SendStart start = s.takes_start();
  s.does(JobVerified{start.job, start.fence, {}});
  s.succeeds(start);
  s.does(JobVerified{start.job, Fence{start.fence.value - 1}, {}});
  EXPECT_EQ(s.job("api").state, JobState::Verifying);
}

}  // namespace
}  // namespace farm::scheduler
