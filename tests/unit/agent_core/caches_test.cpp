// The agent's caches: each request is carried out once, and answered as often as it comes.
#include <gtest/gtest.h>

#include "tests/unit/agent_core/agent_story.hpp"

namespace farm::agent {
namespace {

protocol::PruneCache prune(std::uint64_t id) { return {id, 1'000, 500, false, {}}; }
CacheCleaned cleaned(std::uint64_t id) { return {{id, 10, 20, 0, 0, ""}}; }

TEST(AgentCaches, ARequestIsCarriedOutOnceAndEachRepeatIsAnswered) {
  AgentStory s;
  s.does(prune(5)).does(prune(5));
  ASSERT_EQ(s.cleans.size(), 1U);
  EXPECT_EQ(s.cleans[0].prune, prune(5));
  EXPECT_TRUE(s.pruneds.empty());
  s.does(cleaned(5)).does(prune(5)).does(prune(5));
  EXPECT_EQ(s.cleans.size(), 1U);
  ASSERT_EQ(s.pruneds.size(), 3U);
  EXPECT_EQ(s.pruneds[2].pruned.slice_bytes, 10U);
}

TEST(AgentCaches, ALateOlderRequestIsNotCarriedOut) {
  AgentStory s;
  s.does(prune(5)).does(cleaned(5)).does(prune(4));
  EXPECT_EQ(s.cleans.size(), 1U);
  EXPECT_EQ(s.pruneds.size(), 1U);
}

TEST(AgentCaches, OneAtATimeAndOfThoseThatWaitOnlyTheNewest) {
  AgentStory s;
  s.does(prune(1)).does(prune(2)).does(prune(3));
  EXPECT_EQ(s.cleans.size(), 1U);
  s.does(cleaned(1));
  ASSERT_EQ(s.cleans.size(), 2U);
  EXPECT_EQ(s.cleans[1].prune.id, 3U);
  s.does(cleaned(3)).does(prune(3));
  EXPECT_EQ(s.cleans.size(), 2U);
}

TEST(AgentCaches, HeartbeatsTellTheirSizes) {
  AgentStory s;
  HostMeasured host;
  host.slice_cache_bytes = 7;
  host.buildkit_bytes = 9;
  s.does(host).waits(Millis{2'000});
  EXPECT_EQ(s.beats.back().slice_cache_bytes, 7U);
  EXPECT_EQ(s.beats.back().buildkit_bytes, 9U);
}

}  // namespace
}  // namespace farm::agent
