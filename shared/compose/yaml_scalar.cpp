#include "shared/compose/yaml_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace farm::compose {
namespace {

constexpr std::size_t kNumberBytesMax = 400;  // longer digits are text to us

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without_underscores(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c != '_') result += c;
  }
  return result;
}

// [-+]?(0x|0b|0o|0)?digits, within 64 bits. YAML 1.1's leading 0 is octal, as compose's YAML library has it.
std::optional<std::string> as_integer(const std::string& text) {
  std::size_t at = 0;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) at = 1;
  int base = 10;
  if (text.size() - at > 1 && text[at] == '0') {
    const char mark = text[at + 1];
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    at += base == 8 && mark != 'o' && mark != 'O' ? 1 : 2;
  }
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data() + at, end, value, base);
  if (code != std::errc{} || stop != end || at == text.size()) return std::nullopt;
  if (!negative) return std::to_string(value);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return value == 0 ? "0" : "-" + std::to_string(value);
}

// The YAML 1.2 float: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(const std::string& text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - begin;
  };
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() + whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

// As Go's %v: the shortest digits that read back the same; with an exponent where it is below -4 or above 5.
std::string print_float(double value) {
  std::array<char, 64> buffer{};
  char* const begin = buffer.data();
  char* const limit = begin + buffer.size();
  const std::string scientific(begin, std::to_chars(begin, limit, value, std::chars_format::scientific).ptr);  // d[.ddd]e±dd
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent > 5) return scientific;
  return {begin, std::to_chars(begin, limit, value, std::chars_format::fixed).ptr};
}

std::optional<std::string> as_float(const std::string& text) {
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == "+.inf" || text == "+.Inf" || text == "+.INF") return "+Inf";
  if (text == "-.inf" || text == "-.Inf" || text == "-.INF") return "-Inf";
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return "NaN";
  if (!looks_like_float(text)) return std::nullopt;
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return print_float(value);
}

}  // namespace

bool is_null_text(const std::string& text) { return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL"; }

std::optional<std::string> plain_typed(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return "true";
  if (text == "false" || text == "False" || text == "FALSE") return "false";
  if (text.empty() || text.size() > kNumberBytesMax) return std::nullopt;
  const char first = text.front();
  if (!is_digit(first) && first != '-' && first != '+' && first != '.') return std::nullopt;
  const std::string digits = without_underscores(text);
  if (std::optional<std::string> integer = as_integer(digits)) return integer;
  return as_float(digits);
}

std::optional<bool> parse_bool(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "y" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "n" || lower == "0") return false;
  return std::nullopt;
}

}  // namespace farm::compose
