#include "coordinator/http/history.hpp"

#include <gtest/gtest.h>

#include "tests/unit/coordinator_http/world.hpp"

namespace farm::coordinator::test {
namespace {

std::vector<std::uint64_t> ids(const Result<api::BuildPage>& page) {
  std::vector<std::uint64_t> found;
  EXPECT_TRUE(page);
  for (const api::BuildBrief& brief : page->builds) found.push_back(brief.id.value);
  return found;
}
using Ids = std::vector<std::uint64_t>;

TEST(History, PagesGoFromTheNewestBackUntilThereIsNoMore) {
  World world;
  for (std::uint64_t id = 1; id <= 5; ++id) world.save(World::build(id, BuildState::Succeeded, JobState::Succeeded));
  History history(*world.store, world.board);
  BuildFilter filter;
  filter.limit = 2;
  EXPECT_EQ(ids(history.page(filter)), (Ids{5, 4}));
  filter.before = history.page(filter)->next_before;
  EXPECT_EQ(ids(history.page(filter)), (Ids{3, 2}));
  filter.before = history.page(filter)->next_before;
  EXPECT_EQ(ids(history.page(filter)), (Ids{1}));
  EXPECT_EQ(history.page(filter)->next_before, 0U);
}

// Another store, of which a page of statuses can't be read as long as `broken`.
class BrokenStore final : public store::Store {
 public:
  explicit BrokenStore(store::Store& good) : good_(good) {}
  Result<void> apply(const store::Batch& batch, store::Durability durability) override { return good_.apply(batch, durability); }
  [[nodiscard]] Result<std::string> get(store::Kind kind, std::string_view key) const override { return good_.get(kind, key); }
  [[nodiscard]] Result<std::vector<store::Item>> scan(store::Kind kind, const store::Range& range) const override {
    if (broken && !range.below.empty()) return Error{ErrorKind::Unavailable, "the disk fails"};
    return good_.scan(kind, range);
  }
  bool broken = true;

 private:
  store::Store& good_;
};

TEST(History, AFirstLookThatFailedMissesNothingLater) {
  World world;
  Ids all;
  for (std::uint64_t id = 1; id <= 60; ++id) world.save(World::build(id, BuildState::Succeeded, JobState::Succeeded));
  for (std::uint64_t id = 60; id >= 1; --id) all.push_back(id);
  BrokenStore store(*world.store);
  History history(store, world.board);
  BuildFilter filter;
  filter.limit = 100;
  EXPECT_FALSE(history.page(filter)) << "the second page";
  store.broken = false;
  EXPECT_EQ(ids(history.page(filter)), all);
}

TEST(History, ARecordThatCantBeReadIsLeftOutAndCounted) {
  World world;
  for (std::uint64_t id = 1; id <= 3; ++id) world.save(World::build(id, BuildState::Succeeded, JobState::Succeeded));
  store::Batch batch;
  batch.put(store::Kind::Statuses, store::number_key(2), "broken");
  ASSERT_TRUE(world.store->apply(batch));
  History history(*world.store, world.board);
  EXPECT_EQ(ids(history.page({})), (Ids{3, 1}));
  EXPECT_EQ(history.totals()->builds, 2U);
  EXPECT_FALSE(history.build(BuildId{2}));
  const std::vector<store::Damage::Sum> sums = world.store->damage().sums();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].kind, store::Kind::Statuses);
  EXPECT_EQ(sums[0].records, 1U);
  EXPECT_TRUE(sums[0].example.starts_with("statuses 2: ")) << sums[0].example;
}

TEST(History, FiltersByProjectAndState) {
  World world;
  world.save(World::build(1, BuildState::Succeeded, JobState::Succeeded, "shop"));
  world.save(World::build(2, BuildState::Failed, JobState::Failed));
  world.show(World::build(3, BuildState::Running, JobState::Assigned));
  History history(*world.store, world.board);
  BuildFilter filter;
  filter.project = "market";
  EXPECT_EQ(ids(history.page(filter)), (Ids{3, 2}));
  filter.states = std::set<BuildState>{BuildState::Failed};
  EXPECT_EQ(ids(history.page(filter)), (Ids{2}));
}

TEST(History, AnOpenBuildIsAsTheBoardShowsItAndEndsWithItsLastRecord) {
  World world;
  world.save(World::build(1, BuildState::WaitingForSlices, JobState::Waiting));  // the record of its opening
  world.board.build_is(World::build(1, BuildState::Running, JobState::Assigned));
  History history(*world.store, world.board);
  EXPECT_EQ(history.page({})->builds.at(0).state, BuildState::Running);
  world.show(World::build(1, BuildState::Failed, JobState::Failed));
  world.show(World::build(2, BuildState::Succeeded, JobState::Hit));  // opened and ended between two looks
  EXPECT_EQ(ids(history.page({})), (Ids{2, 1}));
  EXPECT_EQ(history.page({})->builds.at(1).state, BuildState::Failed);
  const BuildTotals totals = *history.totals();
  EXPECT_EQ(totals.by_state[static_cast<std::size_t>(BuildState::Failed)], 1U);
  EXPECT_EQ(totals.hits[static_cast<std::size_t>(JobKind::Image)].hits, 1U);
  EXPECT_EQ(totals.hits[static_cast<std::size_t>(JobKind::Image)].misses, 1U);
  EXPECT_EQ(totals.projects.at("market").builds, 2U);
  EXPECT_EQ(totals.projects.at("market").open_builds, 0U);
  EXPECT_EQ(totals.projects.at("market").latest->id, BuildId{2});
}

TEST(History, WhatRetentionRemovedIsGoneHereToo) {
  World world;
  for (std::uint64_t id = 1; id <= 3; ++id) world.show(World::build(id, BuildState::Succeeded, JobState::Succeeded));
  History history(*world.store, world.board);
  EXPECT_EQ(ids(history.page({})), (Ids{3, 2, 1}));
  store::Batch batch;
  batch.erase(store::Kind::Statuses, store::number_key(1));
  ASSERT_TRUE(world.store->apply(batch));
  world.board.logs_grew();  // any news
  EXPECT_EQ(ids(history.page({})), (Ids{3, 2}));
}

TEST(History, ManyBuildsAreAllRead) {
  World world;
  for (std::uint64_t id = 1; id <= 173; ++id) world.save(World::build(id, BuildState::Succeeded, JobState::Succeeded));
  History history(*world.store, world.board);
  EXPECT_EQ(history.totals()->builds, 173U);
  for (std::uint64_t id = 174; id <= 300; ++id) world.show(World::build(id, BuildState::Failed, JobState::Failed));
  EXPECT_EQ(history.totals()->builds, 300U);
}

TEST(History, LatestIsTheNewestOfAll) {
  World world;
  History history(*world.store, world.board);
  EXPECT_EQ(history.newest().error().kind, ErrorKind::NotFound);
  world.show(World::build(4, BuildState::Succeeded, JobState::Succeeded));
  world.show(World::build(5, BuildState::Running, JobState::Assigned));
  EXPECT_EQ((*history.newest())->id, BuildId{5});
}

}  // namespace
}  // namespace farm::coordinator::test
