// Random registries: whatever the limits, nothing in use is chosen, no record is left that points to what was deleted, and the bytes are
// those that an independent count finds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "coordinator/upkeep/select.hpp"
#include "shared/base/random.hpp"
#include "tests/unit/upkeep/stock.hpp"

namespace farm::upkeep {
namespace {

const std::vector<std::string> kProjects = {"market", "shop", "depot"};

std::vector<std::string> some_projects(Rng& rng) {
  std::vector<std::string> users;
  for (const std::string& project : kProjects) {
    if (rng.chance(400)) users.push_back(project);
  }
  return users;
}

void add_result(Stock& stock, Rng& rng, std::uint64_t number) {
  const auto kind = static_cast<JobKind>(rng.below(4));
  const std::int64_t used = static_cast<std::int64_t>(rng.below(Stock::kNow + 10));
  KnownResult& result = stock.result(kind, number, used, rng.chance(100) ? 0 : 1 + rng.below(1'000), kProjects[rng.below(3)]);
  result.users = some_projects(rng);
  if (rng.chance(300)) stock.facts.newest.insert(result.key);
  if (rng.chance(200)) stock.facts.in_use.keys.insert(result.key);
  if (rng.chance(100)) stock.facts.in_use.images.insert(result.image);
  if (rng.chance(200)) {  // another key of the same image
    KnownResult twin = result;
    twin.key = digest(5'000 + number);
    twin.project = kProjects[rng.below(3)];
    if (rng.chance(300)) stock.facts.in_use.keys.insert(twin.key);
    stock.facts.results.push_back(twin);
  }
}

Stock random_stock(Rng& rng) {
  Stock stock;
  for (std::uint64_t number = 1; number <= 30; ++number) {
    if (rng.chance(600)) {
      add_result(stock, rng, number);
    } else if (rng.chance(600)) {
      stock.slice(number, static_cast<std::int64_t>(rng.below(Stock::kNow)), rng.below(100), some_projects(rng));
      if (rng.chance(250)) stock.facts.in_use.slices.insert(digest(number));
    } else {
      stock.manifest(rng.chance(500) ? "farm/cache" : "library/debian", number, rng.below(500), {"c-" + std::to_string(number)});
      if (rng.chance(600)) stock.facts.caches["c-" + std::to_string(number)] = {kProjects[rng.below(3)], 5};
      if (rng.chance(300)) stock.facts.in_use.caches.insert("c-" + std::to_string(number));
    }
  }
  for (StoredManifest& manifest : stock.facts.survey.manifests) {
    if (rng.chance(200)) manifest.tags.push_back("v" + std::to_string(rng.below(3)));
    while (rng.chance(500)) manifest.blobs.push_back(blob(900 + rng.below(6), 77));
  }
  return stock;
}

// What the choice may never touch, from the facts alone.
void expect_nothing_in_use(const Facts& facts, const Selection& selection) {
  for (const Digest& key : selection.forget_results) EXPECT_FALSE(facts.in_use.keys.contains(key));
  for (const Digest& id : selection.forget_slices) EXPECT_FALSE(facts.in_use.slices.contains(id));
  for (const std::string& tag : selection.forget_caches) EXPECT_FALSE(facts.in_use.caches.contains(tag));
  for (const Deletion& deletion : selection.deletions) {
    EXPECT_FALSE(facts.in_use.images.contains(deletion.digest));
    EXPECT_NE(deletion.repository, "library/debian");
    for (const KnownResult& result : facts.results) {
      const bool named = result.image == deletion.digest && result.repository == deletion.repository;
      EXPECT_FALSE(named && facts.in_use.keys.contains(result.key));
    }
  }
}

void expect_no_dangling_record(const Facts& facts, const Selection& selection) {
  const std::set<Digest> forgotten(selection.forget_results.begin(), selection.forget_results.end());
  const std::set<Digest> slices(selection.forget_slices.begin(), selection.forget_slices.end());
  for (const Deletion& deletion : selection.deletions) {
    for (const KnownResult& result : facts.results) {
      const bool named = result.image == deletion.digest && result.repository == deletion.repository;
      EXPECT_TRUE(!named || forgotten.contains(result.key));
    }
    for (const KnownSlice& slice : facts.slices) {
      EXPECT_TRUE(slice.blob != deletion.blob || slices.contains(slice.id));
    }
  }
}

void expect_right_bytes(const Facts& facts, const Selection& selection) {
  std::set<std::pair<std::string, Digest>> gone;
  for (const Deletion& deletion : selection.deletions) gone.insert({deletion.repository, deletion.digest});
  std::map<Digest, std::uint64_t> before;
  std::map<Digest, std::uint64_t> after;
  for (const StoredManifest& manifest : facts.survey.manifests) {
    for (const Blob& each : manifest.blobs) {
      before[each.digest] = each.bytes;
      if (!gone.contains({manifest.repository, manifest.digest})) after[each.digest] = each.bytes;
    }
  }
  const auto sum = [](const auto& blobs) {
    std::uint64_t bytes = 0;
    for (const auto& [digest, size] : blobs) bytes += size;
    return bytes;
  };
  EXPECT_EQ(selection.left_bytes, sum(after));
  EXPECT_EQ(selection.freed_bytes, sum(before) - sum(after));
}

TEST(UpkeepRandom, WhateverTheLimitsNothingInUseGoesAndNoRecordPointsToNothing) {
  const char* given = std::getenv("FARM_SIM_SEED");
  const std::uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  std::size_t chosen = 0;
  for (std::uint64_t seed = first; seed < first + (given == nullptr ? 2'000 : 1); ++seed) {
    SCOPED_TRACE("FARM_SIM_SEED=" + std::to_string(seed));
    Rng rng(seed);
    const Stock stock = random_stock(rng);
    const std::vector<Unit> units = units_of(stock.facts);
    const PruneLimits limits{Stock::kNow, rng.chance(500) ? static_cast<std::int64_t>(rng.below(Stock::kNow)) : -1,
                             rng.chance(500) ? rng.below(10'000) : UINT64_MAX, rng.chance(300)};
    const Selection pruned = choose_for_prune(units, limits);
    const Selection cleaned = choose_for_clean(units, stock.facts, "market");
    for (const Selection& selection : {pruned, cleaned}) {
      expect_nothing_in_use(stock.facts, selection);
      expect_no_dangling_record(stock.facts, selection);
      expect_right_bytes(stock.facts, selection);
      chosen += selection.units.size();
    }
    for (const std::size_t index : pruned.units) EXPECT_FALSE(units[index].newest_image);
    // Within the budget, or nothing is left that may go.
    const Selection again = choose_for_prune(units, {Stock::kNow, 0, UINT64_MAX, limits.all});
    EXPECT_TRUE(pruned.left_bytes <= limits.keep_bytes || pruned.units.size() == again.units.size());
    for (const KnownResult& result : stock.facts.results) {
      if (result.project == "market" && std::all_of(result.users.begin(), result.users.end(), [](const auto& u) { return u == "market"; }))
        continue;
      EXPECT_EQ(std::count(cleaned.forget_results.begin(), cleaned.forget_results.end(), result.key), 0) << "of another project";
    }
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(chosen, 0U);
}

}  // namespace
}  // namespace farm::upkeep
