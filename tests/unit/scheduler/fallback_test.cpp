// The other way of an image: its compile run fails because of another binary.
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

NewJob compile_run() {
  NewJob job = new_job("compile", {"crates"});
  job.kind = JobKind::Compile;
  return job;
}

NewJob image(const std::string& name) {
  NewJob job = new_job(name, {"compile"});
  job.has_fallback = true;
  job.fallback_needs = {key_of("crates")};
  return job;
}

std::vector<NewJob> two_images() { return {new_job("crates"), compile_run(), image("api"), image("web")}; }

TEST(SchedulerFallback, OneBinaryThatDoesNotCompileLeavesTheOthersTheirImages) {
  Story s;
  s.joins("a1", 2);
  s.submits(two_images());
  s.succeeds(s.takes_start_of("crates"));
  s.reports(s.takes_start_of("compile"), BuildFailed{101, "error: web", false});
  const SendStart api = s.takes_start_of("api");
  const SendStart web = s.takes_start_of("web");
  EXPECT_TRUE(api.fell_back);
  EXPECT_EQ(s.job("api").needs, std::vector<JobId>{s.job("crates").id});
  EXPECT_EQ(s.job("api").reason, "compile failed: made without it");
  s.reports(web, BuildFailed{101, "error: web", false}).succeeds(api);
  EXPECT_EQ(s.job("api").state, JobState::Succeeded);
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.state, BuildState::Failed);
  EXPECT_TRUE(end.reason.starts_with("web: ")) << end.reason;
}

TEST(SchedulerFallback, ABuildWhoseImagesAllSucceedTheOtherWaySucceeds) {
  Story s;
  s.joins("a1", 2);
  s.submits(two_images());
  s.succeeds(s.takes_start_of("crates"));
  s.reports(s.takes_start_of("compile"), TimedOut{});
  s.succeeds(s.takes_start_of("api")).succeeds(s.takes_start_of("web"));
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

TEST(SchedulerFallback, IsNoWayWhereItsOwnUpstreamFailed) {
  Story s;
  s.joins("a1", 2);
  s.submits(two_images());
  s.reports(s.takes_start_of("crates"), BuildFailed{101, "error: crates", false});
  EXPECT_EQ(s.job("api").state, JobState::Skipped);
  EXPECT_EQ(s.takes_end().state, BuildState::Failed);
}

TEST(SchedulerFallback, WithFailFastTheFailedRunEndsTheBuild) {
  Story s;
  s.joins("a1", 2);
  Submitted how;
  how.options.fail_fast = true;
  s.submits(two_images(), how);
  s.succeeds(s.takes_start_of("crates"));
  s.reports(s.takes_start_of("compile"), BuildFailed{101, "error: web", false});
  const BuildEnded end = s.takes_end();
  EXPECT_EQ(end.state, BuildState::Failed);
  EXPECT_TRUE(end.reason.starts_with("compile: ")) << end.reason;
}

TEST(SchedulerFallback, IsStillGoneOverARestartOfTheCoordinator) {
  Story s;
  s.joins("a1", 1);
  s.submits(two_images());
  s.succeeds(s.takes_start_of("crates"));
  s.reports(s.takes_start_of("compile"), BuildFailed{101, "error: web", false});
  const SendStart first = s.takes_start();
  s.restarts_coordinator();
  EXPECT_TRUE(s.job("api").fell_back);
  EXPECT_TRUE(s.job("web").fell_back);
  s.waits(Millis{2'000});
  s.starts.clear();  // the first image's, told again or not
  s.succeeds(first);
  s.succeeds(s.takes_start());
  EXPECT_EQ(s.takes_end().state, BuildState::Succeeded);
}

}  // namespace
}  // namespace farm::scheduler
