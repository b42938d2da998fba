#include "coordinator/store/store.hpp"

#include <array>

namespace farm::store {
namespace {

constexpr std::size_t kNumberSize = 8;
constexpr std::size_t kPageItems = 256;

void append_number(std::string& key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xFFU);
}

}  // namespace

std::string_view to_string(Kind kind) {
  static constexpr std::array<std::string_view, kKinds> kNames{"meta",     "builds",  "jobs",      "specs",  "submissions", "tokens",
                                                               "statuses", "results", "latest",    "slices", "durations",   "agents",
                                                               "drains",   "logs",    "log_sizes", "events", "steps",       "listings"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string number_key(std::uint64_t number) {
  std::string key;
  append_number(key, number);
  return key;
}

std::string number_key(std::uint64_t first, std::uint64_t second) {
  std::string key = number_key(first);
  append_number(key, second);
  return key;
}

std::string number_key(std::uint64_t first, std::uint64_t second, std::uint64_t third) {
  std::string key = number_key(first, second);
  append_number(key, third);
  return key;
}

Result<std::uint64_t> number_of_key(std::string_view key, std::size_t place) {
  if (key.size() < (place + 1) * kNumberSize)
    return Error{ErrorKind::Corrupt, "a key of " + std::to_string(key.size()) + " bytes is no number"};
  std::uint64_t number = 0;
  for (const char byte : key.substr(place * kNumberSize, kNumberSize)) number = (number << 8U) | static_cast<unsigned char>(byte);
  return number;
}

std::string text_key(std::string_view first, std::string_view second) {
  std::string key(first);
  key += '\0';
  key += second;
  return key;
}

Result<void> for_each(const Store& store, Kind kind, const std::function<Result<void>(const Item&)>& use) {
  Range range;
  range.count_max = kPageItems;
  while (true) {
    const Result<std::vector<Item>> page = store.scan(kind, range);
    if (!page) return page.error();
    for (const Item& item : *page) {
      if (Result<void> used = use(item); !used) return used;
    }
    if (page->size() < range.count_max) return {};
    range.from = page->back().key + '\0';  // the next key that can be
  }
}

}  // namespace farm::store
