// Purpose: which files of a context Docker leaves out, by Docker's exact rules: one pattern a line, `#` comments, the last match wins,
// `!` re-includes, `*` `?` `[a-z]` within a segment, `**` over segments, a match of a parent directory excludes what is below it. Pure.
// The caller finds the file: `NAME.dockerignore` beside the Dockerfile NAME wins over `.dockerignore` at the context's root.
// (BuildKit sends Dockerfile and .dockerignore to the builder even if they are excluded; the caller adds them.)
// Limits: 1 MiB of text, 10,000 patterns. Cost: a few comparisons per pattern and path; literal patterns never run the matcher.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm {

class IgnoreMatcher {
 public:
  // Nothing is ignored.
  IgnoreMatcher() = default;
  static Parsed<IgnoreMatcher> parse(std::string_view file_name, std::string_view text);

  // For walkers: the matches of a directory, handed on to its children, so that parents aren't matched again.
  // An empty state is the context's root.
  struct DirectoryState {
    std::vector<bool> matched;  // per pattern
    bool ignored = false;
  };
  // `path` is relative to the context, with '/', without a leading one.
  [[nodiscard]] bool ignored(std::string_view path) const;
  [[nodiscard]] bool ignored(std::string_view path, const DirectoryState& parent, DirectoryState* own) const;
  // For an ignored directory: can an exception re-include something below it? If not, the walker need not enter.
  [[nodiscard]] bool may_contain_exceptions(std::string_view directory) const;
  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  // The patterns as they are matched, cleaned, in order ("!" in front of an exception); for keys.
  [[nodiscard]] std::vector<std::string> canonical() const;

 private:
  enum class Kind : std::uint8_t { Exact, Prefix, Suffix, Glob };
  struct Pattern {
    std::string text;  // cleaned, without '!'
    Kind kind = Kind::Exact;
    bool exception = false;
  };
  [[nodiscard]] static bool matches(const Pattern& pattern, std::string_view path);

  std::vector<Pattern> patterns_;
  bool has_exceptions_ = false;
};

// Docker's glob over a whole path: `*`, `?`, `[…]`, `**`, `\` escapes. Public for tests.
bool ignore_glob_matches(std::string_view pattern, std::string_view path);

}  // namespace farm
