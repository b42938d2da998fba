// Purpose: packed slices on this host's disk, by the digest of their blob, up to a size. Thread-safe.
// An entry is pinned while a job uses it and is never removed then; beyond the limit the entries that were not used for
// the longest time go first. Two jobs that want the same blob at once cause one fetch. The directory belongs to this
// class alone; what it doesn't know in it is removed at start.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"

namespace farm::workspace {

class SliceCache {
 public:
  // Puts the blob's bytes, checked against its digest, at `file` by rename. Called without a lock held.
  using Fetch = std::function<Result<void>(const std::string& file)>;

  struct Stats {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evicted = 0;
  };

  // Keeps an entry on disk while it lives. Must not outlive the cache.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept : cache_(other.cache_), blob_(other.blob_) { other.cache_ = nullptr; }
    Pin& operator=(Pin&& other) noexcept;
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin() { release(); }
    [[nodiscard]] std::string path() const { return cache_->path_of(blob_); }
    [[nodiscard]] const Digest& blob() const { return blob_; }

   private:
    friend class SliceCache;
    Pin(SliceCache& cache, const Digest& blob) : cache_(&cache), blob_(blob) {}
    void release();
    SliceCache* cache_ = nullptr;
    Digest blob_;
  };

  // Creates the directory. Errors: Denied, Unavailable (the disk).
  static Result<std::unique_ptr<SliceCache>> open(const std::string& directory, std::uint64_t bytes_max);

  // The entry, fetched if it is not there. `fetched_bytes` grows by what was fetched. Errors: those of `fetch`.
  Result<Pin> acquire(const Digest& blob, const Fetch& fetch, std::uint64_t& fetched_bytes);
  // The entry turned out to be damaged: fetches it anew in its place.
  Result<void> fetch_again(const Pin& pin, const Fetch& fetch, std::uint64_t& fetched_bytes);
  [[nodiscard]] Stats stats() const;

  struct PruneLimits {
    std::int64_t older_than_ms = -1;        // not used for so long: goes; negative: age does not count
    std::uint64_t keep_bytes = UINT64_MAX;  // then down to this, the least recently used first
    std::set<Digest> drop;                  // whatever their age
    bool dry_run = false;
  };
  using Remove = std::function<void(const std::string& file)>;
  static void remove_file(const std::string& file);
  // The bytes freed (or, in a dry run, that would be). What is pinned, being fetched or used meanwhile stays. Files are looked at and
  // removed without a lock held: only who wants the very blob that goes waits, and then fetches it anew. `remove`: for tests.
  std::uint64_t prune(const PruneLimits& limits, const Remove& remove = remove_file);

 private:
  struct Entry {
    std::uint64_t bytes = 0;
    std::uint64_t used = 0;  // from a counter that grows with each use
    std::uint32_t pins = 0;
    bool fetching = false;  // or being removed: its file is nobody else's then
  };

  SliceCache(std::string directory, std::uint64_t bytes_max) : directory_(std::move(directory)), bytes_max_(bytes_max) {}
  Result<void> scan();
  [[nodiscard]] std::string path_of(const Digest& blob) const;
  void unpin(const Digest& blob);
  void evict();  // with the lock held
  struct Free {
    Digest blob;
    std::uint64_t bytes = 0;
    std::uint64_t used = 0;
    bool must_go = false;
  };
  std::vector<Free> free_entries(const PruneLimits& limits) const;  // in the order in which they go
  bool take_out(const Free& free);                                  // false: it is used again
  void touch(const Digest& blob, Entry& entry);

  const std::string directory_;
  const std::uint64_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable fetched_;
  std::map<Digest, Entry> entries_;
  std::uint64_t uses_ = 0;
  Stats stats_;
};

}  // namespace farm::workspace
