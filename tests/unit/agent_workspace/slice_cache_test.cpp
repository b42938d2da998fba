#include "agent/workspace/slice_cache.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include "shared/hash/sha256.hpp"
#include "tests/unit/agent_workspace/files.hpp"

namespace farm::workspace {
namespace {

struct Cache {
  explicit Cache(std::uint64_t bytes_max) { open(bytes_max); }
  void open(std::uint64_t bytes_max) {
    Result<std::unique_ptr<SliceCache>> opened = SliceCache::open(dir.path() + "/slices", bytes_max);
    EXPECT_TRUE(opened);
    cache = std::move(*opened);
  }
  Result<SliceCache::Pin> acquire(const std::string& content) {
    return cache->acquire(
        sha256(content),
        [&](const std::string& file) {
          ++fetches;
          write_text(file, content);
          return Result<void>{};
        },
        fetched_bytes);
  }
  [[nodiscard]] bool on_disk(const std::string& content) const {
    return std::filesystem::exists(dir.path() + "/slices/" + sha256(content).hex());
  }

  test::TempDir dir;
  std::unique_ptr<SliceCache> cache;
  std::atomic<int> fetches = 0;
  std::uint64_t fetched_bytes = 0;
};

TEST(SliceCache, ABlobIsFetchedOnceAndThenAHit) {
  Cache cache(1'000);
  for (int round = 0; round < 2; ++round) {
    const Result<SliceCache::Pin> pin = cache.acquire("hello");
    ASSERT_TRUE(pin);
    EXPECT_EQ(read_file(pin->path()), "hello");
  }
  EXPECT_EQ(cache.fetches, 1);
  EXPECT_EQ(cache.fetched_bytes, 5U);
  EXPECT_EQ(cache.cache->stats().hits, 1U);
  EXPECT_EQ(cache.cache->stats().misses, 1U);
  EXPECT_EQ(cache.cache->stats().bytes, 5U);
}

TEST(SliceCache, BeyondTheLimitTheLeastRecentlyUsedGoesAndAPinnedOneStays) {
  Cache cache(30);
  std::optional<Result<SliceCache::Pin>> pinned(cache.acquire("aaaaaaaaaa"));
  ASSERT_TRUE(cache.acquire("bbbbbbbbbb"));
  ASSERT_TRUE(cache.acquire("cccccccccc"));
  ASSERT_TRUE(cache.acquire("bbbbbbbbbb"));
  ASSERT_TRUE(cache.acquire("dddddddddd"));
  EXPECT_TRUE(cache.on_disk("aaaaaaaaaa"));
  EXPECT_TRUE(cache.on_disk("bbbbbbbbbb"));
  EXPECT_FALSE(cache.on_disk("cccccccccc"));
  EXPECT_EQ(cache.cache->stats().evicted, 1U);
  pinned.reset();
  ASSERT_TRUE(cache.acquire("eeeeeeeeee"));
  EXPECT_FALSE(cache.on_disk("aaaaaaaaaa"));
}

TEST(SliceCache, ABlobLargerThanTheCacheIsUsableAndGoesAfterwards) {
  Cache cache(3);
  {
    const Result<SliceCache::Pin> pin = cache.acquire("hello");
    ASSERT_TRUE(pin);
    EXPECT_TRUE(cache.on_disk("hello"));
  }
  EXPECT_FALSE(cache.on_disk("hello"));
  EXPECT_EQ(cache.cache->stats().bytes, 0U);
}

TEST(SliceCache, ARestartKeepsEntriesInTheirOrderOfUseAndThrowsRestsAway) {
  Cache cache(100);
  ASSERT_TRUE(cache.acquire("first"));
  ASSERT_TRUE(cache.acquire("second"));
  // The clock of a file system may be coarse: say plainly which was used last.
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(cache.dir.path() + "/slices/" + sha256("first").hex(), now);
  std::filesystem::last_write_time(cache.dir.path() + "/slices/" + sha256("second").hex(), now - std::chrono::hours(1));
  write_text(cache.dir.path() + "/slices/half-a-transfer", "x");
  cache.open(6);
  EXPECT_TRUE(cache.on_disk("first"));
  EXPECT_FALSE(cache.on_disk("second"));
  EXPECT_FALSE(std::filesystem::exists(cache.dir.path() + "/slices/half-a-transfer"));
  ASSERT_TRUE(cache.acquire("first"));
  EXPECT_EQ(cache.fetches, 2);
}

TEST(SliceCache, AFailedFetchLeavesNothingAndTheNextTriesAgain) {
  Cache cache(100);
  std::uint64_t bytes = 0;
  const Result<SliceCache::Pin> failed =
      cache.cache->acquire(sha256("x"), [](const std::string&) { return Result<void>(Error{ErrorKind::Unavailable, "away"}); }, bytes);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(cache.cache->stats().entries, 0U);
  EXPECT_TRUE(cache.acquire("x"));
}

TEST(SliceCache, ManyWantTheSameBlobAndOneFetchesIt) {
  Cache cache(100);
  std::latch start(8);
  {
    std::vector<std::jthread> threads;
    for (int index = 0; index < 8; ++index) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        std::uint64_t bytes = 0;
        const Result<SliceCache::Pin> pin = cache.cache->acquire(
            sha256("one"),
            [&](const std::string& file) {
              ++cache.fetches;
              std::this_thread::yield();
              write_text(file, "one");
              return Result<void>{};
            },
            bytes);
        ASSERT_TRUE(pin);
        EXPECT_EQ(read_file(pin->path()), "one");
      });
    }
  }
  EXPECT_EQ(cache.fetches, 1);
  EXPECT_EQ(cache.cache->stats().hits, 7U);
}

