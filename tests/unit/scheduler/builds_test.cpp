// Life of a build: from its opening to its end, whatever the end.
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

TEST(SchedulerBuild, RunsJobsAfterWhatTheyNeedAndEndsWithTheLast) {
  Story s;
  s.joins("a1", 2);
  const BuildId build = s.submits({new_job("deps"), new_job("api", {"deps"}), new_job("web", {"deps"})});
  s.succeeds(s.takes_start_of("deps"));
  const SendStart api = s.takes_start_of("api");
  const SendStart web = s.takes_start_of("web");
  s.succeeds(api).succeeds(web);
  s.expects_ack(api);
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.build, build);
  EXPECT_EQ(end.state, BuildState::Succeeded);
}

TEST(SchedulerBuild, PutsAllRecordsBeforeAllSends) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.succeeds(s.takes_start());
  s.takes_end();
  Story t;
  t.joins("a1", 4);
  t.verifies_itself = false;
  t.submits({new_job("deps"), new_job("api"), new_job("web")});
  EXPECT_TRUE(std::is_sorted(t.kinds.begin(), t.kinds.end()));  // "record" < "send"
  EXPECT_GT(std::count(t.kinds.begin(), t.kinds.end(), "record"), 3);
  t.takes_start(), t.takes_start(), t.takes_start();
}

TEST(SchedulerBuild, WithoutJobsSucceedsAtOnce) {
  Story s;
  s.submits({});
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerBuild, OfTheSameTokenIsTheSameBuild) {
  Story s;
  s.joins("a1", 4);
  const BuildId first = s.submits({new_job("api")});
  const SendStart start = s.takes_start();
  EXPECT_EQ(s.submits({new_job("api"), new_job("web")}), first);
  EXPECT_EQ(s.scheduler().jobs().size(), 1U);
  s.succeeds(start).takes_end();
}

TEST(SchedulerBuild, OfAnotherClientsTokenIsRefused) {
  Story s;
  s.opens();
  s.does(BuildOpened{"t", "somebody else", "market", {}});
  EXPECT_EQ(s.takes_refusal().error.kind, ErrorKind::Denied);
}

TEST(SchedulerBuild, GoesOnAfterAFailureWithWhatDoesNotNeedIt) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("deps"), new_job("api", {"deps"}), new_job("top", {"api"}), new_job("web")});
  const SendStart deps = s.takes_start_of("deps");
  s.reports(deps, BuildFailed{101, "error: could not compile", false});
  EXPECT_EQ(s.job("api").state, JobState::Skipped);
  EXPECT_EQ(s.job("api").reason, "needs deps, which failed");
  EXPECT_EQ(s.job("top").state, JobState::Skipped);
  EXPECT_EQ(s.job("top").reason, "needs deps, which failed");
  s.succeeds(s.takes_start_of("web"));
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.state, BuildState::Failed);
  EXPECT_EQ(end.reason, "deps: the build failed with exit code 101: error: could not compile");
}

TEST(SchedulerBuild, StopsAtTheFirstFailureWithFailFast) {
  Story s;
  s.joins("a1", 2);
  const BuildId build = s.submits({new_job("api"), new_job("web"), new_job("db")}, {.options = {0, true, {}, PriorityClass::Normal}});
  const SendStart api = s.takes_start();
  const SendStart web = s.takes_start();
  s.reports(api, BuildFailed{1, "", false});
  EXPECT_EQ(s.takes_cancel().job, web.job);
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
  const Build& ended = *s.scheduler().find_build(build);
  EXPECT_EQ(s.scheduler().state_in(ended, s.job("db")), JobState::Skipped);
  s.forgets("a1", web).waits(Millis{2'000});
}

TEST(SchedulerBuild, RunsNoMoreJobsAtATimeThanItsLimit) {
  Story s;
  s.joins("a1", 8);
  s.submits({new_job("a"), new_job("b"), new_job("c")}, {.options = {2, false, {}, PriorityClass::Normal}});
  const SendStart a = s.takes_start();
  const SendStart b = s.takes_start();
  EXPECT_TRUE(s.starts.empty());
  EXPECT_EQ(s.scheduler().explain(s.job("c").id, s.now()), "waits for a job of its own build (limit --parallel)");
  s.succeeds(a);
  s.succeeds(s.takes_start_of("c")).succeeds(b).takes_end();
}

TEST(SchedulerBuild, FailsWhenItsTimeIsUp) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api"), new_job("web")}, {.options = {0, false, Millis{20'000}, PriorityClass::Normal}});
  const SendStart api = s.takes_start();
  s.waits(Millis{19'500});
  EXPECT_TRUE(s.ends.empty());
  s.waits(Millis{500});
  EXPECT_EQ(s.takes_cancel().fence, api.fence);
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.state, BuildState::Failed);
  EXPECT_EQ(end.reason, "the build did not end within its timeout of 20 s");
  EXPECT_EQ(s.takes_cancel().fence, api.fence);  // told again with the heartbeat of the same moment
}

TEST(SchedulerBuild, ThatNobodyPlansEndsToo) {
  SchedulerOptions options;
  options.build_timeout = Millis{60'000};
  Story s(options);
  s.opens();
  s.waits(Millis{60'000});
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
}

TEST(SchedulerBuild, CanBeAbortedWithAReason) {
  Story s;
  const BuildId build = s.opens();
  s.does(BuildAborted{build, "its slices never came"}).does(BuildAborted{build, "again"});
  EXPECT_EQ(s.takes_end().reason, "its slices never came");
}

TEST(SchedulerBuild, IsRefusedWhereTheFarmIsFull) {
  SchedulerOptions options;
  options.builds_open_max = 1;
  options.jobs_open_max = 2;
  Story s(options);
  const BuildId first = s.opens();
  s.opens({.token = "u"});
  EXPECT_EQ(s.takes_refusal().error.kind, ErrorKind::Overloaded);
  s.does(BuildPlanned{first, {new_job("a"), new_job("b"), new_job("c")}, s.now()});
  EXPECT_EQ(s.takes_end().reason, "the farm has 0 open jobs and a limit of 2; submit again later");
  EXPECT_TRUE(s.opens({.token = "u"}));
}

TEST(SchedulerBuild, ThatIsOverIsForgottenAfterAWhileWithItsJobs) {
  SchedulerOptions options;
  options.builds_finished_max = 1;
  Story s(options);
  s.joins("a1", 1);
  const BuildId first = s.submits({new_job("a")});
  s.succeeds(s.takes_start()).takes_end();
  s.submits({new_job("b")}, {.token = "u"});
  s.succeeds(s.takes_start()).takes_end();
  s.waits(Millis{500});
  ASSERT_EQ(s.forgotten.size(), 1U);
  EXPECT_EQ(s.forgotten[0].builds, std::vector{first});
  EXPECT_EQ(s.scheduler().jobs().size(), 1U);
  EXPECT_EQ(s.scheduler().find_token("t"), nullptr);
}

// Found by the simulator, seed 1892: with a limit of 0 the record of the end was lost.
TEST(SchedulerBuild, ThatEndsByTimeIsSavedBeforeItIsForgotten) {
  SchedulerOptions options;
  options.builds_finished_max = 0;
  options.build_timeout = Millis{1'000};
  Story s(options);
  const BuildId build = s.opens();
  s.waits(Millis{1'000});
  s.takes_end();
  s.waits(Millis{500});
  EXPECT_EQ(s.scheduler().find_build(build), nullptr);
  s.restarts_coordinator();
  EXPECT_EQ(s.scheduler().find_build(build)->state, BuildState::Failed);
}

}  // namespace
}  // namespace farm::scheduler
