#include "farmctl/render/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace farm::ctl {
namespace {

std::string printed(const char* format, double value, const char* unit) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value, unit);
  return buffer.data();
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::string format_duration(Millis duration) {
  const std::int64_t ms = std::max<std::int64_t>(duration.value, 0);
  if (ms < 1'000) return printed("%.2f %s", static_cast<double>(ms) / 1000.0, "s");
  if (ms < 60'000) return printed("%.1f %s", static_cast<double>(ms) / 1000.0, "s");
  return std::to_string(ms / 60'000) + " min " + std::to_string(ms / 1'000 % 60) + " s";
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000.0 && unit + 1 < kUnits.size()) {
    value /= 1000.0;
    ++unit;
  }
  return printed(unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
}

std::string count_of(std::size_t count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return !continues_character(byte); }));
}

std::string fit(std::string_view text, std::size_t width) {
  std::string result;
  std::size_t columns = 0;
  const bool cut = display_width(text) > width;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!continues_character(text[i])) {
      if (cut && columns + 1 >= width) break;
      ++columns;
    }
    result += static_cast<unsigned char>(text[i]) < 0x20U || text[i] == 0x7F ? ' ' : text[i];
  }
  if (cut && width > 0) result += "…";
  return result;
}

std::string fit_middle(std::string_view text, std::size_t width) {
  const std::size_t columns = display_width(text);
  if (columns <= width || width < 3) return fit(text, width);
  const std::size_t tail = width / 2;
  std::size_t at = text.size();
  for (std::size_t taken = 0; taken < tail; ++taken) {
    do --at;
    while (continues_character(text[at]));
  }
  return fit(text, width - tail) + fit(text.substr(at), tail);  // the first is cut, so it ends with the mark
}

std::string pad(std::string text, std::size_t width) {
  const std::size_t columns = display_width(text);
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

std::string render_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += i + 1 < row.size() ? pad(row[i], widths[i] + 2) : row[i];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace farm::ctl
