// What goes wrong gets one clear answer, and the farm goes on.
#include <gtest/gtest.h>

#include "shared/oci/manifest.hpp"
#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

TEST(CoordinatorFaults, AnUnknownKeyIsRefusedAndCounted) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto stranger = farm.client("stranger");
  const auto refused = stranger->ask_for<protocol::Refused>(protocol::ListAgents{});
  EXPECT_EQ(refused.kind, ErrorKind::Denied) << refused.message;
  // The loop reads the rejection within a turn; any answer after it shows it.
  auto client = farm.client();
  client->ask_for<protocol::AgentList>(protocol::ListAgents{});
  int status = 0;
  EXPECT_NE(farm.http_get("/metrics", status).find("farm_keys_rejected_total "), std::string::npos);
}

TEST(CoordinatorFaults, RolesMayOnlyDoWhatIsTheirs) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto reader = farm.client("eye");
  EXPECT_EQ(reader->ask_for<protocol::Refused>(farm.submission(farm.plan())).kind, ErrorKind::Denied);
  reader->ask_for<protocol::AgentList>(protocol::ListAgents{});
  auto client = farm.client();
  EXPECT_EQ(client->ask_for<protocol::Refused>(protocol::SetDrain{"alpha", true}).kind, ErrorKind::Denied);
  auto admin = farm.client("root");
  admin->ask_for<protocol::Done>(protocol::SetDrain{"alpha", true});
  EXPECT_EQ(admin->ask_for<protocol::Refused>(protocol::SetDrain{"nobody", true}).kind, ErrorKind::NotFound);
}

TEST(CoordinatorFaults, AnAgentWithAnOldBuildKitGetsNoWork) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.buildkit = "v0.12.5"});
  auto client = farm.client();
  for (int tries = 0; tries < 100 && agent->refusal().empty(); ++tries) client->ask_for<protocol::AgentList>(protocol::ListAgents{});
  std::this_thread::yield();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  farm.push(*client, submit, accepted);
  const auto status = client->ask_for<BuildStatus>(protocol::WatchBuild{accepted.status.id, ~0ULL, Millis{1'000}});
  EXPECT_FALSE(is_final(status.state));
  EXPECT_TRUE(agent->started().empty());
  EXPECT_NE(agent->refusal().find("0.28.1"), std::string::npos);
}

TEST(CoordinatorFaults, AFailingBuildIsAnOutcomeAndNotTriedAgain) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  FakeAgent::Options options;
  options.outcome = [](const protocol::StartJob& start) -> std::optional<JobOutcome> {
    if (start.spec.name != "image api") return std::nullopt;
    return BuildFailed{101, "error[E0425]: cannot find value `x`", false};
  };
  auto agent = farm.agent(options);
  auto client = farm.client();
  const BuildStatus status = farm.build(*client, farm.plan());
  EXPECT_EQ(status.state, BuildState::Failed);
  EXPECT_EQ(status.services[0].result, ServiceResult::Failed);
  EXPECT_NE(status.services[0].reason.find("E0425"), std::string::npos) << status.services[0].reason;
  EXPECT_EQ(status.services[1].result, ServiceResult::Built) << "independent services go on";
  EXPECT_EQ(job_named(status, "image api")->attempts, 1U);
}

TEST(CoordinatorFaults, AResultThatTheRegistryLacksIsNoResult) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  FakeAgent::Options options;
  int lies = 1;
  options.outcome = [&lies](const protocol::StartJob& start) -> std::optional<JobOutcome> {
    if (start.spec.name != "deps" || lies-- <= 0) return std::nullopt;
    Succeeded lie;
    lie.image.bytes.fill(7);
    return lie;
  };
  auto agent = farm.agent(options);
  auto client = farm.client();
  const BuildStatus status = farm.build(*client, farm.plan());
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(job_named(status, "deps")->attempts, 2U);
  EXPECT_EQ(status.counters.retries, 1U);
}

TEST(CoordinatorFaults, WithoutARegistryASubmissionIsRefusedWithItsAddress) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto client = farm.client();
  farm.registry.stop();
  const auto refused = client->ask_for<protocol::Refused>(farm.submission(farm.plan()));
  EXPECT_EQ(refused.kind, ErrorKind::Unavailable);
  EXPECT_NE(refused.message.find(farm.registry.address()), std::string::npos) << refused.message;
}

TEST(CoordinatorFaults, AResultThatWasLostIsBuiltAgain) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const BuildStatus first = farm.build(*client, farm.plan());
  ASSERT_EQ(first.state, BuildState::Succeeded);
  auto registry = farm.registry_client();
  ASSERT_TRUE(registry.delete_manifest("market/worker", first.services[1].digest));
  farm.restart();  // forgets what was seen in the registry a moment ago
  const BuildStatus second = farm.build(*client, farm.plan());
  EXPECT_EQ(second.state, BuildState::Succeeded) << second.reason;
  EXPECT_EQ(second.services[0].result, ServiceResult::Hit);
  EXPECT_EQ(second.services[1].result, ServiceResult::Built);
  EXPECT_EQ(second.services[1].reason, "its result is no longer in the registry");
}

TEST(CoordinatorFaults, AMissingSliceIsNamedAndMayBePushedAgain) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  protocol::SlicesPushed lie{submit.token, {}};
  for (const Digest& id : accepted.missing_slices) lie.blobs.push_back({id, id, 10});
  const auto refused = client->ask_for<protocol::Refused>(lie);
  EXPECT_EQ(refused.kind, ErrorKind::NotFound);
  EXPECT_EQ(client->ask_for<protocol::Refused>(protocol::SlicesPushed{submit.token, {}}).kind, ErrorKind::InvalidInput);
  farm.push(*client, submit, accepted);
  EXPECT_EQ(client->wait_for_end(accepted.status.id).state, BuildState::Succeeded);
}

TEST(CoordinatorFaults, SlicesOfABuildThatEndedMeanwhileAreAnsweredWithItsEnd) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  client->ask_for<protocol::Done>(protocol::CancelBuild{accepted.status.id});
  const auto pushed = farm.push(*client, submit, accepted);
  EXPECT_EQ(pushed.status.state, BuildState::Cancelled);
  EXPECT_TRUE(pushed.missing_slices.empty());
}

TEST(CoordinatorFaults, AnUnknownBaseImageIsRefusedByName) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto client = farm.client();
  Plan plan = farm.plan();
  plan.jobs[3].bases.push_back({"127.0.0.1:1/no/such:1", "127.0.0.1:1/no/such:1"});
  const auto refused = client->ask_for<protocol::Refused>(farm.submission(plan));
  EXPECT_NE(refused.message.find("127.0.0.1:1/no/such:1"), std::string::npos) << refused.message;
  plan = farm.plan();
  plan.jobs[3].inputs = {{"later", 4}};
  EXPECT_EQ(client->ask_for<protocol::Refused>(farm.submission(plan)).kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace farm::test
