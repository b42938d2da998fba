#include "coordinator/app/upkeep.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/coordinator_app/upkeep_world.hpp"

namespace farm::coordinator::test {
namespace {

// Of a portion: its records, and whether they are the newest of their name; each perhaps read twice.
constexpr std::size_t kReadInATurn = kErasedAtOnce * 8;
constexpr std::size_t kMany = 50'000;

protocol::Prune all_of_any_age(bool dry_run = false) { return {0, protocol::kNoByteLimit, dry_run, false}; }

bool noted(const std::vector<std::string>& notes, const std::string& part) {
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

TEST(Upkeep, OfManyRecordsTheLoopReadsFewInATurn) {
  UpkeepWorld world;
  world.add_results(kMany);
  world.ask("eye", protocol::GetUsage{});
  const auto usage = world.answer_to<protocol::Usage>("eye");
  EXPECT_EQ(usage.manifests, kMany);
  EXPECT_LE(world.most_in_a_turn, kReadInATurn);
  EXPECT_GE(world.store.read_elsewhere(), kMany);

  world.ask("root", all_of_any_age());
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, kMany);
  EXPECT_EQ(pruned.results, kMany);
  EXPECT_EQ(pruned.notes, std::vector<std::string>{});
  EXPECT_GT(world.most_in_a_turn, 0U);
  EXPECT_LE(world.most_in_a_turn, kReadInATurn);
  EXPECT_TRUE(world.manifests.empty());
  EXPECT_EQ(world.results(), 0U);
}

TEST(Upkeep, ThoseWhoAskForTheSpaceShareOneLook) {
  UpkeepWorld world;
  world.add_results(3);
  for (std::size_t i = 0; i < kAskersMax; ++i) world.ask("eye " + std::to_string(i), protocol::GetUsage{});
  world.ask("one more", protocol::GetUsage{});
  EXPECT_EQ(world.answered<protocol::Refused>("one more").kind, ErrorKind::Overloaded);
  for (std::size_t i = 0; i < kAskersMax; ++i) {
    EXPECT_EQ(world.answer_to<protocol::Usage>("eye " + std::to_string(i)).manifests, 3U);
  }
  EXPECT_EQ(world.surveys, 1U);
  world.ask("later", protocol::GetUsage{});
  EXPECT_EQ(world.answer_to<protocol::Usage>("later").manifests, 3U);
  EXPECT_EQ(world.surveys, 2U) << "a look that is over is no news";
}

// Turns until the choice was made and nothing is gone yet.
void turn_until_chosen(UpkeepWorld& world) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(world.turn());  // the records' manifests are known, the registry was asked
}

TEST(Upkeep, WhatWasUsedSinceTheChoiceStays) {
  UpkeepWorld world;
  world.add_results(3);
  world.ask("root", all_of_any_age());
  turn_until_chosen(world);
  wire::ResultRecord used = UpkeepWorld::result(1);
  used.used_ms = UpkeepWorld::kNow;
  wire::ResultRecord remade = UpkeepWorld::result(2);
  remade.image = UpkeepWorld::digest(77, 2);
  // Read and decided before; each written before the loop takes anything away.
  std::optional<UpkeepWorld::Piece> decided = world.inbox.wait_for_one();
  ASSERT_TRUE(decided);
  store::Batch batch;
  store::put_use(batch, used);
  store::put_use(batch, remade);
  ASSERT_TRUE(world.store.apply(batch, store::Durability::Synced));
  std::get<Reading::Then> (*decided)();
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, 1U);
  EXPECT_EQ(pruned.results, 1U) << "what is told is what went";
  EXPECT_EQ(pruned.in_use, 2U);
  EXPECT_EQ(pruned.registry_bytes, 10U);
  EXPECT_TRUE(world.manifests.contains(UpkeepWorld::digest(1, 2)));
  EXPECT_EQ(store::get_result(world.store, remade.key)->image, remade.image);
}

TEST(Upkeep, WhatABuildThatCameSinceTheChoiceNeedsStays) {
  UpkeepWorld world;
  world.add_results(2);
  world.ask("root", all_of_any_age());
  turn_until_chosen(world);
  std::optional<UpkeepWorld::Piece> decided = world.inbox.wait_for_one();
  ASSERT_TRUE(decided);
  OpenBuild build;
  build.id = BuildId{1};
  build.submission.job_keys = {UpkeepWorld::result(0).key};
  world.book.add(std::move(build));
  std::get<Reading::Then> (*decided)();
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, 1U);
  EXPECT_TRUE(world.manifests.contains(UpkeepWorld::digest(0, 2)));
  EXPECT_TRUE(store::get_result(world.store, UpkeepWorld::result(0).key));
}

