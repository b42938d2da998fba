#include "coordinator/upkeep/inventory.hpp"

#include <gtest/gtest.h>

#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

TEST(UpkeepInventory, TwoResultsOfOneManifestAreOneUnitThatWasUsedWhenTheNewerWas) {
  Stock stock;
  stock.result(JobKind::Image, 1, 500);
  KnownResult twin = stock.facts.results.front();
  twin.key = digest(2);
  twin.used_ms = 700;
  stock.facts.results.push_back(twin);
  const std::vector<Unit> units = units_of(stock.facts);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].keys.size(), 2U);
  EXPECT_EQ(units[0].used_ms, 700);
}

TEST(UpkeepInventory, ARecordWhoseManifestIsGoneIsAUnitWithoutBytes) {
  Stock stock;
  stock.result(JobKind::Deps, 1, 500, 0);
  stock.slice(2, 500);
  stock.facts.survey.manifests.clear();
  const std::vector<Unit> units = units_of(stock.facts);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(bytes_of(units), 0U);
  EXPECT_EQ(units[0].digest, digest(1));
  EXPECT_TRUE(units[1].digest.empty());
}

TEST(UpkeepInventory, WhatNoRecordNamesIsToldByItsPlace) {
  Stock stock;
  stock.manifest("farm/deps", 1, 5, {keep_tag(digest(1))});
  stock.manifest("farm/slices", 2, 5, {"s-" + digest(2).hex()});
  stock.manifest("farm/cache", 3, 5, {"c-abc"});
  stock.manifest("library/debian", 4, 5, {"bookworm-slim"});
  const std::vector<Unit> units = units_of(stock.facts);
  EXPECT_EQ(units[0].kind, UnitKind::Deps);
  EXPECT_EQ(units[1].kind, UnitKind::Slices);
  EXPECT_EQ(units[2].kind, UnitKind::Cache);
  EXPECT_EQ(units[3].kind, UnitKind::Other);
  EXPECT_FALSE(units[0].known());
  EXPECT_TRUE(units[3].published);
}

TEST(UpkeepInventory, ABlobThatTwoManifestsNameCountsOnce) {
  Stock stock;
  stock.manifest("a", 1, 100).blobs.push_back(blob(9, 50));
  stock.manifest("b", 2, 100).blobs.push_back(blob(9, 50));
  EXPECT_EQ(bytes_of(units_of(stock.facts)), 250U);
}

TEST(UpkeepInventory, WhatWasUsedSinceTheRegistryWasAskedIsInUse) {
  Stock stock;
  stock.result(JobKind::Deps, 1, Stock::kNow);
  stock.result(JobKind::Deps, 2, Stock::kNow - 1);
  const std::vector<Unit> units = units_of(stock.facts);
  EXPECT_TRUE(units[0].in_use);
  EXPECT_FALSE(units[1].in_use);
}

TEST(UpkeepInventory, EachSortOfUseMarksItsUnit) {
  Stock stock;
  stock.result(JobKind::Deps, 1, 5);
  stock.slice(2, 5);
  stock.manifest("farm/slices", 3, 5, {"s-" + digest(3).hex()});  // pushed, and not recorded yet
  stock.manifest("farm/deps", 4, 5, {keep_tag(digest(4))});       // kept, and not recorded yet
  stock.manifest("farm/cache", 5, 5, {"c-5"});
  stock.result(JobKind::Image, 6, 5);
  for (const Unit& unit : units_of(stock.facts)) EXPECT_FALSE(unit.in_use) << unit.name;
  stock.facts.in_use.keys.insert(digest(1));
  stock.facts.in_use.slices = {digest(2), digest(3)};
  stock.facts.in_use.keep_tags.insert(keep_tag(digest(4)));
  stock.facts.in_use.caches.insert("c-5");
  stock.facts.in_use.images.insert(digest(6));
  for (const Unit& unit : units_of(stock.facts)) EXPECT_TRUE(unit.in_use) << unit.name;
}

TEST(UpkeepInventory, OnlyFarmsOwnTagsDontPublish) {
  EXPECT_TRUE(is_own_tag(keep_tag(digest(1))));
  EXPECT_TRUE(is_own_tag("s-" + digest(1).hex()));
  EXPECT_FALSE(is_own_tag("latest"));
  EXPECT_FALSE(is_own_tag("k-v1"));
  EXPECT_FALSE(is_own_tag("s-" + std::string(64, 'x')));
}

}  // namespace
}  // namespace farm::upkeep
