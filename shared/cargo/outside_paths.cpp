#include "shared/cargo/outside_paths.hpp"

#include <algorithm>
#include <set>

namespace farm {
namespace {

bool has_parent_part(std::string_view literal) {
  for (std::size_t at = literal.find(".."); at != std::string_view::npos; at = literal.find("..", at + 1)) {
    const bool starts = at == 0 || literal[at - 1] == '/';
    const bool ends = at + 2 == literal.size() || literal[at + 2] == '/';
    if (starts && ends) return true;
  }
  return false;
}

bool is_path(std::string_view literal) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; };
  return literal.size() <= kOutsidePathBytesMax && has_parent_part(literal) && std::none_of(literal.begin(), literal.end(), control);
}

}  // namespace

// Every text between two quotes that follow each other is looked at. So a quote in a comment or a character literal shifts nothing: what
// stands between two literals is taken for one as well, and is no path.
std::vector<std::string> outside_paths(std::string_view source) {
  std::set<std::string> found;
  for (std::size_t open = source.find('"'); open != std::string_view::npos && found.size() < kOutsidePathsMax;) {
    const std::size_t close = source.find('"', open + 1);
    if (close == std::string_view::npos) break;
    const std::string_view literal = source.substr(open + 1, close - open - 1);
    if (is_path(literal)) found.emplace(literal);
    open = close;
  }
  return {found.begin(), found.end()};
}

}  // namespace farm