TEST(Upkeep, ARecordComesBackWhoseManifestStayed) {
  UpkeepWorld world;
  world.add_results(2);
  world.used_again = {UpkeepWorld::digest(1, 2)};
  world.ask("root", all_of_any_age());
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, 1U);
  EXPECT_EQ(pruned.results, 1U);
  EXPECT_EQ(pruned.in_use, 1U);
  EXPECT_FALSE(store::get_result(world.store, UpkeepWorld::result(0).key));
  EXPECT_EQ(*store::get_result(world.store, UpkeepWorld::result(1).key), UpkeepWorld::result(1));
}

TEST(Upkeep, WhenTheRegistryGoesAwayTheRestIsAsItWasAndTheNextPruneTakesIt) {
  UpkeepWorld world;
  world.add_results(3 * kErasedAtOnce);
  world.deletions_left = kErasedAtOnce + 5;
  world.ask("root", all_of_any_age());
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, kErasedAtOnce + 5);
  EXPECT_TRUE(noted(pruned.notes, std::to_string(kErasedAtOnce) + " of " + std::to_string(3 * kErasedAtOnce) + " items"));
  EXPECT_EQ(world.results(), world.manifests.size()) << "every manifest has its record";
  world.deletions_left = SIZE_MAX;
  world.ask("root", all_of_any_age(), 2);
  EXPECT_EQ(world.answer_to<protocol::Pruned>("root").manifests, 2 * kErasedAtOnce - 5);
  EXPECT_EQ(world.results(), 0U);
}

TEST(Upkeep, WhenItsTimeIsOverTheRestIsAsItWas) {
  UpkeepWorld world;
  world.add_results(2 * kErasedAtOnce);
  world.ask("root", all_of_any_age());
  turn_until_chosen(world);
  ASSERT_TRUE(world.turn());  // the first ones are on their way
  world.core->now = world.core->now + kTaskTimeMax + Millis{1};
  world.upkeep->tick();
  const auto pruned = world.answer_to<protocol::Pruned>("root");
  EXPECT_EQ(pruned.manifests, kErasedAtOnce);
  EXPECT_TRUE(noted(pruned.notes, "run this again"));
  EXPECT_EQ(world.results(), kErasedAtOnce);
  EXPECT_EQ(world.manifests.size(), kErasedAtOnce);
}

TEST(Upkeep, WhatWasFoundForASubmissionThatCameNoFurtherIsRecordedSoon) {
  UpkeepWorld world;
  const Digest id = UpkeepWorld::digest(1, 3);
  world.submissions->on(SliceFound{id, std::optional(protocol::SliceBlob{id, UpkeepWorld::digest(1, 4), 10}), false});
  world.submissions->tick();
  EXPECT_TRUE(store::get_slice(world.store, id));
}

TEST(Upkeep, ARecordThatCantBeReadIsLeftOut) {
  UpkeepWorld world;
  world.add_results(2);
  store::Batch batch;
  batch.put(store::Kind::Results, "broken", "broken");
  ASSERT_TRUE(world.store.apply(batch, store::Durability::Synced));
  world.ask("root", all_of_any_age());
  EXPECT_EQ(world.answer_to<protocol::Pruned>("root").manifests, 2U);
  EXPECT_EQ(world.store.damage().sums().size(), 1U);
}

// The ids with which an agent was asked, in order, each once.
std::vector<std::uint64_t> ids_asked(UpkeepWorld& world) {
  std::vector<std::uint64_t> ids;
  for (const std::string& frame : world.sent["alpha's"]) {
    const auto message = wire::decode_to_agent(frame);
    if (!message) continue;
    if (const auto* prune = std::get_if<protocol::PruneCache>(&*message)) ids.push_back(prune->id);
  }
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

TEST(Upkeep, TheIdsOfPrunesGrowWhateverTheClockDoes) {
  UpkeepWorld world;
  world.link.agent_is_at("alpha", "alpha's");
  protocol::AgentHeartbeat beat;
  beat.agent = "alpha";
  beat.session = Session{1};
  beat.sequence = 1;
  (void)world.scheduler.step(world.core->now, scheduler::AgentHeard{beat, ""});
  world.ask("root", all_of_any_age(true));
  world.core->now = Instant{5'000};  // the clock was set back, and the coordinator started again
  world.upkeep.emplace(*world.core, world.book, world.memory, *world.effects, *world.submissions);
  world.ask("root", all_of_any_age(true), 2);
  const std::vector<std::uint64_t> ids = ids_asked(world);
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_GT(ids[1], ids[0]);
}

}  // namespace
}  // namespace farm::coordinator::test
