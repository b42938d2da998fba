// What a prune or a clean takes away, with a real registry and a real store: builds go on, records never point to what was deleted.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

constexpr std::int64_t kAnyAge = 0;

std::size_t ran(const BuildStatus& status) {
  return static_cast<std::size_t>(
      std::count_if(status.jobs.begin(), status.jobs.end(), [](const JobStatus& job) { return job.attempts > 0; }));
}

bool in_registry(FarmFixture& farm, const std::string& repository, const Digest& image) {
  auto registry = farm.registry_client();
  const auto head = registry.head_manifest(repository, image.oci());
  return head && head->has_value();
}

protocol::Prune prune_all() { return {kAnyAge, protocol::kNoByteLimit, false, false}; }

TEST(CoordinatorPrune, FreesWhatIsNotInUseAndTheNextBuildMakesItAgain) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto admin = farm.client("root");
  const BuildStatus first = farm.build(*admin, farm.plan());
  const Digest deps = job_named(first, "deps")->image;
  ASSERT_TRUE(in_registry(farm, "farm/deps", deps));

  const auto tried = admin->ask_for<protocol::Pruned>(protocol::Prune{kAnyAge, protocol::kNoByteLimit, true, false});
  EXPECT_GT(tried.registry_bytes, 0U);
  EXPECT_TRUE(in_registry(farm, "farm/deps", deps)) << "a dry run";

  const auto pruned = admin->ask_for<protocol::Pruned>(prune_all());
  EXPECT_EQ(pruned.notes, std::vector<std::string>{});
  EXPECT_GE(pruned.results, 1U);
  EXPECT_GE(pruned.slices, 3U);
  EXPECT_EQ(pruned.registry_bytes, tried.registry_bytes);
  EXPECT_FALSE(in_registry(farm, "farm/deps", deps));
  ASSERT_EQ(pruned.agents.size(), 1U);
  EXPECT_EQ(pruned.agents[0].slice_bytes, FakeAgent::kPrunedBytes);

  EXPECT_EQ(ran(farm.build(*admin, farm.plan())), 0U) << "every service's newest image stays";
  const BuildStatus changed = farm.build(*admin, farm.plan({{"core", "core v2"}}));
  EXPECT_EQ(changed.state, BuildState::Succeeded) << changed.reason;
  EXPECT_EQ(job_named(changed, "deps")->attempts, 1U);
  EXPECT_EQ(job_named(changed, "deps")->image, deps) << "the same bytes as were deleted";
  EXPECT_TRUE(in_registry(farm, "farm/deps", deps));
}

TEST(CoordinatorPrune, WhatARunningBuildNeedsStays) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto admin = farm.client("root");
  Digest deps;
  {
    auto agent = farm.agent();
    deps = job_named(farm.build(*admin, farm.plan()), "deps")->image;
  }
  FakeAgent::Options options;
  options.name = "beta";
  options.hold = true;
  auto slow = farm.agent(options);
  const protocol::Submit submit = farm.submission(farm.plan({{"core", "core v2"}}));
  const auto accepted = admin->ask_for<protocol::Accepted>(submit);
  // Between the answer and the push: its slices are in nobody's records yet.
  const auto early = admin->ask_for<protocol::Pruned>(prune_all());
  EXPECT_GE(early.in_use, 1U);
  farm.push(*admin, submit, accepted);
  while (slow->started().empty()) {
    (void)admin->wait_for_job(accepted.status.id, "crates", JobState::Assigned);
  }
  const auto pruned = admin->ask_for<protocol::Pruned>(prune_all());
  EXPECT_GE(pruned.in_use, 1U);
  EXPECT_TRUE(in_registry(farm, "farm/deps", deps)) << "the crates job stands on it";
  slow->release();
  const BuildStatus status = admin->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(status.counters.retries, 0U);
}

TEST(CoordinatorPrune, ARestartAfterwardsKnowsWhatIsGone) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  {
    auto admin = farm.client("root");
    farm.build(*admin, farm.plan());
    (void)admin->ask_for<protocol::Pruned>(prune_all());
  }
  farm.restart();
  auto admin = farm.client("root");
  EXPECT_EQ(ran(farm.build(*admin, farm.plan())), 0U);
  EXPECT_EQ(farm.build(*admin, farm.plan({{"core", "core v3"}})).state, BuildState::Succeeded);
}