TEST(SliceCachePrune, WhatWasNotUsedForLongGoesAndADryRunOnlyTells) {
  Cache cache(1'000);
  ASSERT_TRUE(cache.acquire("old"));
  ASSERT_TRUE(cache.acquire("young"));
  const std::string old_file = cache.dir.path() + "/slices/" + sha256("old").hex();
  std::filesystem::last_write_time(old_file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  SliceCache::PruneLimits limits;
  limits.older_than_ms = 3'600'000;
  limits.dry_run = true;
  EXPECT_EQ(cache.cache->prune(limits), 3U);
  EXPECT_TRUE(cache.on_disk("old"));
  limits.dry_run = false;
  EXPECT_EQ(cache.cache->prune(limits), 3U);
  EXPECT_FALSE(cache.on_disk("old"));
  EXPECT_TRUE(cache.on_disk("young"));
  EXPECT_EQ(cache.cache->stats().bytes, 5U);
  ASSERT_TRUE(cache.acquire("old"));
  EXPECT_EQ(cache.fetches, 3);
}

TEST(SliceCachePrune, DownToABudgetTheLeastRecentlyUsedFirstAndAPinnedOneStays) {
  Cache cache(1'000);
  std::optional<Result<SliceCache::Pin>> pinned(cache.acquire("pinned"));
  ASSERT_TRUE(cache.acquire("first"));
  ASSERT_TRUE(cache.acquire("second"));
  SliceCache::PruneLimits limits;
  limits.keep_bytes = 12;
  EXPECT_EQ(cache.cache->prune(limits), 5U);
  EXPECT_FALSE(cache.on_disk("first"));
  limits.keep_bytes = 0;
  limits.older_than_ms = 0;
  EXPECT_EQ(cache.cache->prune(limits), 6U);
  EXPECT_TRUE(cache.on_disk("pinned"));
}

TEST(SliceCachePrune, NobodyWaitsWhileFilesAreRemovedButWhoWantsTheVeryOneThatGoes) {
  Cache cache(1'000);
  ASSERT_TRUE(cache.acquire("goes"));
  SliceCache::PruneLimits limits;
  limits.drop = {sha256("goes")};
  std::jthread wants_it;
  std::atomic<bool> has_it = false;
  const auto remove = [&](const std::string& file) {
    EXPECT_TRUE(cache.acquire("another")) << "from within: with the lock held this would never end";
    std::latch begun(1);
    wants_it = std::jthread([&] {
      begun.count_down();
      const Result<SliceCache::Pin> pin = cache.acquire("goes");
      EXPECT_TRUE(pin);
      EXPECT_EQ(read_file(pin->path()), "goes");
      has_it = true;
    });
    begun.wait();
    EXPECT_FALSE(has_it);
    SliceCache::remove_file(file);
  };
  EXPECT_EQ(cache.cache->prune(limits, remove), 4U);
  wants_it.join();
  EXPECT_TRUE(cache.on_disk("goes"));
  EXPECT_EQ(cache.fetches, 3) << "it was fetched anew";
  EXPECT_EQ(cache.cache->stats().bytes, 4U + 7U);
}

TEST(SliceCachePrune, WhatIsUsedAgainMeanwhileStays) {
  Cache cache(1'000);
  ASSERT_TRUE(cache.acquire("first"));
  ASSERT_TRUE(cache.acquire("second"));
  SliceCache::PruneLimits limits;
  limits.drop = {sha256("first"), sha256("second")};
  const auto remove = [&](const std::string& file) {
    EXPECT_TRUE(cache.acquire("second"));
    SliceCache::remove_file(file);
  };
  EXPECT_EQ(cache.cache->prune(limits, remove), 5U);
  EXPECT_FALSE(cache.on_disk("first"));
  EXPECT_TRUE(cache.on_disk("second"));
}

TEST(SliceCachePrune, ADryRunTellsWhatARunFrees) {
  Cache cache(1'000);
  for (const char* content : {"a", "bb", "ccc", "dddd"}) ASSERT_TRUE(cache.acquire(content));
  SliceCache::PruneLimits limits;
  limits.keep_bytes = 5;
  limits.drop = {sha256("dddd")};
  limits.dry_run = true;
  const std::uint64_t told = cache.cache->prune(limits);
  limits.dry_run = false;
  EXPECT_EQ(cache.cache->prune(limits), told);
  EXPECT_FALSE(cache.on_disk("dddd"));
}

}  // namespace
}  // namespace farm::workspace
