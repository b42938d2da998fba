// What the coordinator says about itself over HTTP.
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

TEST(CoordinatorHttp, SaysThatItLivesAndWhatKeepsItFromServing) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  int status = 0;
  EXPECT_EQ(farm.http_get("/healthz", status), "alive\n");
  EXPECT_EQ(status, 200);
  std::string ready = farm.http_get("/readyz", status);
  for (int tries = 0; tries < 5'000 && status != 200; ++tries) ready = farm.http_get("/readyz", status);
  EXPECT_EQ(ready, "ready\n");
  EXPECT_NE(farm.http_get("/nothing.txt", status).find("there is no /nothing.txt"), std::string::npos);
  EXPECT_EQ(status, 404);
}

TEST(CoordinatorHttp, MetricsTellOfBuildsJobsAndHits) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  client->ask_for<protocol::Accepted>(farm.submission(farm.plan()));
  int status = 0;
  const std::string text = farm.http_get("/metrics", status);
  for (const char* line : {"farm_builds_total{outcome=\"succeeded\"} 2", "farm_jobs_total{kind=\"deps\",outcome=\"succeeded\"} 1",
                           "farm_results_total{kind=\"image\",result=\"hit\"} 2", "farm_results_total{kind=\"image\",result=\"miss\"} 2",
                           "farm_build_info{program=\"coordinator\",version="}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace farm::test
