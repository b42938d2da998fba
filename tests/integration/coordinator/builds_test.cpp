// The main path over real sockets, a real store and a real registry.
#include <chrono>

#include <gtest/gtest.h>

#include "shared/oci/resolver.hpp"
#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

std::vector<std::string> names(const std::vector<protocol::StartJob>& starts) {
  std::vector<std::string> result;
  for (const protocol::StartJob& start : starts) result.push_back(start.spec.name);
  return result;
}

TEST(CoordinatorBuild, ASubmissionAsksForSlicesRunsItsJobsAndPublishes) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  EXPECT_EQ(accepted.status.state, BuildState::WaitingForSlices);
  EXPECT_EQ(accepted.missing_slices.size(), 3U);
  EXPECT_EQ(accepted.registry, farm.registry.address());
  const auto pushed = farm.push(*client, submit, accepted);
  EXPECT_TRUE(pushed.missing_slices.empty());
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  ASSERT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(names(agent->started()).size(), 5U);
  EXPECT_EQ(names(agent->started()).front(), "deps");
  EXPECT_EQ(status.counters.jobs_run, 5U);
  ASSERT_EQ(status.services.size(), 3U);
  for (const ServiceStatus& service : status.services) EXPECT_EQ(service.result, ServiceResult::Built) << service.reason;
  EXPECT_EQ(status.services[0].image, farm.registry.address() + "/market/api:latest");
  EXPECT_EQ(status.services[0].reason, "first build");
  auto registry = farm.registry_client();
  for (const auto& [repository, tag] : std::map<std::string, std::string>{{"market/api", "latest"}, {"market/api-copy", "v2"}}) {
    const auto head = registry.head_manifest(repository, tag);
    ASSERT_TRUE(head && *head) << repository;
    EXPECT_EQ((*head)->digest, status.services[0].digest);
  }
  const auto kept = registry.list_tags("farm/deps");
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1U) << "deps get a tag of their key, so that the registry keeps them";
  EXPECT_EQ(kept->front(), "k-" + job_named(status, "deps")->key.hex().substr(0, 32));
}

TEST(CoordinatorBuild, AnAssignmentHoldsAllThatTheAgentNeeds) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const BuildStatus status = farm.build(*client, farm.plan());
  ASSERT_EQ(status.state, BuildState::Succeeded) << status.reason;
  const auto starts = agent->started();
  const auto start_of = [&](const std::string& name) {
    for (const protocol::StartJob& start : starts) {
      if (start.spec.name == name) return start;
    }
    return protocol::StartJob{};
  };
  const protocol::StartJob compile = start_of("compile");
  EXPECT_EQ(compile.spec.args.at(kFarmBinsArg), "--bin api --bin worker");
  ASSERT_EQ(compile.overrides.size(), 1U);
  EXPECT_EQ(compile.overrides[0].stage, "dependencies");
  EXPECT_EQ(compile.overrides[0].image, farm.registry.address() + "/farm/crates@" + job_named(status, "crates")->image.oci());
  EXPECT_EQ(compile.blobs.size(), 3U);
  const protocol::StartJob image = start_of("image api");
  EXPECT_EQ(image.overrides[0].stage, "builder");
  ASSERT_EQ(image.pinned_bases.size(), 2U);
  EXPECT_TRUE(image.pinned_bases[1].image.starts_with("docker.io/library/debian@sha256:")) << image.pinned_bases[1].image;
  EXPECT_EQ(image.pinned_bases[1].stage, "debian:bookworm-slim");
}

TEST(CoordinatorBuild, AnUnchangedResubmissionIsOneRoundTripWithoutJobs) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  const std::size_t ran = agent->started().size();
  const auto start = std::chrono::steady_clock::now();
  const auto accepted = client->ask_for<protocol::Accepted>(farm.submission(farm.plan()));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  RecordProperty("milliseconds", std::to_string(took.count()));
  EXPECT_EQ(accepted.status.state, BuildState::Succeeded);
  EXPECT_TRUE(accepted.missing_slices.empty());
  for (const ServiceStatus& service : accepted.status.services) {
    EXPECT_EQ(service.result, ServiceResult::Hit);
    EXPECT_EQ(service.reason, "unchanged");
  }
  EXPECT_EQ(accepted.status.counters.jobs_run, 0U);
  EXPECT_EQ(agent->started().size(), ran);
  // Also after a restart, when nothing is remembered in memory.
  farm.restart();
  const auto again = client->ask_for<protocol::Accepted>(farm.submission(farm.plan()));
  EXPECT_EQ(again.status.state, BuildState::Succeeded);
  EXPECT_EQ(again.status.services[0].result, ServiceResult::Hit);
}

