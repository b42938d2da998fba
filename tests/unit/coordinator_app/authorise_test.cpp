#include "coordinator/app/authorise.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

using net::Role;

bool may(Role role, protocol::ClientRequestBody body) {
  return authorise({"me", role, {}, "trusted", ""}, protocol::ClientRequest{1, std::move(body)}).has_value();
}

TEST(Authorise, EachRoleHasItsVerbs) {
  for (const Role role : {Role::Client, Role::Admin}) {
    EXPECT_TRUE(may(role, protocol::Submit{}));
    EXPECT_TRUE(may(role, protocol::SlicesPushed{}));
    EXPECT_TRUE(may(role, protocol::CancelBuild{}));
  }
  EXPECT_FALSE(may(Role::Reader, protocol::Submit{}));
  EXPECT_FALSE(may(Role::Reader, protocol::SlicesPushed{}));
  EXPECT_FALSE(may(Role::Reader, protocol::CancelBuild{}));
  for (const Role role : {Role::Client, Role::Admin, Role::Reader}) {
    EXPECT_TRUE(may(role, protocol::WatchBuild{}));
    EXPECT_TRUE(may(role, protocol::GetLog{}));
    EXPECT_TRUE(may(role, protocol::ListBuilds{}));
    EXPECT_TRUE(may(role, protocol::ListAgents{}));
  }
  EXPECT_TRUE(may(Role::Admin, protocol::SetDrain{}));
  EXPECT_FALSE(may(Role::Client, protocol::SetDrain{}));
  for (const Role role : {Role::Client, Role::Reader, Role::Agent}) {
    EXPECT_FALSE(may(role, protocol::Prune{}));
    EXPECT_FALSE(may(role, protocol::Clean{}));
    EXPECT_FALSE(may(role, protocol::HoldBuilds{}));
  }
  EXPECT_TRUE(may(Role::Admin, protocol::Prune{}));
  EXPECT_TRUE(may(Role::Reader, protocol::GetUsage{}));
  EXPECT_FALSE(may(Role::Agent, protocol::Submit{}));
  EXPECT_FALSE(may(Role::Agent, protocol::ListAgents{}));
}

TEST(Authorise, AnAgentSpeaksOnlyInItsOwnName) {
  protocol::AgentHeartbeat heartbeat;
  heartbeat.agent = "alpha";
  EXPECT_TRUE(authorise({"alpha", Role::Agent, {}, "", ""}, protocol::FromAgent(heartbeat)));
  const auto other = authorise({"beta", Role::Agent, {}, "", ""}, protocol::FromAgent(heartbeat));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::Denied);
  EXPECT_NE(other.error().message.find("alpha"), std::string::npos);
  EXPECT_FALSE(authorise({"alpha", Role::Admin, {}, "", ""}, protocol::FromAgent(heartbeat))) << "not even an admin is an agent";
}

TEST(Authorise, ProjectsBindClientsAndNotAdmins) {
  EXPECT_TRUE(may_touch({"dev", Role::Client, {}, "", ""}, "market"));
  EXPECT_TRUE(may_touch({"dev", Role::Client, {"shop", "market"}, "", ""}, "market"));
  EXPECT_FALSE(may_touch({"dev", Role::Client, {"shop"}, "", ""}, "market"));
  EXPECT_TRUE(may_touch({"root", Role::Admin, {"shop"}, "", ""}, "market"));
}

}  // namespace
}  // namespace farm::coordinator
