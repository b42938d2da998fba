// Nothing that was acknowledged is lost by a restart.
#include <gtest/gtest.h>

#include "coordinator/store/store.hpp"
#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

TEST(CoordinatorRestart, ABuildThatWaitsForSlicesWaitsOn) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  farm.restart();
  const auto again = client->ask_for<protocol::Accepted>(submit);
  EXPECT_EQ(again.status.id, accepted.status.id);
  EXPECT_EQ(again.missing_slices, accepted.missing_slices);
  farm.push(*client, submit, accepted);
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(status.services[0].reason, "first build");
}

TEST(CoordinatorRestart, RunningJobsAreAdoptedAndNotRunTwice) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent({.hold = true});
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  farm.push(*client, submit, accepted);
  client->wait_for_job(accepted.status.id, "deps", JobState::Assigned);
  farm.restart();
  agent->release();
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(job_named(status, "deps")->attempts, 1U);
  EXPECT_EQ(agent->started().size(), 5U);
  EXPECT_EQ(status.services[0].result, ServiceResult::Built);
}

TEST(CoordinatorRestart, AJobThatNeedsALostSecretFailsWithThatReason) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto client = farm.client();
  Plan plan = farm.plan();
  plan.jobs[3].secrets = {"token"};
  protocol::Submit submit = farm.submission(plan);
  EXPECT_EQ(client->ask_for<protocol::Refused>(submit).kind, ErrorKind::InvalidInput) << "its value must come with it";
  submit.secrets["token"] = "very secret value";
  const auto accepted = client->ask_for<protocol::Accepted>(submit);
  farm.push(*client, submit, accepted);
  farm.restart();
  const BuildStatus status = client->wait_for_end(accepted.status.id);
  EXPECT_EQ(status.state, BuildState::Failed);
  EXPECT_NE(status.reason.find("secret 'token' was lost"), std::string::npos) << status.reason;
}

TEST(CoordinatorRestart, HistoryIsStillThere) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const BuildStatus before = farm.build(*client, farm.plan());
  farm.restart();
  const auto after = client->ask_for<BuildStatus>(protocol::WatchBuild{BuildId{}, 0, Millis{0}});
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.state, BuildState::Succeeded);
  EXPECT_EQ(after.services[0].digest, before.services[0].digest);
  EXPECT_EQ(client->ask_for<protocol::LogPart>(protocol::GetLog{before.id, "deps", 0, Millis{0}}).bytes, "log of deps\n");
}

TEST(CoordinatorRestart, AStatusOfAnEndedBuildThatCantBeReadIsLeftOutAndTold) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  const BuildStatus older = farm.build(*client, farm.plan());
  const BuildStatus newer = farm.build(*client, farm.plan({{"api", "api v2"}}));
  farm.stop();
  {
    const auto store = store::open_rocks_store({farm.config.state_dir, false});
    ASSERT_TRUE(store);
    store::Batch batch;
    batch.put(store::Kind::Statuses, store::number_key(newer.id.value), "broken");
    ASSERT_TRUE((*store)->apply(batch));
  }
  farm.start();
  EXPECT_EQ(client->ask_for<BuildStatus>(protocol::WatchBuild{BuildId{}, 0, Millis{0}}).id, older.id);
  const auto list = client->ask_for<protocol::BuildList>(protocol::ListBuilds{10});
  ASSERT_EQ(list.builds.size(), 1U);
  EXPECT_EQ(list.builds[0].id, older.id);
  EXPECT_EQ(client->ask_for<protocol::BuildHistory>(protocol::GetHistory{"market", 10, BuildId{}}).builds.size(), 1U);
  int status = 0;
  const std::string told = farm.http_get("/api/v1/farm", status);
  EXPECT_EQ(status, 200);
  EXPECT_NE(told.find("can't be read and are left out"), std::string::npos) << told;
  EXPECT_EQ(farm.build(*client, farm.plan({{"api", "api v3"}})).state, BuildState::Succeeded);
}

TEST(CoordinatorRestart, AnotherCoordinatorOnTheSameStateIsRefused) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  log::Options quiet;
  quiet.to_stderr = false;
  auto logger = log::Logger::open(quiet);
  ASSERT_TRUE(logger);
  config::CoordinatorConfig other = farm.config;
  other.listen = "tcp://127.0.0.1:0";
  const auto second = coordinator::Coordinator::start(other, **logger);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict) << second.error().message;
}

}  // namespace
}  // namespace farm::test