TEST(CoordinatorBuild, OneChangedServiceIsOneImageJobAndSaysWhy) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  const std::size_t ran = agent->started().size();
  const BuildStatus status = farm.build(*client, farm.plan({{"api", "api v2"}}));
  ASSERT_EQ(status.state, BuildState::Succeeded);
  EXPECT_EQ(agent->started().size(), ran + 1);
  EXPECT_EQ(status.services[0].result, ServiceResult::Built);
  EXPECT_EQ(status.services[0].reason, "slice crate:api changed");
  EXPECT_EQ(status.services[1].result, ServiceResult::Hit);
  EXPECT_EQ(agent->started().back().overrides[0].stage, "dependencies") << "a single image takes the direct way";
}

TEST(CoordinatorBuild, TheSameTokenIsTheSameBuild) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto first = client->ask_for<protocol::Accepted>(submit);
  const auto second = client->ask_for<protocol::Accepted>(submit);
  EXPECT_EQ(first.status.id, second.status.id);
  EXPECT_EQ(first.missing_slices, second.missing_slices);
  farm.push(*client, submit, first);
  client->wait_for_end(first.status.id);
  const auto late = client->ask_for<protocol::Accepted>(submit);
  EXPECT_EQ(late.status.id, first.status.id);
  EXPECT_EQ(late.status.state, BuildState::Succeeded);
  EXPECT_EQ(client->ask_for<protocol::BuildList>(protocol::ListBuilds{}).builds.size(), 1U);
}

TEST(CoordinatorBuild, TwoBuildsAtATimeShareEqualJobs) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  auto other = farm.client("root");
  const protocol::Submit first = farm.submission(farm.plan());
  const protocol::Submit second = farm.submission(farm.plan());
  const auto one = client->ask_for<protocol::Accepted>(first);
  farm.push(*client, first, one);
  client->wait_for_job(one.status.id, "deps", JobState::Assigned);
  const auto two = other->ask_for<protocol::Accepted>(second);
  EXPECT_TRUE(two.missing_slices.empty()) << "the first build's slices are there";
  agent->release();
  EXPECT_EQ(client->wait_for_end(one.status.id).state, BuildState::Succeeded);
  const BuildStatus shared = other->wait_for_end(two.status.id);
  EXPECT_EQ(shared.state, BuildState::Succeeded) << shared.reason;
  EXPECT_EQ(agent->started().size(), 5U);
  EXPECT_EQ(shared.counters.jobs_shared, 5U);
  EXPECT_EQ(shared.counters.jobs_run, 0U);
}

TEST(CoordinatorBuild, LogsAreServedByServiceAndOffset) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const BuildStatus status = farm.build(*client, farm.plan());
  const auto part = client->ask_for<protocol::LogPart>(protocol::GetLog{status.id, "api", 0, Millis{0}});
  EXPECT_EQ(part.bytes, "log of image api\n");
  const auto rest = client->ask_for<protocol::LogPart>(protocol::GetLog{status.id, "api", part.bytes.size(), Millis{2'000}});
  EXPECT_TRUE(rest.ended);
  EXPECT_TRUE(rest.bytes.empty());
  const auto unknown = client->ask_for<protocol::Refused>(protocol::GetLog{status.id, "nobody", 0, Millis{0}});
  EXPECT_EQ(unknown.kind, ErrorKind::NotFound);
}

TEST(CoordinatorBuild, ACancelledBuildEndsAndItsAgentIsFreed) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  farm.push(*client, submit, accepted);
  client->wait_for_job(accepted.status.id, "deps", JobState::Assigned);
  client->ask_for<protocol::Done>(protocol::CancelBuild{accepted.status.id});
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Cancelled);
  EXPECT_EQ(status.services[0].result, ServiceResult::Cancelled);
  agent->release();
  EXPECT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded) << "the farm goes on";
}

}  // namespace
}  // namespace farm::test
