#include "shared/dockerfile/dockerignore.hpp"

#include <algorithm>

#include "shared/dockerfile/lines.hpp"

namespace farm {
namespace {

constexpr std::size_t kTextBytesMax = 1U << 20U;
constexpr std::size_t kPatternsMax = 10'000;
constexpr std::size_t kPatternBytesMax = 4'096;

using dockerfile_detail::trim;

// Go's filepath.Clean for '/' paths.
std::string clean(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    std::string part(path.substr(begin, end - begin));
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty() && parts.back() != "..") {
        parts.pop_back();
        continue;
      }
      if (rooted) continue;
    }
    parts.push_back(std::move(part));
  }
  std::string result = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) result += (i == 0 ? "" : "/") + parts[i];
  return result.empty() ? "." : result;
}

std::size_t rune_length(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

// The end of a "[…]" that begins at `at`, behind the "]"; npos where it isn't closed.
std::size_t class_end(std::string_view pattern, std::size_t at) {
  std::size_t i = at + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  bool first = true;
  for (; i < pattern.size(); ++i, first = false) {
    if (pattern[i] == ']' && !first) return i + 1;
    if (pattern[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

std::string_view take_rune(std::string_view text, std::size_t& at) {
  if (text[at] == '\\' && at + 1 < text.size()) ++at;
  const std::size_t length = rune_length(text, at);
  const std::string_view rune = text.substr(at, length);
  at += length;
  return rune;
}

bool class_contains(std::string_view inside, std::string_view rune) {
  const bool negated = inside.starts_with('^');
  if (negated) inside.remove_prefix(1);
  bool found = false;
  for (std::size_t at = 0; at < inside.size();) {
    const std::string_view low = take_rune(inside, at);
    std::string_view high = low;
    if (at + 1 < inside.size() && inside[at] == '-') {
      ++at;
      high = take_rune(inside, at);
    }
    // UTF-8 keeps the order of code points
    if (low.size() <= rune.size() && rune.size() <= high.size() && !(rune.size() == low.size() && rune < low) &&
        !(rune.size() == high.size() && high < rune)) {
      found = true;
    }
  }
  return found != negated;
}

// Matches by remembering, per pattern position, whether a text position was tried: time is pattern × text, not exponential.
class GlobMatch {
 public:
  GlobMatch(std::string_view pattern, std::string_view path)
      : pattern_(pattern), path_(path), tried_((pattern.size() + 1) * (path.size() + 1), false) {}
  bool run() { return match(0, 0); }

 private:
  bool match(std::size_t p, std::size_t t) {
    const std::size_t key = p * (path_.size() + 1) + t;
    if (tried_[key]) return false;  // reached before, and it failed
    tried_[key] = true;
    for (;;) {
      if (p == pattern_.size()) return t == path_.size();
      if (pattern_[p] == '*') return star(p, t);
      if (t == path_.size()) return false;
      if (pattern_[p] == '?') {
        if (path_[t] == '/') return false;
        ++p;
        t += rune_length(path_, t);
      } else if (pattern_[p] == '[') {
        const std::size_t end = class_end(pattern_, p);
        const std::size_t length = rune_length(path_, t);
        if (end == std::string_view::npos || !class_contains(pattern_.substr(p + 1, end - p - 2), path_.substr(t, length))) return false;
        p = end;
        t += length;
      } else {
        if (pattern_[p] == '\\' && p + 1 < pattern_.size()) ++p;
        if (pattern_[p] != path_[t]) return false;
        ++p;
        ++t;
      }
    }
  }

  bool star(std::size_t p, std::size_t t) {
    if (pattern_.substr(p).starts_with("**")) {
      p += 2;
      if (p < pattern_.size() && pattern_[p] == '/') ++p;
      if (p == pattern_.size()) return true;
      if (match(p, t)) return true;
      for (std::size_t slash = path_.find('/', t); slash != std::string_view::npos; slash = path_.find('/', slash + 1)) {
        if (match(p, slash + 1)) return true;
      }
      return false;
    }
    for (std::size_t end = t;; ++end) {
      if (match(p + 1, end)) return true;
      if (end == path_.size() || path_[end] == '/') return false;
    }
  }

  std::string_view pattern_;
  std::string_view path_;
  std::vector<bool> tried_;
};

// What Go's filepath.Match calls a bad pattern.
bool is_bad_pattern(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      if (++at >= pattern.size()) return true;
    } else if (pattern[at] == '[') {
      const std::size_t end = class_end(pattern, at);
      if (end == std::string_view::npos) return true;
      at = end - 1;
    }
  }
  return false;
}

}  // namespace

bool ignore_glob_matches(std::string_view pattern, std::string_view path) { return GlobMatch(pattern, path).run(); }

bool IgnoreMatcher::matches(const Pattern& pattern, std::string_view path) {
  switch (pattern.kind) {
    case Kind::Exact: return path == pattern.text;
    case Kind::Prefix: return path.starts_with(std::string_view(pattern.text).substr(0, pattern.text.size() - 2));
    case Kind::Suffix: {
      const std::string_view suffix = std::string_view(pattern.text).substr(2);
      return path.ends_with(suffix) || (suffix.starts_with('/') && path == suffix.substr(1));
    }
    case Kind::Glob: return ignore_glob_matches(pattern.text, path);
  }
  return false;
}

Parsed<IgnoreMatcher> IgnoreMatcher::parse(std::string_view file_name, std::string_view text) {
  Parsed<IgnoreMatcher> parsed;
  const auto report = [&](int line, std::string message) {
    parsed.diagnostics.push_back({Severity::Error, {std::string(file_name), line, 0}, std::move(message)});
  };
  if (text.size() > kTextBytesMax) {
    report(0, "longer than the limit of 1 MiB");
    return parsed;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int number = 0;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    ++number;
    if (line.starts_with('#')) continue;
    line = trim(line);
    if (line.empty()) continue;
    Pattern pattern;
    pattern.exception = line.front() == '!';
    if (pattern.exception) line = trim(line.substr(1));
    if (line.empty()) {
      report(number, "'!' alone is no pattern");
      continue;
    }
    pattern.text = clean(line);
    if (pattern.text.size() > 1 && pattern.text.front() == '/') pattern.text.erase(0, 1);
    if (is_bad_pattern(pattern.text) || pattern.text.size() > kPatternBytesMax) {
      report(number, "syntax error in the pattern '" + pattern.text.substr(0, 100) + "'");
      continue;
    }
    if (parsed.value.patterns_.size() == kPatternsMax) {
      report(number, "more than " + std::to_string(kPatternsMax) + " patterns");
      break;
    }
    const std::size_t special = pattern.text.find_first_of("*?[]\\");
    const std::size_t last = pattern.text.find_last_of("*?[]\\");
    if (special == std::string::npos) {
      pattern.kind = Kind::Exact;
    } else if (special == pattern.text.size() - 2 && pattern.text.ends_with("**") && special > 0) {
      pattern.kind = Kind::Prefix;
    } else if (special == 0 && last == 1 && pattern.text.starts_with("**")) {
      pattern.kind = Kind::Suffix;
    } else {
      pattern.kind = Kind::Glob;
    }
    parsed.value.has_exceptions_ = parsed.value.has_exceptions_ || pattern.exception;
    parsed.value.patterns_.push_back(std::move(pattern));
  }
  return parsed;
}

bool IgnoreMatcher::ignored(std::string_view path) const {
  DirectoryState state;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    DirectoryState next;
    (void)ignored(path.substr(0, slash), state, &next);
    state = std::move(next);
  }
  return ignored(path, state, nullptr);
}

bool IgnoreMatcher::ignored(std::string_view path, const DirectoryState& parent, DirectoryState* own) const {
  if (own != nullptr) own->matched.assign(patterns_.size(), false);
  bool ignored = false;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const Pattern& pattern = patterns_[i];
    bool match = i < parent.matched.size() && parent.matched[i];
    if (!match) {
      // A pattern that can't change the answer isn't tried, and then doesn't count for what is below: as Docker does it.
      if (pattern.exception != ignored) continue;
      match = matches(pattern, path);
    }
    if (own != nullptr) own->matched[i] = match;
    if (match) ignored = !pattern.exception;
  }
  if (own != nullptr) own->ignored = ignored;
  return ignored;
}

bool IgnoreMatcher::may_contain_exceptions(std::string_view directory) const {
  if (!has_exceptions_) return false;
  // Docker enters every ignored directory once an exception has a wildcard that isn't a trailing "/**" or "/*"; else only those on a path
  // to one.
  const auto without_glob = [](const Pattern& pattern) {
    std::string_view text = pattern.text;
    if (text.ends_with("/**")) text.remove_suffix(3);
    if (text.ends_with("/*")) text.remove_suffix(2);
    return text;
  };
  for (const Pattern& pattern : patterns_) {
    if (pattern.exception && without_glob(pattern).find_first_of("*[]?^\\") != std::string_view::npos) return true;
  }
  const std::string prefix = std::string(directory) + "/";
  for (const Pattern& pattern : patterns_) {
    if (pattern.exception && (std::string(without_glob(pattern)) + "/").starts_with(prefix)) return true;
  }
  return false;
}

std::vector<std::string> IgnoreMatcher::canonical() const {
  std::vector<std::string> lines;
  for (const Pattern& pattern : patterns_) lines.push_back((pattern.exception ? "!" : "") + pattern.text);
  return lines;
}

}  // namespace farm
