// Variable expansion in words of a Dockerfile, by the rules of BuildKit's lexer.
#include <cstdint>

#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/resolve.hpp"

namespace farm {
namespace {

constexpr int kNestingMax = 32;
constexpr std::size_t kExpandedBytesMax = 1U << 20U;

// A shell pattern: `*` and `?`; `\` escapes. Matches the whole of `text`.
bool pattern_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && (escaped ? pattern[p + 1] == text[t] : pattern[p] == '?' || pattern[p] == text[t])) {
      p += escaped ? 2 : 1;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string remove_prefix(const std::string& value, std::string_view pattern, bool longest) {
  for (std::size_t step = 0; step <= value.size(); ++step) {
    const std::size_t length = longest ? value.size() - step : step;
    if (pattern_matches(pattern, std::string_view(value).substr(0, length))) return value.substr(length);
  }
  return value;
}

std::string remove_suffix(const std::string& value, std::string_view pattern, bool longest) {
  for (std::size_t step = 0; step <= value.size(); ++step) {
    const std::size_t length = longest ? value.size() - step : step;
    if (pattern_matches(pattern, std::string_view(value).substr(value.size() - length))) return value.substr(0, value.size() - length);
  }
  return value;
}

std::string replace(const std::string& value, std::string_view pattern, const std::string& by, bool all) {
  std::string result;
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t length = value.size() - at;
    while (length > 0 && !pattern_matches(pattern, std::string_view(value).substr(at, length))) --length;
    if (length == 0) {
      result += value[at++];
      continue;
    }
    result += by;
    at += length;
    if (!all) break;
  }
  return result + value.substr(at);
}

class Expander {
 public:
  Expander(std::string_view word, char escape, const std::map<std::string, std::string>& variables, std::set<std::string>* used)
      : word_(word), escape_(escape), variables_(variables), used_(used) {}

  Result<std::string> run() {
    std::string result = until('\0', false, 0);
    if (result.size() > kExpandedBytesMax) error_ = "the result is longer than the limit of 1 MiB";
    if (!error_.empty()) return Error{ErrorKind::InvalidInput, "expanding '" + std::string(word_.substr(0, 200)) + "': " + error_};
    return result;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= word_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : word_[at_]; }
  std::string fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    at_ = word_.size();
    return {};
  }

  // Up to `stop` ('\0' is the end). `raw`: escapes are kept, for a pattern.
  std::string until(char stop, bool raw, int depth) {
    std::string result;
    while (!at_end()) {
      const char c = word_[at_];
      if (stop != '\0' && c == stop) {
        ++at_;
        return result;
      }
      ++at_;
      if (c == '\'') {
        single_quoted(result, raw);
      } else if (c == '"') {
        double_quoted(result, raw, depth);
      } else if (c == '$') {
        result += dollar(depth);
      } else if (c == escape_) {
        if (raw) result += c;
        if (!at_end()) result += word_[at_++];
      } else {
        result += c;
      }
    }
    if (stop != '\0') fail(std::string("syntax error: missing '") + stop + "'");
    return result;
  }

  void single_quoted(std::string& result, bool raw) {
    while (!at_end() && word_[at_] != '\'') {
      if (raw && word_[at_] == escape_) result += escape_;
      result += word_[at_++];
    }
    if (at_end()) {
      fail("a single quote isn't closed");
    } else {
      ++at_;
    }
  }

  void double_quoted(std::string& result, bool raw, int depth) {
    while (!at_end() && word_[at_] != '"') {
      const char c = word_[at_++];
      if (c == '$') {
        result += dollar(depth);
      } else if (c == escape_) {
        if (at_end()) break;
        const bool escapes = peek() == '"' || peek() == '$' || peek() == escape_;
        if (raw || !escapes) result += c;
        if (escapes) result += word_[at_++];
      } else {
        result += c;
      }
    }
    if (at_end()) {
      fail("a double quote isn't closed");
    } else {
      ++at_;
    }
  }

  std::string name() {
    const std::size_t begin = at_;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digit(peek())) {
      while (digit(peek())) ++at_;
    } else if (!at_end() && std::string_view("@*#?-$!").find(peek()) != std::string_view::npos) {
      ++at_;
    } else {
      while (digit(peek()) || peek() == '_' || (peek() >= 'a' && peek() <= 'z') || (peek() >= 'A' && peek() <= 'Z')) ++at_;
    }
    return std::string(word_.substr(begin, at_ - begin));
  }

  const std::string* look_up(const std::string& variable) {
    if (used_ != nullptr) used_->insert(variable);
    const auto found = variables_.find(variable);
    return found == variables_.end() ? nullptr : &found->second;
  }

  std::string dollar(int depth) {
    if (depth > kNestingMax) return fail("nested too deeply");
    if (peek() != '{') {
      const std::string variable = name();
      if (variable.empty()) return "$";
      const std::string* value = look_up(variable);
      return value == nullptr ? "" : *value;
    }
    ++at_;
    if (at_end()) return fail("syntax error: missing '}'");
    if (peek() == '{' || peek() == '}' || peek() == ':') return fail("syntax error: bad substitution");
    const std::string variable = name();
    if (at_end()) return fail("syntax error: missing '}'");
    const char operation = word_[at_++];
    const std::string* value = look_up(variable);
    if (operation == '}') return value == nullptr ? "" : *value;
    if (operation == '/') return substitute(value, depth);
    return modify(variable, value, operation, depth);
  }

  std::string substitute(const std::string* value, int depth) {
    const bool all = peek() == '/';
    if (all) ++at_;
    const std::string pattern = until('/', true, depth + 1);
    const std::string by = until('}', true, depth + 1);
    if (!error_.empty() || value == nullptr) return {};
    return replace(*value, pattern, by, all);
  }

  std::string modify(const std::string& variable, const std::string* value, char operation, int depth) {
    const bool empty_is_unset = operation == ':';
    if (empty_is_unset && !at_end()) operation = word_[at_++];
    const bool pattern_operation = operation == '#' || operation == '%';
    if (std::string_view("-+?#%").find(operation) == std::string_view::npos || (empty_is_unset && pattern_operation)) {
      return fail("unsupported modifier in the substitution of " + variable);
    }
    std::string word = until('}', pattern_operation, depth + 1);
    if (!error_.empty()) return {};
    const bool present = value != nullptr && !(empty_is_unset && value->empty());
    switch (operation) {
      case '-': return present ? *value : word;
      case '+': return present ? word : "";
      case '?':
        if (present) return *value;
        return fail(variable + ": " +
                    (!word.empty()      ? word
                     : value == nullptr ? "is not allowed to be unset"
                                        : "is not allowed to be empty"));
      default: break;
    }
    const bool longest = word.starts_with(operation);
    if (longest) word.erase(0, 1);
    const std::string text = value == nullptr ? "" : *value;
    return operation == '#' ? remove_prefix(text, word, longest) : remove_suffix(text, word, longest);
  }

  std::string_view word_;
  char escape_;
  const std::map<std::string, std::string>& variables_;
  std::set<std::string>* used_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

Result<std::string> expand_dockerfile_word(std::string_view word, char escape, const std::map<std::string, std::string>& variables,
                                           std::set<std::string>* used) {
  return Expander(word, escape, variables, used).run();
}

}  // namespace farm
