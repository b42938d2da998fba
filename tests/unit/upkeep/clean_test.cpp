#include <gtest/gtest.h>

#include <algorithm>

#include "coordinator/upkeep/select.hpp"
#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

constexpr std::int64_t kBefore = Stock::kNow - 10;

Selection clean(const Stock& stock) { return choose_for_clean(units_of(stock.facts), stock.facts, "market"); }

bool forgets(const Selection& selection, std::uint64_t number) {
  return std::find(selection.forget_results.begin(), selection.forget_results.end(), digest(number)) != selection.forget_results.end();
}

TEST(Clean, ForgetsTheProjectsResultsSlicesAndCachesWhateverTheirAge) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore);
  stock.result(JobKind::Image, 2, kBefore);
  stock.facts.newest = {digest(1), digest(2)};
  stock.slice(3, kBefore);
  stock.manifest("farm/cache", 4, 10, {"c-4"});
  stock.facts.caches["c-4"] = {"market", kBefore};
  const Selection selection = clean(stock);
  EXPECT_TRUE(forgets(selection, 1));
  EXPECT_TRUE(forgets(selection, 2));
  EXPECT_EQ(selection.forget_slices, std::vector<Digest>{digest(3)});
  EXPECT_EQ(selection.forget_caches, std::vector<std::string>{"c-4"});
  EXPECT_EQ(selection.deletions.size(), 4U);
}

TEST(Clean, AnotherProjectsThingsStay) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore, 100, "shop");
  stock.slice(2, kBefore, 10, {"shop"});
  stock.slice(3, kBefore, 10, {});
  const Selection selection = clean(stock);
  EXPECT_TRUE(selection.units.empty());
  EXPECT_TRUE(selection.forget_results.empty());
}

TEST(Clean, WhatAnotherProjectUsesTooStays) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore).users = {"market", "shop"};
  stock.result(JobKind::Deps, 2, kBefore, 100, "shop").users = {"market", "shop"};
  stock.slice(3, kBefore, 10, {"market", "shop"});
  const Selection selection = clean(stock);
  EXPECT_TRUE(selection.forget_results.empty());
  EXPECT_TRUE(selection.forget_slices.empty());
  EXPECT_TRUE(selection.deletions.empty());
  EXPECT_EQ(selection.shared, 2U);
}

TEST(Clean, AManifestStaysForAnotherProjectsResultOfTheSameImage) {
  Stock stock;
  stock.result(JobKind::Image, 1, kBefore);
  KnownResult twin = stock.facts.results.front();
  twin.key = digest(2);
  twin.project = "shop";
  twin.users = {"shop"};
  stock.facts.results.push_back(twin);
  const Selection selection = clean(stock);
  EXPECT_EQ(selection.forget_results, std::vector<Digest>{digest(1)});
  EXPECT_TRUE(selection.deletions.empty());
}

TEST(Clean, APublishedImageStaysInTheRegistryButItsRecordGoes) {
  Stock stock;
  stock.result(JobKind::Image, 1, kBefore);
  stock.facts.survey.manifests[0].tags = {"latest"};
  const Selection selection = clean(stock);
  EXPECT_EQ(selection.forget_results, std::vector<Digest>{digest(1)});
  EXPECT_TRUE(selection.deletions.empty());
}

TEST(Clean, WhatIsInUseStays) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore);
  stock.facts.in_use.keys.insert(digest(1));
  const Selection selection = clean(stock);
  EXPECT_TRUE(selection.forget_results.empty());
  EXPECT_EQ(selection.in_use, 1U);
}

}  // namespace
}  // namespace farm::upkeep
