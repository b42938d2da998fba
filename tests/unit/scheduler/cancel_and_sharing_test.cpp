// Builds that want the same thing, and builds that are not wanted any more.
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

TEST(SchedulerSharing, OneJobServesTwoBuildsThatWaitForItsKey) {
  Story s;
  s.joins("a1", 4);
  s.submits({new_job("deps"), new_job("api", {"deps"})});
  const SendStart deps = s.takes_start_of("deps");
  const BuildId second = s.submits({new_job("deps"), new_job("web", {"deps"})}, {.token = "u"});
  EXPECT_TRUE(s.starts.empty());
  s.succeeds(deps);
  s.succeeds(s.takes_start_of("api")).takes_end();
  s.succeeds(s.takes_start_of("web")).takes_end();
  EXPECT_EQ(s.scheduler().find_build(second)->shared, std::set{deps.job});
  EXPECT_EQ(s.job("deps").attempts, 1U);
}

TEST(SchedulerSharing, AResultThatCameAfterTheLookupServesTheLaterBuild) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("deps")});
  const Instant looked_up = s.now();
  s.waits(Millis{1'000});
  s.succeeds(s.takes_start()).takes_end();
  const BuildId second = s.opens({.token = "u"});
  s.does(BuildPlanned{second, {new_job("deps")}, looked_up});
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerSharing, AResultThatTheLookupMissedIsBuiltAgain) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("deps")});
  s.succeeds(s.takes_start()).takes_end();
  s.waits(Millis{1'000});
  s.submits({new_job("deps")}, {.token = "u"});  // looked up now: the registry has lost it
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerSharing, AJobWithoutCacheRunsForItsBuildAlone) {
  Story s;
  s.joins("a1", 4);
  s.submits({new_job("api")});
  const SendStart first = s.takes_start();
  NewJob again = new_job("api");
  again.no_cache = true;
  s.submits({again}, {.token = "u"});
  const SendStart second = s.takes_start();
  EXPECT_NE(first.job, second.job);
  EXPECT_TRUE(second.no_cache);
  s.succeeds(first).takes_end();
  s.succeeds(second).takes_end();
}

TEST(SchedulerSharing, OneKeyTwiceInOneBuildIsOneJob) {
  Story s;
  s.joins("a1", 4);
  s.submits({new_job("api"), new_job("api"), new_job("top", {"api", "api"})});
  s.succeeds(s.takes_start_of("api"));
  s.succeeds(s.takes_start_of("top")).takes_end();
}

TEST(SchedulerSharing, ALayerThatOnlySharedImagesWantedIsNotMade) {
  Story s;
  s.joins("a1", 4);
  const auto compile = [](const std::string& name) {
    NewJob job = new_job(name);
    job.kind = JobKind::Compile;
    return job;
  };
  s.submits({compile("compile a b c"), new_job("a", {"compile a b c"}), new_job("b", {"compile a b c"})});
  const SendStart first = s.takes_start_of("compile a b c");
  s.submits({compile("compile a b"), new_job("a", {"compile a b"}), new_job("b", {"compile a b"})}, {.token = "u"});
  EXPECT_TRUE(s.starts.empty());
  EXPECT_EQ(s.job("compile a b").state, JobState::Skipped);
  s.succeeds(first);
  s.succeeds(s.takes_start_of("a")).succeeds(s.takes_start_of("b"));
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerSharing, ALayerThatOneOtherImageNeedsIsMade) {
  Story s;
  s.joins("a1", 4);
  s.submits({new_job("a")});
  const SendStart a = s.takes_start_of("a");
  NewJob layer = new_job("layer");
  layer.kind = JobKind::Crates;
  s.submits({layer, new_job("a", {"layer"}), new_job("b", {"layer"})}, {.token = "u"});
  s.succeeds(s.takes_start_of("layer"));
  s.succeeds(s.takes_start_of("b"));
  s.succeeds(a).takes_end();
  s.takes_end();
}

TEST(SchedulerSharing, AFailedJobIsNotSharedAfterwards) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), BuildFailed{1, "no", false}).takes_end();
  s.submits({new_job("api")}, {.token = "u"});
  s.succeeds(s.takes_start());
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerCancel, EndsTheBuildAndTellsTheAgent) {
  Story s;
  s.joins("a1", 1);
  const BuildId build = s.submits({new_job("api"), new_job("web")});
  const SendStart api = s.takes_start();
  s.does(BuildCancelled{build, "ann"});
  EXPECT_EQ(s.takes_cancel().fence, api.fence);
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.state, BuildState::Cancelled);
  EXPECT_EQ(end.reason, "cancelled by ann");
  EXPECT_EQ(s.scheduler().state_in(*s.scheduler().find_build(build), s.job("web")), JobState::Cancelled);
  s.reports(api, JobCancelled{}).expects_ack(api);
  s.waits(Millis{2'000});
}

TEST(SchedulerCancel, LeavesAJobThatAnotherBuildWants) {
  Story s;
  s.joins("a1", 4);
  const BuildId first = s.submits({new_job("deps"), new_job("api", {"deps"})});
  const SendStart deps = s.takes_start();
  const BuildId second = s.submits({new_job("api")}, {.token = "u"});  // brings deps with it
  s.does(BuildCancelled{first, "ann"});
  EXPECT_EQ(s.takes_end().build, first);
  EXPECT_EQ(s.scheduler().state_in(*s.scheduler().find_build(first), s.job("deps")), JobState::Cancelled);
  s.succeeds(deps);
  s.succeeds(s.takes_start_of("api"));
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.build, second);
  EXPECT_EQ(end.state, BuildState::Succeeded);
}

TEST(SchedulerCancel, ComesAgainUntilTheAgentLetsGo) {
  Story s;
  s.joins("a1", 1);
  const BuildId build = s.submits({new_job("api")});
  const SendStart api = s.takes_start();
  s.beats("a1").does(BuildCancelled{build, "ann"});
  s.takes_end();
  s.takes_cancel();
  s.submits({new_job("web")}, {.token = "u"});
  EXPECT_TRUE(s.starts.empty()) << "its slot is not free before it is";
  s.beats("a1").takes_cancel();
  s.forgets("a1", api).beats("a1");
  s.succeeds(s.takes_start_of("web")).takes_end();
}

TEST(SchedulerCancel, OfABuildThatIsOverChangesNothing) {
  Story s;
  const BuildId build = s.submits({});
  s.takes_end();
  s.does(BuildCancelled{build, "ann"}).does(BuildCancelled{BuildId{99}, "ann"});
  EXPECT_EQ(s.scheduler().find_build(build)->state, BuildState::Succeeded);
}

}  // namespace
}  // namespace farm::scheduler
