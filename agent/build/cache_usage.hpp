// Purpose: what buildx tells of BuildKit's cache: `buildx du --format json` and the last line of `buildx prune`. Pure. Sizes and ages are
// as rough as buildx prints them ("3.15MB", "2 days ago").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::build {

constexpr std::size_t kCacheEntriesMax = 200'000;

struct CacheEntry {
  std::uint64_t bytes = 0;
  bool reclaimable = false;
  std::int64_t unused_ms = 0;  // at least so long ago
};

// One JSON object a line; lines that are none are passed over. Error: Corrupt where no line of a text that isn't empty can be read.
Result<std::vector<CacheEntry>> parse_cache_entries(std::string_view text);
// After "Total:", in what `buildx prune` prints. None: it is not there.
std::optional<std::uint64_t> total_of_prune(std::string_view text);

std::uint64_t bytes_of(const std::vector<CacheEntry>& entries);
// About what a prune would free: what is older (negative: age does not count), then down to `keep_bytes`.
std::uint64_t prunable_bytes(const std::vector<CacheEntry>& entries, std::int64_t older_than_ms, std::uint64_t keep_bytes);

// "8.192kB", "0B", "1.2GB" (units of 1000). None: not a size.
std::optional<std::uint64_t> parse_size(std::string_view text);
// "Less than a second ago", "About an hour ago", "3 days ago"; what can't be read is 0.
std::int64_t parse_ago_ms(std::string_view text);

}  // namespace farm::build
