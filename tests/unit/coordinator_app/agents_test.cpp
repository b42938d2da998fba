#include "coordinator/app/agents.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

std::string refusal(const std::string& buildkit) {
  protocol::AgentHeartbeat heartbeat;
  heartbeat.buildkit_version = buildkit;
  return refusal_of(heartbeat);
}

TEST(AgentRefusal, IsForBuildKitsWithKnownHoles) {
  for (const char* old : {"v0.12.5", "0.28.0", "v0.9.9-rc1", "0.27.9+debian"}) EXPECT_NE(refusal(old), "") << old;
  for (const char* fine : {"v0.28.1", "0.34.2", "v1.0.0", "v0.29.0-rc1"}) EXPECT_EQ(refusal(fine), "") << fine;
}

TEST(AgentRefusal, IsNotForVersionsThatCantBeRead) {
  for (const char* unknown : {"", "docker", "v0", "0.28", "main-3f2a"}) EXPECT_EQ(refusal(unknown), "") << unknown;
}

}  // namespace
}  // namespace farm::coordinator