TEST(CoordinatorPrune, IsForAdminsAndLookingIsForAll) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto dev = farm.client();
  for (const protocol::ClientRequestBody& body :
       {protocol::ClientRequestBody(prune_all()), protocol::ClientRequestBody(protocol::Clean{"market", false, false}),
        protocol::ClientRequestBody(protocol::HoldBuilds{Millis{5}})}) {
    EXPECT_EQ(dev->ask_for<protocol::Refused>(body).kind, ErrorKind::Denied);
  }
  farm.build(*dev, farm.plan());
  const auto usage = dev->ask_for<protocol::Usage>(protocol::GetUsage{});
  EXPECT_GT(usage.registry_bytes, 0U);
  EXPECT_TRUE(std::any_of(usage.groups.begin(), usage.groups.end(),
                          [](const auto& group) { return group.kind == "deps" && group.project == "market" && group.items == 1; }));
  ASSERT_EQ(usage.agents.size(), 1U);
  EXPECT_EQ(usage.agents[0].slice_cache_bytes, FakeAgent::kCacheBytes);
}

TEST(CoordinatorClean, TheNextBuildIsColdAndAnotherProjectsIsNot) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto admin = farm.client("root");
  Plan shop = farm.plan({{"core", "another core"}});
  shop.project = "shop";
  shop.jobs[0].key_inputs.push_back({"of", "the shop"});  // deps of its own
  for (ServicePlan& service : shop.services) service.image = "shop/" + service.service + ":latest";
  farm.build(*admin, farm.plan());
  farm.build(*admin, shop);

  const auto cleaned = admin->ask_for<protocol::Pruned>(protocol::Clean{"market", false, false});
  EXPECT_EQ(cleaned.shared, 0U);
  EXPECT_GE(cleaned.results, 3U);
  EXPECT_EQ(ran(farm.build(*admin, shop)), 0U);
  const std::size_t before = agent->started().size();
  const BuildStatus cold = farm.build(*admin, farm.plan());
  EXPECT_EQ(job_named(cold, "deps")->attempts, 1U);
  EXPECT_TRUE(agent->started().at(before).no_cache) << "BuildKit's cache is not asked either";
  const BuildStatus warm = farm.build(*admin, farm.plan({{"core", "core v4"}}));
  EXPECT_EQ(warm.state, BuildState::Succeeded);
  EXPECT_FALSE(agent->started().back().no_cache) << "only once";
}

TEST(CoordinatorClean, WhatTwoProjectsUseStaysForTheOther) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto admin = farm.client("root");
  Plan twin = farm.plan();
  twin.project = "twin";
  farm.build(*admin, farm.plan());
  EXPECT_EQ(ran(farm.build(*admin, twin)), 0U);
  const auto cleaned = admin->ask_for<protocol::Pruned>(protocol::Clean{"market", false, false});
  EXPECT_GE(cleaned.shared + cleaned.in_use, 2U) << "in use: what was hit in the very millisecond";
  EXPECT_EQ(ran(farm.build(*admin, twin)), 0U);
}

TEST(CoordinatorClean, WaitsForOpenBuildsUnlessForced) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto admin = farm.client("root");
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = admin->ask_for<protocol::Accepted>(submit);
  EXPECT_EQ(admin->ask_for<protocol::Refused>(protocol::Clean{"market", false, false}).kind, ErrorKind::Conflict);
  (void)admin->ask_for<protocol::Pruned>(protocol::Clean{"other", false, false});
  (void)admin->ask_for<protocol::Pruned>(protocol::Clean{"market", true, false});
  auto agent = farm.agent();
  farm.push(*admin, submit, accepted);
  EXPECT_EQ(admin->wait_for_end(accepted.status.id).state, BuildState::Succeeded);
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

TEST(CoordinatorHold, ASubmissionWaitsUntilTheHoldEndsByItself) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto admin = farm.client("root");
  auto dev = farm.client();
  constexpr std::int64_t kHold = 2'000;
  const std::int64_t before = wall_ms();
  (void)admin->ask_for<protocol::Done>(protocol::HoldBuilds{Millis{kHold}});
  const BuildStatus status = farm.build(*dev, farm.plan());
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_GE(status.created_ms, before + kHold);
}

TEST(CoordinatorHold, ASubmissionGoesOnWhenTheHoldIsLifted) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto admin = farm.client("root");
  auto dev = farm.client();
  (void)admin->ask_for<protocol::Done>(protocol::HoldBuilds{Millis{100'000}});
  std::jthread lift([&] { (void)admin->ask_for<protocol::Done>(protocol::HoldBuilds{Millis{0}}); });
  EXPECT_EQ(farm.build(*dev, farm.plan()).state, BuildState::Succeeded);
}

TEST(CoordinatorHold, IsRefusedWhileABuildIsOpen) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto admin = farm.client("root");
  (void)admin->ask_for<protocol::Accepted>(farm.submission(farm.plan()));
  EXPECT_EQ(admin->ask_for<protocol::Refused>(protocol::HoldBuilds{Millis{60'000}}).kind, ErrorKind::Conflict);
}

}  // namespace
}  // namespace farm::test
