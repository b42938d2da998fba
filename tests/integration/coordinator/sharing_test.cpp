// Two submissions of the same things at once: each gets its own end and its own tags.
#include <gtest/gtest.h>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

// The second one's slices come when everything that it wants has been built for the first one: no job of it ends any more.
TEST(CoordinatorSharing, ABuildWhoseJobsWereAllMadeMeanwhilePublishesItsOwnTags) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto first = farm.client();
  auto second = farm.client();
  const protocol::Submit one = farm.submission(farm.plan());
  Plan same = farm.plan();
  for (ServicePlan& service : same.services) service.tags.push_back("market/" + service.service + ":second");
  const protocol::Submit other = farm.submission(same);
  const auto accepted = first->ask_for<protocol::Accepted>(one);
  const auto waiting = second->ask_for<protocol::Accepted>(other);
  ASSERT_EQ(waiting.status.state, BuildState::WaitingForSlices);
  farm.push(*first, one, accepted);
  ASSERT_EQ(first->wait_for_end(accepted.status.id).state, BuildState::Succeeded);
  const std::size_t ran = agent->started().size();
  farm.push(*second, other, waiting);
  const BuildStatus status = second->wait_for_end(waiting.status.id);
  EXPECT_EQ(status.state, BuildState::Succeeded) << status.reason;
  EXPECT_EQ(agent->started().size(), ran);
  auto registry = farm.registry_client();
  for (const ServiceStatus& service : status.services) {
    EXPECT_EQ(service.result, ServiceResult::Built) << service.service;
    const auto head = registry.head_manifest("market/" + service.service, "second");
    ASSERT_TRUE(head && *head) << service.service << ": its tag was not made";
    EXPECT_EQ((*head)->digest, service.digest);
  }
}

}  // namespace
}  // namespace farm::test
