#include "agent/build/cache_usage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace farm::build {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::optional<CacheEntry> entry_of(std::string_view line) {
  const nlohmann::json root = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return std::nullopt;
  const auto text = [&root](const char* name) {
    const auto found = root.find(name);
    return found != root.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::optional<std::uint64_t> bytes = parse_size(text("Size"));
  if (!bytes) return std::nullopt;
  const auto reclaimable = root.find("Reclaimable");
  return CacheEntry{*bytes, reclaimable != root.end() && reclaimable->is_boolean() && reclaimable->get<bool>(),
                    parse_ago_ms(text("LastUsedAt"))};
}

}  // namespace

Result<std::vector<CacheEntry>> parse_cache_entries(std::string_view text) {
  std::vector<CacheEntry> entries;
  bool any = false;
  while (!text.empty() && entries.size() < kCacheEntriesMax) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    any = true;
    if (const std::optional<CacheEntry> entry = entry_of(line)) entries.push_back(*entry);
  }
  if (any && entries.empty()) return Error{ErrorKind::Corrupt, "buildx du tells of the cache in words that farm can't read; update buildx"};
  return entries;
}

std::optional<std::uint64_t> total_of_prune(std::string_view text) {
  constexpr std::string_view kMark = "Total:";
  const std::size_t at = text.rfind(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(at + kMark.size());
  rest = rest.substr(0, rest.find('\n'));
  return parse_size(rest);
}

std::uint64_t bytes_of(const std::vector<CacheEntry>& entries) {
  std::uint64_t bytes = 0;
  for (const CacheEntry& entry : entries) bytes += entry.bytes;
  return bytes;
}

std::uint64_t prunable_bytes(const std::vector<CacheEntry>& entries, std::int64_t older_than_ms, std::uint64_t keep_bytes) {
  std::uint64_t left = bytes_of(entries);
  std::uint64_t younger = 0;
  std::uint64_t freed = 0;
  for (const CacheEntry& entry : entries) {
    if (!entry.reclaimable) continue;
    const bool old = older_than_ms >= 0 && entry.unused_ms >= older_than_ms;
    (old ? freed : younger) += entry.bytes;
  }
  left -= std::min(left, freed);
  if (left > keep_bytes) freed += std::min(younger, left - keep_bytes);
  return freed;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {
      {{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"PB", 1e15}}};
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value >= 0) || value > 1e6) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, factor] : kUnits) {
    if (text == unit) return static_cast<std::uint64_t>(value * factor);
  }
  return std::nullopt;
}

std::int64_t parse_ago_ms(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> kUnits = {{{" second", kSecond},
                                                                                {" minute", kMinute},
                                                                                {" hour", kHour},
                                                                                {" day", kDay},
                                                                                {" week", 7 * kDay},
                                                                                {" month", 30 * kDay},
                                                                                {" year", 365 * kDay}}};
  if (text.starts_with("Less")) return 0;
  std::int64_t count = 1;  // "About a minute", "About an hour"
  if (!text.starts_with("About")) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || count > 1'000'000) return 0;
  }
  for (const auto& [unit, ms] : kUnits) {
    if (text.find(unit) != std::string_view::npos) return count * ms;
  }
  return 0;
}

}  // namespace farm::build
