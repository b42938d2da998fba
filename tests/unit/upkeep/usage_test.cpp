#include "coordinator/upkeep/usage.hpp"

#include <gtest/gtest.h>

#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

TEST(Usage, TellsByKindAndProjectWithAgesAndWhatPruneWouldFree) {
  Stock stock;
  const std::int64_t now = Stock::kNow + 10 * kDefaultAgeMs;
  stock.facts.survey.begun_ms = now;
  stock.result(JobKind::Deps, 1, now - 2 * kDefaultAgeMs, 100);
  stock.result(JobKind::Deps, 2, now - 5, 40);
  stock.result(JobKind::Deps, 3, now - 5, 7, "shop");
  stock.facts.in_use.keys.insert(digest(3));
  stock.manifest("library/debian", 4, 1'000, {"bookworm-slim"});
  const protocol::Usage usage = usage_of(units_of(stock.facts), now);
  ASSERT_EQ(usage.groups.size(), 3U);
  EXPECT_EQ(usage.groups[0], (protocol::UsageGroup{"deps", "market", 2, 140, now - 2 * kDefaultAgeMs, now - 5}));
  EXPECT_EQ(usage.groups[1].project, "shop");
  EXPECT_EQ(usage.groups[2].kind, "other");
  EXPECT_EQ(usage.registry_bytes, 1'147U);
  EXPECT_EQ(usage.prunable_bytes, 100U);
  EXPECT_EQ(usage.in_use_bytes, 7U);
  EXPECT_EQ(usage.manifests, 4U);
}

TEST(Usage, WhatIsToldOfASelectionIsBounded) {
  Stock stock;
  for (std::uint64_t i = 0; i < kItemsToldMax + 10; ++i) stock.result(JobKind::Deps, i, 5, 1);
  const std::vector<Unit> units = units_of(stock.facts);
  const protocol::Pruned pruned = told(units, choose_for_prune(units, {Stock::kNow, 0, UINT64_MAX, false}), true);
  EXPECT_EQ(pruned.items.size(), kItemsToldMax);
  EXPECT_EQ(pruned.results, kItemsToldMax + 10);
  EXPECT_EQ(pruned.groups[0].items, kItemsToldMax + 10);
}

}  // namespace
}  // namespace farm::upkeep
