#include "shared/compose/names.hpp"

#include <algorithm>

namespace farm::compose {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

constexpr std::size_t kServiceNameBytesMax = 255;

}  // namespace

std::string normalise_project_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_lower_or_digit(lower) || (!name.empty() && (lower == '-' || lower == '_'))) name += lower;
  }
  return name;
}

bool is_service_name(const std::string& text) {
  return !text.empty() && text.size() <= kServiceNameBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace farm::compose
