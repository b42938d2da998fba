// What the coordinator tells those who ask about the farm and themselves.
#include <chrono>

#include <gtest/gtest.h>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

TEST(CoordinatorFarmInfo, TellsEachAskerItsRoleAndTheFarmsClock) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  for (const auto& [user, role] : {std::pair{"dev", "client"}, std::pair{"eye", "reader"}, std::pair{"root", "admin"}}) {
    const std::int64_t before = wall_ms();
    const auto info = farm.client(user)->ask_for<protocol::FarmInfo>(protocol::GetFarm{});
    EXPECT_EQ(info.key_name, user);
    EXPECT_EQ(info.role, role);
    EXPECT_EQ(info.zone, "trusted");
    EXPECT_TRUE(info.projects.empty());
    EXPECT_EQ(info.registry, farm.registry.address());
    EXPECT_TRUE(info.registry_insecure);
    EXPECT_EQ(info.version, FARM_VERSION);
    EXPECT_GE(info.now_ms, before);
    EXPECT_LE(info.now_ms, wall_ms());
  }
  EXPECT_EQ(farm.client("alpha")->ask_for<protocol::Refused>(protocol::GetFarm{}).kind, ErrorKind::Denied);
}

}  // namespace
}  // namespace farm::test
