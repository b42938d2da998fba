// A restart of the coordinator: what was saved goes on, what can't be is refused.
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

TEST(SchedulerRestart, AdoptsARunningJobWhoseAgentHoldsItsFence) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("deps"), new_job("api", {"deps"})});
  const SendStart deps = s.takes_start();
  s.restarts_coordinator().waits(Millis{2'000});
  EXPECT_EQ(s.job("deps").state, JobState::Assigned);
  EXPECT_TRUE(s.starts.empty()) << "it runs already";
  s.succeeds(deps);
  const SendStart api = s.takes_start_of("api");
  EXPECT_GT(api.fence, deps.fence);
  s.succeeds(api).takes_end();
}

TEST(SchedulerRestart, DoesNotWaitForTimesThatAreAheadOfAClockThatWasSetBack) {
  const Instant before{36'000'000};
  const Instant after{1'000'000};
  SavedState saved;
  saved.counters = {BuildId{1}, JobId{1}, Fence{40'000'000}};
  BuildRecord build;
  build.id = BuildId{1};
  build.token = "t";
  build.project = "market";
  build.options.timeout = Millis{60'000};
  build.state = BuildState::Running;
  build.created = before;
  build.jobs = {JobId{1}};
  JobRecord job;
  job.id = JobId{1};
  job.name = "api";
  job.project = "market";
  job.builds = {BuildId{1}};
  job.expected_ms = Millis{1'000};
  job.timeout = Millis{1'000'000};
  job.created = job.ready = job.assigned = before;
  job.not_before = before + Millis{2'000};
  saved.builds = {build};
  saved.jobs = {job};
  Scheduler scheduler({});
  ASSERT_TRUE(scheduler.restore(after, saved));
  protocol::AgentHeartbeat beat;
  beat.agent = "a1";
  beat.session = Session{1};
  beat.slots = 1;
  bool started = false;
  for (std::int64_t ms = 500; ms <= 70'000; ms += 500) {
    const Instant now = after + Millis{ms};
    ++beat.sequence;
    for (const Event& event : {Event(AgentHeard{beat, ""}), Event(Tick{})}) {
      for (const Command& command : scheduler.step(now, event)) started = started || std::holds_alternative<SendStart>(command);
    }
    if (ms == 10'000) {
      EXPECT_TRUE(started) << "its backoff of 2 s would last for 10 hours";
    }
  }
  EXPECT_EQ(scheduler.find_build(BuildId{1})->state, BuildState::Failed) << "its timeout of one minute counts from now at the latest";
}

TEST(SchedulerRestart, RequeuesARunningJobWhoseAgentDoesNotComeBack) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart first = s.takes_start();
  s.falls_silent("a1").restarts_coordinator().joins("a2", 1).waits(Millis{9'500});
  EXPECT_TRUE(s.losses.empty());
  s.waits(Millis{500});
  EXPECT_EQ(s.takes_loss().agent, "a1");
  s.takes_retry();
  s.waits(Millis{1'500});
  const SendStart second = s.takes_start();
  EXPECT_EQ(second.agent, "a2");
  EXPECT_GT(second.fence, first.fence);
  s.succeeds(second).takes_end();
}

TEST(SchedulerRestart, SendsAStartThatWasRecordedAndNeverSent) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  const SendStart recorded = s.takes_start();
  s.forgets("a1", recorded).restarts_coordinator().beats("a1");
  const SendStart sent = s.takes_start();
  EXPECT_EQ(sent.fence, recorded.fence);
  s.succeeds(sent).takes_end();
}

TEST(SchedulerRestart, AsksAgainForAVerification) {
  Story s;
  s.joins("a1", 1);
  s.verifies_itself = false;
  s.submits({new_job("api")});
  s.succeeds(s.takes_start());
  s.verifications.clear();
  s.restarts_coordinator();
  s.verifies_itself = true;
  s.waits(Millis{500});
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerRestart, KeepsTokensBackoffsAndTheWholeContext) {
  Story s;
  s.joins("a1", 1);
  NewJob job = new_job("api");
  job.may_widen = true;
  const BuildId build = s.submits({job});
  s.reports(s.takes_start(), BuildFailed{1, "", true}).takes_retry();
  s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "disk full"}).takes_retry();
  s.restarts_coordinator();
  EXPECT_EQ(s.opens(), build);
  s.beats("a1");
  EXPECT_TRUE(s.starts.empty()) << "its backoff goes on";
  s.waits(Millis{1'000});
  const SendStart start = s.takes_start();
  EXPECT_TRUE(start.full_context);
  s.succeeds(start).takes_end();
}

TEST(SchedulerRestart, VersionsOfABuildGrowAcrossIt) {
  Story s;
  const BuildId build = s.opens();
  s.waits(Millis{5'000});
  const std::uint64_t before = s.scheduler().find_build(build)->version;
  s.restarts_coordinator();
  EXPECT_GT(s.scheduler().find_build(build)->version, before);
}

TEST(SchedulerRestart, RecordsThatContradictEachOtherAreRefused) {
  const auto refusal = [](const SavedState& saved) {
    Scheduler scheduler{SchedulerOptions{}};
    const Result<void> result = scheduler.restore(Instant{1'000'000}, saved);
    return result.has_value() ? std::string() : std::string(to_string(result.error().kind));
  };
  SavedState saved;
  saved.counters = {BuildId{1}, JobId{2}, Fence{3}};
  BuildRecord build;
  build.id = BuildId{1};
  build.state = BuildState::Running;
  build.jobs = {JobId{2}};
  JobRecord job;
  job.id = JobId{2};
  saved.builds = {build};
  const std::string corrupt(to_string(ErrorKind::Corrupt));
  EXPECT_EQ(refusal(saved), corrupt) << "an open build lacks its job";
  saved.jobs = {job};
  EXPECT_EQ(refusal(saved), "");
  saved.jobs[0].fence = Fence{4};
  EXPECT_EQ(refusal(saved), corrupt) << "a fence that was never issued";
  saved.jobs = {job};
  saved.jobs[0].needs = {JobId{1}};
  EXPECT_EQ(refusal(saved), corrupt) << "an open job lacks its upstream";
  saved.jobs = {job};
  saved.builds[0].state = BuildState::Failed;
  EXPECT_EQ(refusal(saved), corrupt) << "an open job that no open build wants";
  saved.jobs[0].id = JobId{9};
  EXPECT_EQ(refusal(saved), corrupt) << "an id that was never issued";
}

TEST(SchedulerStatus, TellsWhatAJobWaitsForAndWhatBecameOfIt) {
  Story s;
  const BuildId id = s.submits({new_job("deps"), new_job("crates"), new_job("api", {"deps", "crates"})});
  const auto status = [&](const std::string& name) {
    return s.scheduler().job_status(*s.scheduler().find_build(id), s.job(name), s.now());
  };
  EXPECT_EQ(status("api").phase, "waits for deps, crates");
  s.joins("a1", 1);
  s.waits(Millis{3'000});
  const SendStart deps = s.takes_start_of("deps");
  s.waits(Millis{1'000});
  EXPECT_EQ(status("deps").phase, "building");
  EXPECT_EQ(status("deps").progress_permille, 100U);
  EXPECT_EQ(status("crates").phase, "waits for a free slot: 1 of 1 busy");
  EXPECT_EQ(status("crates").queued_ms, Millis{4'000});
  EXPECT_EQ(s.scheduler().agent_status(*s.scheduler().find_agent("a1")).running, std::vector<std::string>{"deps"});
  s.succeeds(deps);
  EXPECT_EQ(status("deps").image, key_of("image"));
  s.reports(s.takes_start_of("crates"), BuildFailed{1, "E0308", false});
  EXPECT_EQ(status("api").reason, "needs crates, which failed");
  s.takes_end();
}

}  // namespace
}  // namespace farm::scheduler
