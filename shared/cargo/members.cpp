#include "shared/cargo/members.hpp"

#include <algorithm>

#include "shared/cargo/manifest.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm::cargo_detail {
namespace {

constexpr int kDepthMax = 32;

bool has_wildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

// One "[…]" at the pattern's front against `c`. The length of the class; 0 where it isn't closed.
std::size_t match_class(std::string_view pattern, char c, bool& matched) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && pattern[at] == '!';
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    found = found || (low <= c && c <= high);
  }
  matched = found != negated;
  return at < pattern.size() ? at + 1 : 0;
}

class Expansion {
 public:
  Expansion(const FileTree& tree, std::vector<std::string> segments) : tree_(tree), segments_(std::move(segments)) {}

  std::vector<std::string> run(const std::string& root) {
    walk(root, 0, 0);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  void walk(const std::string& directory, std::size_t at, int depth) {
    if (found_.size() > kCratesMax || depth > kDepthMax) return;
    if (at == segments_.size()) {
      if (tree_.is_directory(directory)) found_.push_back(directory);
      return;
    }
    const std::string& segment = segments_[at];
    if (!has_wildcard(segment)) {
      if (Result<std::string> next = normalise_path(directory, segment)) walk(*next, at + 1, depth + 1);
      return;
    }
    if (segment == "**") walk(directory, at + 1, depth + 1);
    const Result<std::vector<TreeEntry>> entries = tree_.list(directory);
    if (!entries) return;
    for (const TreeEntry& entry : *entries) {
      const std::string path = join_path(directory, entry.name);
      if (entry.type == FileType::Regular || (entry.type != FileType::Directory && !tree_.is_directory(path))) continue;
      if (segment == "**") {
        walk(path, at, depth + 1);
      } else if (segment_matches(segment, entry.name)) {
        walk(path, at + 1, depth + 1);
      }
    }
  }

  const FileTree& tree_;
  std::vector<std::string> segments_;
  std::vector<std::string> found_;
};

}  // namespace

bool segment_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    std::size_t length = p < pattern.size() ? 1 : 0;
    bool matched = length == 1 && (pattern[p] == '?' || pattern[p] == name[n]);
    if (length == 1 && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (length == 1 && pattern[p] == '[') {
      length = match_class(pattern.substr(p), name[n], matched);
      matched = matched && length > 0;
    }
    if (matched) {
      p += length;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> expand_members(const FileTree& tree, const std::string& root, const std::string& pattern) {
  if (!has_wildcard(pattern)) {
    const Result<std::string> path = normalise_path(root, pattern);
    return path ? std::vector<std::string>{*path} : std::vector<std::string>{};
  }
  std::vector<std::string> segments;
  std::size_t begin = 0;
  while (begin <= pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    std::string segment = pattern.substr(begin, end - begin);
    if (!segment.empty() && segment != ".") segments.push_back(std::move(segment));
    begin = end + 1;
  }
  return Expansion(tree, std::move(segments)).run(root);
}

}  // namespace farm::cargo_detail
