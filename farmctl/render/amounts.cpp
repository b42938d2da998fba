#include "farmctl/render/amounts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace farm::ctl {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kAgeMax = 3'653 * kDay;
constexpr double kBytesMax = 1e18;

std::size_t length_of(std::string_view text, bool (*wanted)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), wanted) - text.begin());
}
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::int64_t age_unit(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kUnits = {
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", kHour}, {"d", kDay}, {"w", 7 * kDay}}};
  for (const auto& [name, ms] : kUnits) {
    if (unit == name) return ms;
  }
  return 0;
}

double size_unit(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 14> kUnits = {{{"", 1},
                                                                           {"b", 1},
                                                                           {"k", 1e3},
                                                                           {"kb", 1e3},
                                                                           {"m", 1e6},
                                                                           {"mb", 1e6},
                                                                           {"g", 1e9},
                                                                           {"gb", 1e9},
                                                                           {"t", 1e12},
                                                                           {"tb", 1e12},
                                                                           {"kib", 1024.0},
                                                                           {"mib", 1024.0 * 1024},
                                                                           {"gib", 1024.0 * 1024 * 1024},
                                                                           {"tib", 1024.0 * 1024 * 1024 * 1024}}};
  std::string lower(unit);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [name, factor] : kUnits) {
    if (lower == name) return factor;
  }
  return 0;
}

}  // namespace

Result<Millis> parse_age(std::string_view text) {
  const Error wrong{ErrorKind::InvalidInput, "'" + std::string(text.substr(0, 100)) + "' is no age; write for example 168h, 7d or 90m"};
  if (text == "0") return Millis{0};
  if (text.empty()) return wrong;
  std::int64_t age = 0;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || count > kAgeMax) return wrong;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t letters = length_of(text, is_letter);
    const std::int64_t unit = age_unit(text.substr(0, letters));
    if (unit == 0 || count > kAgeMax / unit) return wrong;
    age += count * unit;
    if (age > kAgeMax) return wrong;
    text.remove_prefix(letters);
  }
  return Millis{age};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const Error wrong{ErrorKind::InvalidInput, "'" + std::string(text.substr(0, 100)) + "' is no size; write for example 20GB or 512MiB"};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !(value >= 0) || text.starts_with('-') || text.ends_with(' ')) return wrong;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const double factor = size_unit(unit);
  if (factor == 0 || value * factor > kBytesMax) return wrong;
  return static_cast<std::uint64_t>(value * factor);
}

std::string format_age(std::int64_t then_ms, std::int64_t now_ms) {
  if (then_ms == 0) return "-";
  const std::int64_t age = std::max<std::int64_t>(0, now_ms - then_ms);
  if (age < 60'000) return "just now";
  if (age < kHour) return std::to_string(age / 60'000) + " min";
  if (age < 2 * kDay) return std::to_string(age / kHour) + " h";
  return std::to_string(age / kDay) + " d";
}

}  // namespace farm::ctl
