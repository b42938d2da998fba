#include "coordinator/app/status_view.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

// One image job over a deps job that hit, in a scheduler of its own.
class Story {
 public:
  Story() : scheduler_({}) {
    scheduler_.step(now_, scheduler::BuildOpened{"t", "dev", "market", {0, false, {}, {}}});
    build_.id = scheduler_.find_token("t")->id;
    build_.submission.plan.project = "market";
    Digest key;
    key.bytes.fill(1);
    Digest deps;
    deps.bytes.fill(2);
    build_.jobs.push_back({JobKind::Deps, "deps", deps, true, "unchanged", "farm/deps", deps, JobId{}});
    build_.jobs.push_back({JobKind::Image, "image api", key, false, "slice crate:api changed", "market/api", Digest{}, JobId{}});
    build_.services.push_back({"api", "image api", "market/api:latest", {{"market/api:latest", Move::Waiting}}, ""});
    job_.key = key;
    job_.name = "image api";
    job_.inputs.push_back({deps, 5});
  }
  Story& plan() {
    scheduler_.step(now_, scheduler::BuildPlanned{build_.id, {job_}, now_});
    build_.jobs[1].id = scheduler_.find_build(build_.id)->jobs.at(0);
    return *this;
  }
  Story& cancel() {
    scheduler_.step(now_, scheduler::BuildCancelled{build_.id, "dev"});
    build_.ended = true;
    return *this;
  }
  Story& agent_builds_it() {
    protocol::AgentHeartbeat beat;
    beat.agent = "alpha";
    beat.session = Session{1};
    beat.sequence = 1;
    beat.slots = 1;
    beat.platform = "linux/amd64";
    scheduler_.step(now_, scheduler::AgentHeard{beat, ""});
    const scheduler::Job* job = scheduler_.find_job(build_.jobs[1].id);
    const Fence fence = job->fence;
    Digest image;
    image.bytes.fill(3);
    scheduler_.step(now_, scheduler::JobReported{"alpha", {job->id, fence, Succeeded{image, 5}, {}, {}}});
    scheduler_.step(now_, scheduler::JobVerified{build_.jobs[1].id, fence, {}});
    build_.ended = true;
    return *this;
  }
  Story& tag(Move move, const std::string& problem = "") {
    build_.services[0].moves["market/api:latest"] = move;
    build_.services[0].problem = problem;
    return *this;
  }
  BuildStatus status() { return make_status(build_, scheduler_, now_, "registry:5000"); }

 private:
  Instant now_{1'000};
  scheduler::Scheduler scheduler_;
  OpenBuild build_;
  scheduler::NewJob job_;
};

TEST(StatusView, OfABuildThatWaitsForSlices) {
  const BuildStatus status = Story().status();
  EXPECT_EQ(status.state, BuildState::WaitingForSlices);
  EXPECT_EQ(status.jobs[0].state, JobState::Hit);
  EXPECT_EQ(status.jobs[1].state, JobState::Waiting);
  EXPECT_EQ(status.jobs[1].reason, "slice crate:api changed");
  EXPECT_EQ(status.services[0].result, ServiceResult::Pending);
  EXPECT_EQ(status.services[0].image, "registry:5000/market/api:latest");
  EXPECT_EQ(status.counters.jobs_hit, 1U);
}

TEST(StatusView, AJobStandsOnHitsTooAndTheyAreNamed) { EXPECT_EQ(Story().plan().status().jobs[1].needs, std::vector<std::string>{"deps"}); }

TEST(StatusView, ABuildIsNotOverBeforeItsTagsAreMoved) {
  Story story;
  story.plan().agent_builds_it().tag(Move::Asked);
  EXPECT_EQ(story.status().state, BuildState::Running);
  EXPECT_EQ(story.status().reason, "publishing");
  EXPECT_EQ(story.status().services[0].result, ServiceResult::Pending);
  story.tag(Move::Done);
  const BuildStatus status = story.status();
  EXPECT_EQ(status.state, BuildState::Succeeded);
  EXPECT_EQ(status.services[0].result, ServiceResult::Built);
  EXPECT_EQ(status.services[0].reason, "slice crate:api changed");
  EXPECT_EQ(status.counters.jobs_run, 1U);
  EXPECT_EQ(status.counters.retries, 0U);
}

TEST(StatusView, ATagThatCantBeMovedFailsTheBuild) {
  Story story;
  const BuildStatus status = story.plan().agent_builds_it().tag(Move::Failed, "the registry is full").status();
  EXPECT_EQ(status.state, BuildState::Failed);
  EXPECT_EQ(status.services[0].result, ServiceResult::Failed);
  EXPECT_EQ(status.reason, "service api: the registry is full");
}

TEST(StatusView, ABuildOfManyServicesIsShownWithoutLookingAtEachJobForEachService) {
  scheduler::Scheduler scheduler({});
  scheduler.step(Instant{1'000}, scheduler::BuildOpened{"t", "dev", "market", {}});
  OpenBuild build;
  build.id = scheduler.find_token("t")->id;
  constexpr int kServices = 2'000;
  for (int i = 0; i < kServices; ++i) {
    const std::string name = "image service_" + std::to_string(i);
    Digest image;
    image.bytes.fill(static_cast<std::uint8_t>(i % 251 + 1));
    build.jobs.push_back({JobKind::Image, name, image, true, "reason of " + name, "market/api", image, JobId{}});
  }
  for (int i = kServices; i-- > 0;) {
    build.services.push_back({"service_" + std::to_string(i), "image service_" + std::to_string(i), "market/api:latest", {}, ""});
  }
  const BuildStatus status = make_status(build, scheduler, Instant{1'000}, "registry");
  ASSERT_EQ(status.services.size(), static_cast<std::size_t>(kServices));
  for (const ServiceStatus& service : status.services) EXPECT_EQ(service.reason, "reason of " + service.job);
}

TEST(StatusView, EverythingOfACancelledBuildIsFinal) {
  for (const bool planned : {false, true}) {
    Story story;
    if (planned) story.plan();
    const BuildStatus status = story.cancel().status();
    EXPECT_EQ(status.state, BuildState::Cancelled);
    EXPECT_EQ(status.jobs[1].state, JobState::Cancelled) << planned;
    EXPECT_EQ(status.services[0].result, ServiceResult::Cancelled) << planned;
  }
}

}  // namespace
}  // namespace farm::coordinator
