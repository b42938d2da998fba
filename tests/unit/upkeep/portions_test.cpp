#include "coordinator/upkeep/portions.hpp"

#include <gtest/gtest.h>

#include "coordinator/upkeep/usage.hpp"
#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

constexpr std::int64_t kBefore = Stock::kNow - 10;

struct Cut {
  explicit Cut(const Stock& stock) : units(units_of(stock.facts)) {
    selection = choose_for_prune(units, {Stock::kNow, 0, UINT64_MAX, false});
    portions = portions_of(units, stock.facts, selection, true);
  }
  std::vector<Unit> units;
  Selection selection;
  std::vector<Portion> portions;
};

TEST(Portions, EachIsWholeARecordAndItsManifestAndBlobAreOfTheSameOne) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore);
  KnownResult twin = stock.facts.results.front();
  twin.key = digest(2);
  stock.facts.results.push_back(twin);
  stock.slice(3, kBefore);
  const Cut cut(stock);
  ASSERT_EQ(cut.portions.size(), 2U);
  for (const Portion& portion : cut.portions) {
    ASSERT_TRUE(portion.deletion);
    if (portion.slices.empty()) {
      ASSERT_EQ(portion.results.size(), 2U) << "both keys of the image";
      EXPECT_EQ(portion.results[0].image, portion.deletion->digest);
      EXPECT_EQ(portion.results[0].used_ms, kBefore);
    } else {
      EXPECT_EQ(portion.slices[0].blob, portion.deletion->blob);
    }
  }
}

TEST(Portions, WhatIsInUseByNowIsSeenByKeySliceCacheImageAndTag) {
  Stock stock;
  stock.result(JobKind::Deps, 1, kBefore);
  stock.slice(2, kBefore);
  stock.manifest("farm/cache", 3, 10, {"c-3"});
  stock.facts.caches["c-3"] = {"market", kBefore};
  const Cut cut(stock);
  ASSERT_EQ(cut.portions.size(), 3U);
  const auto used = [&](auto change) {
    InUse in_use;
    change(in_use);
    std::size_t count = 0;
    for (const Portion& portion : cut.portions) count += is_in_use(portion, in_use) ? 1U : 0U;
    return count;
  };
  EXPECT_EQ(used([](InUse&) {}), 0U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.keys.insert(digest(1)); }), 1U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.images.insert(digest(1)); }), 1U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.keep_tags.insert(keep_tag(digest(1))); }), 1U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.slices.insert(digest(2)); }), 1U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.caches.insert("c-3"); }), 1U);
  EXPECT_EQ(used([](InUse& in_use) { in_use.keys.insert(digest(9)); }), 0U);
}

TEST(Portions, ASliceWithoutARecordIsInUseByItsTag) {
  Stock stock;
  stock.manifest("farm/slices", 4, 10, {"s-" + digest(4).hex()});
  const std::vector<Unit> units = units_of(stock.facts);
  const Selection selection = choose_for_prune(units, {Stock::kNow, 0, UINT64_MAX, true});
  const std::vector<Portion> portions = portions_of(units, stock.facts, selection, true);
  ASSERT_EQ(portions.size(), 1U);
  InUse in_use;
  EXPECT_FALSE(is_in_use(portions[0], in_use));
  in_use.slices.insert(digest(4));
  EXPECT_TRUE(is_in_use(portions[0], in_use));
}

TEST(Portions, WhatIsToldWithoutSomeIsWhatAChoiceOfTheOthersTells) {
  Stock stock;
  for (std::uint64_t number = 1; number <= 6; ++number) stock.result(JobKind::Deps, number, kBefore, 100 * number);
  stock.facts.survey.manifests[0].blobs.push_back(blob(77, 50));  // shared by two
  stock.facts.survey.manifests[1].blobs.push_back(blob(77, 50));
  const Cut cut(stock);
  ASSERT_EQ(cut.portions.size(), 6U);
  const Selection all = without(cut.units, cut.selection, cut.portions, {});
  EXPECT_EQ(all.freed_bytes, cut.selection.freed_bytes);
  EXPECT_EQ(all.forget_results, cut.selection.forget_results);
  const Selection some = without(cut.units, cut.selection, cut.portions, {0, 5});
  EXPECT_EQ(some.units.size(), 4U);
  EXPECT_EQ(some.freed_bytes, 200U + 300 + 400 + 500) << "the blob that one of the rest still names stays";
  EXPECT_EQ(some.freed_bytes + some.left_bytes, cut.selection.freed_bytes + cut.selection.left_bytes);
}

TEST(Portions, ARecordWhoseManifestStaysIsOneOfItsOwn) {
  Stock stock;
  stock.result(JobKind::Image, 1, kBefore);
  stock.facts.survey.manifests[0].tags = {"latest"};
  const std::vector<Unit> units = units_of(stock.facts);
  const Selection selection = choose_for_clean(units, stock.facts, "market");
  const std::vector<Portion> portions = portions_of(units, stock.facts, selection, false);
  ASSERT_EQ(portions.size(), 1U);
  EXPECT_FALSE(portions[0].deletion);
  EXPECT_EQ(portions[0].results.at(0).key, digest(1));
  EXPECT_TRUE(without(units, selection, portions, {0}).forget_results.empty());
  EXPECT_EQ(without(units, selection, portions, {}).forget_results.size(), 1U);
}

}  // namespace
}  // namespace farm::upkeep
