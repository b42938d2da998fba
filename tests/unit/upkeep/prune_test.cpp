#include <gtest/gtest.h>

#include <algorithm>

#include "coordinator/upkeep/select.hpp"
#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

constexpr std::int64_t kOld = Stock::kNow - 100'000;
constexpr std::int64_t kYoung = Stock::kNow - 10;

Selection prune(const Stock& stock, PruneLimits limits) {
  limits.now_ms = Stock::kNow;
  return choose_for_prune(units_of(stock.facts), limits);
}
PruneLimits older_than(std::int64_t ms) { return {0, ms, UINT64_MAX, false}; }
PruneLimits keep(std::uint64_t bytes) { return {0, -1, bytes, false}; }

bool forgets(const Selection& selection, std::uint64_t number) {
  return std::find(selection.forget_results.begin(), selection.forget_results.end(), digest(number)) != selection.forget_results.end();
}

TEST(PruneByAge, OldResultsGoWithTheirManifestsAndYoungOnesStay) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kOld, 100);
  stock.result(JobKind::Deps, 2, kYoung, 100);
  const Selection selection = prune(stock, older_than(50'000));
  EXPECT_EQ(selection.forget_results, std::vector<Digest>{digest(1)});
  ASSERT_EQ(selection.deletions.size(), 1U);
  EXPECT_EQ(selection.deletions[0].repository, "farm/deps");
  EXPECT_EQ(selection.deletions[0].digest, digest(1));
  EXPECT_EQ(selection.freed_bytes, 100U);
  EXPECT_EQ(selection.left_bytes, 100U);
}

TEST(PruneByAge, ASliceGoesWithItsBlob) {
  Stock stock;
  stock.slice(1, kOld);
  const Selection selection = prune(stock, older_than(50'000));
  EXPECT_EQ(selection.forget_slices, std::vector<Digest>{digest(1)});
  ASSERT_EQ(selection.deletions.size(), 1U);
  EXPECT_EQ(selection.deletions[0].blob, digest(2'000'001));
}

TEST(PruneByAge, ACacheOfAnOldBuildGoes) {
  Stock stock;
  stock.manifest("farm/cache", 1, 10, {"c-1"});
  stock.facts.caches["c-1"] = {"market", kOld};
  EXPECT_EQ(prune(stock, older_than(50'000)).forget_caches, std::vector<std::string>{"c-1"});
}

TEST(PruneByAge, WhatIsInUseStaysAndIsCounted) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kOld);
  stock.facts.in_use.keys.insert(digest(1));
  const Selection selection = prune(stock, older_than(0));
  EXPECT_TRUE(selection.units.empty());
  EXPECT_EQ(selection.in_use, 1U);
}

TEST(PruneByAge, EveryServicesNewestImageStays) {
  Stock stock;
  stock.result(JobKind::Image, 1, kOld);
  stock.result(JobKind::Image, 2, kOld);
  stock.facts.newest.insert(digest(2));
  const Selection selection = prune(stock, older_than(0));
  EXPECT_TRUE(forgets(selection, 1));
  EXPECT_FALSE(forgets(selection, 2));
}

TEST(PruneByAge, TheNewestDepsLayerOfAProjectMayGo) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kOld);
  stock.facts.newest.insert(digest(1));
  EXPECT_TRUE(forgets(prune(stock, older_than(50'000)), 1));
}

TEST(PruneByAge, APublishedTagStaysUnlessAllIsSaid) {
  Stock stock;
  stock.result(JobKind::Image, 1, kOld);
  stock.facts.survey.manifests[0].tags = {"v1"};
  PruneLimits limits = older_than(0);
  EXPECT_TRUE(prune(stock, limits).units.empty());
  limits.all = true;
  EXPECT_TRUE(forgets(prune(stock, limits), 1));
}

TEST(PruneByAge, WhatNoRecordNamesGoesOnlyWithAllAndBaseImagesNever) {
  Stock stock;
  stock.manifest("farm/deps", 1, 10, {keep_tag(digest(1))});
  stock.manifest("library/debian", 2, 10, {"bookworm-slim"});
  PruneLimits limits = older_than(0);
  EXPECT_TRUE(prune(stock, limits).units.empty());
  limits.all = true;
  const Selection selection = prune(stock, limits);
  ASSERT_EQ(selection.deletions.size(), 1U);
  EXPECT_EQ(selection.deletions[0].digest, digest(1));
}

TEST(PruneByAge, AManifestStaysForTheYoungerOfTwoResults) {
  Stock stock;
  stock.result(JobKind::Image, 1, kOld);
  KnownResult twin = stock.facts.results.front();
  twin.key = digest(2);
  twin.used_ms = kYoung;
  stock.facts.results.push_back(twin);
  EXPECT_TRUE(prune(stock, older_than(50'000)).units.empty());
}

TEST(PruneToABudget, TheLeastRecentlyUsedGoesFirstAndNoMoreThanNeeded) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kYoung - 3, 100);
  stock.result(JobKind::Deps, 2, kYoung - 1, 100);
  stock.result(JobKind::Deps, 3, kYoung - 2, 100);
  const Selection selection = prune(stock, keep(150));
  EXPECT_EQ(selection.forget_results, (std::vector<Digest>{digest(1), digest(3)}));
  EXPECT_EQ(selection.left_bytes, 100U);
  EXPECT_TRUE(prune(stock, keep(300)).units.empty());
}

TEST(PruneToABudget, BlobsThatAKeptManifestNamesAreNotFreed) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kYoung - 2, 100);
  stock.facts.survey.manifests[0].blobs.push_back(blob(99, 1'000));
  stock.result(JobKind::Deps, 2, kYoung - 1, 100);
  stock.facts.survey.manifests[1].blobs.push_back(blob(99, 1'000));
  const Selection selection = prune(stock, keep(1'150));
  EXPECT_EQ(selection.forget_results, std::vector<Digest>{digest(1)});
  EXPECT_EQ(selection.freed_bytes, 100U);
}

TEST(PruneToABudget, AnUnreachableBudgetTakesAllThatMayGo) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kYoung, 100);
  stock.result(JobKind::Deps, 2, kYoung, 100);
  stock.facts.in_use.keys.insert(digest(2));
  const Selection selection = prune(stock, keep(0));
  EXPECT_EQ(selection.forget_results, std::vector<Digest>{digest(1)});
  EXPECT_EQ(selection.left_bytes, 100U);
}

TEST(Prune, AnImageStaysWhereNotAllTagsWereLookedAtForItMayBePublished) {
  Stock stock;
  stock.result(JobKind::Image, 1, 10);     // seen, but perhaps not all its tags
  stock.result(JobKind::Image, 2, 10, 0);  // not seen at all
  stock.result(JobKind::Deps, 3, 10);      // only farm tags these
  EXPECT_EQ(prune(stock, older_than(0)).deletions.size(), 3U);
  EXPECT_EQ(choose_for_clean(units_of(stock.facts), stock.facts, "market").deletions.size(), 3U);
  stock.facts.survey.cut_short = true;
  for (const Selection& selection : {prune(stock, older_than(0)), choose_for_clean(units_of(stock.facts), stock.facts, "market")}) {
    ASSERT_EQ(selection.deletions.size(), 1U);
    EXPECT_EQ(selection.deletions[0].digest, digest(3));
  }
}

}  // namespace
}  // namespace farm::upkeep
