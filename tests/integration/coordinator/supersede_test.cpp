// A newer submission with the same key takes the place of the older ones.
#include <gtest/gtest.h>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

protocol::Submit keyed(FarmFixture& farm, const std::string& key, const std::map<std::string, std::string>& edit = {}) {
  protocol::Submit submit = farm.submission(farm.plan(edit));
  submit.options.supersede = key;
  return submit;
}

// Submits, pushes, and waits until its first job is on an agent.
BuildId running(FarmFixture& farm, FakeClient& client, const protocol::Submit& submit) {
  const auto accepted = client.ask_for<protocol::Accepted>(submit);
  farm.push(client, submit, accepted);
  client.wait_for_job(accepted.status.id, "deps", JobState::Assigned);
  return accepted.status.id;
}

BuildStatus status_of(FakeClient& client, BuildId build) { return client.ask_for<BuildStatus>(protocol::WatchBuild{build, 0, Millis{0}}); }

TEST(CoordinatorSupersede, TheOlderBuildIsCancelledAndWhatBothNeedIsBuiltOnce) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const BuildId first = running(farm, *client, keyed(farm, "main"));
  const protocol::Submit second = keyed(farm, "main", {{"api", "api v2"}});
  const auto accepted = client->ask_for<protocol::Accepted>(second);
  ASSERT_FALSE(accepted.missing_slices.empty());
  EXPECT_EQ(status_of(*client, first).state, BuildState::Running) << "until the newer one can run, the older one is all there is";
  farm.push(*client, second, accepted);
  const BuildStatus old = status_of(*client, first);
  EXPECT_EQ(old.state, BuildState::Cancelled) << "before the answer";
  EXPECT_EQ(old.reason, "superseded by build " + to_string(accepted.status.id));
  EXPECT_EQ(old.services[0].result, ServiceResult::Cancelled);
  agent->release();
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  std::size_t cooks = 0;
  for (const protocol::StartJob& start : agent->started()) cooks += start.spec.kind == JobKind::Deps ? 1U : 0U;
  EXPECT_EQ(cooks, 1U) << "the cook that both need goes on";
}

TEST(CoordinatorSupersede, ARepeatOfTheSubmissionDoesNotCancelIt) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const protocol::Submit submit = keyed(farm, "main");
  const BuildId build = running(farm, *client, submit);
  EXPECT_EQ(client->ask_for<protocol::Accepted>(submit).status.id, build);
  EXPECT_EQ(status_of(*client, build).state, BuildState::Running);
  agent->release();
  EXPECT_EQ(client->wait_for_end(build).state, BuildState::Succeeded);
}

TEST(CoordinatorSupersede, AnotherKeyOrNoneCancelsNothing) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const BuildId main = running(farm, *client, keyed(farm, "main"));
  const BuildId plain = running(farm, *client, keyed(farm, ""));
  const BuildId other = running(farm, *client, keyed(farm, "feature"));
  EXPECT_EQ(running(farm, *client, keyed(farm, "")).value, other.value + 1);
  for (const BuildId build : {main, plain, other}) EXPECT_EQ(status_of(*client, build).state, BuildState::Running);
  agent->release();
  for (const BuildId build : {main, plain, other}) EXPECT_EQ(client->wait_for_end(build).state, BuildState::Succeeded);
}

TEST(CoordinatorSupersede, IsDurable) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const BuildId first = running(farm, *client, keyed(farm, "main"));
  const protocol::Submit second = keyed(farm, "main", {{"api", "api v2"}});
  const auto accepted = client->ask_for<protocol::Accepted>(second);
  farm.restart();  // the key is kept with the submission that waits for its slices
  farm.push(*client, second, accepted);
  farm.restart();
  EXPECT_EQ(status_of(*client, first).state, BuildState::Cancelled);
  agent->release();
  EXPECT_EQ(client->wait_for_end(accepted.status.id).state, BuildState::Succeeded);
}

TEST(CoordinatorSupersede, AnEndlessKeyIsRefused) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto client = farm.client();
  EXPECT_EQ(client->ask_for<protocol::Refused>(keyed(farm, std::string(201, 'x'))).kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace farm::test
