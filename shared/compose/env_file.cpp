#include "shared/compose/env_file.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace farm::compose {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool in_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '[' ||
         c == ']';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Go's escapes, and \$ as the $$ of interpolation. Others keep their backslash.
std::string unescape(std::string_view text) {
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      result += text[at];
      continue;
    }
    const char letter = text[++at];
    const std::size_t known = kLetters.find(letter);
    if (letter == '$') {
      result += "$$";
    } else if (known != std::string_view::npos) {
      result += kMeanings[known];
    } else {
      result += '\\';
      result += letter;
    }
  }
  return result;
}

class EnvParser {
 public:
  EnvParser(const std::string& text, const std::string& path, const Variables& environment, Report& report)
      : text_(text), path_(path), environment_(environment), report_(report) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Variables parse() {
    while (at_ < text_.size() && read_line()) {
    }
    return std::move(variables_);
  }

 private:
  void fail(const std::string& message) { report_.add(Severity::Error, {path_, line_, 0}, "reading variables: " + message); }

  std::string_view rest_of_line() const { return text_.substr(at_, std::min(text_.find('\n', at_), text_.size()) - at_); }
  void skip_line() {
    at_ += rest_of_line().size() + 1;
    ++line_;
  }

  // False after an error that makes the rest meaningless.
  bool read_line() {
    std::string_view line = trimmed(rest_of_line());
    if (line.empty() || line.front() == '#') {
      skip_line();
      return true;
    }
    at_ = static_cast<std::size_t>(line.data() - text_.data());
    if (line.starts_with("export") && line.size() > 6 && is_blank(line[6])) {
      line = trimmed(line.substr(6));
      at_ = static_cast<std::size_t>(line.data() - text_.data());
    }
    const std::size_t separator = line.find_first_of("=:");
    const std::string key(trimmed(line.substr(0, separator)));
    const auto wrong = std::find_if(key.begin(), key.end(), [](char c) { return !in_key(c); });
    if (wrong != key.end()) {
      fail("\"" + key.substr(0, 80) + "\" is not a variable's name (letters, digits and _ are); write NAME=value");
      return false;
    }
    if (separator == std::string_view::npos) {
      inherit(key);
      skip_line();
      return true;
    }
    at_ += separator + 1;
    return read_value(key);
  }

  void inherit(const std::string& key) {
    const auto found = environment_.find(key);
    if (found != environment_.end()) variables_[key] = found->second;
  }

  bool read_value(const std::string& key) {
    std::string_view value = trimmed(rest_of_line());
    if (!value.empty() && (value.front() == '\'' || value.front() == '"')) {
      at_ = static_cast<std::size_t>(value.data() - text_.data());
      return read_quoted(key, value.front());
    }
    const std::size_t comment = value.find(" #");
    if (comment != std::string_view::npos) value = trimmed(value.substr(0, comment));
    const bool good = store(key, std::string(value), line_);
    skip_line();
    return good;
  }

  bool read_quoted(const std::string& key, char quote) {
    const int first_line = line_;
    const std::size_t begin = at_ + 1;
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' && end + 1 < text_.size() ? std::size_t{2} : std::size_t{1};
    if (end >= text_.size()) {
      fail(std::string("the value of ") + key + " has no closing " + quote);
      return false;
    }
    const std::string_view inner = text_.substr(begin, end - begin);
    line_ += static_cast<int>(std::count(inner.begin(), inner.end(), '\n'));
    at_ = end + 1;
    const std::string_view after = trimmed(rest_of_line());
    if (!after.empty() && after.front() != '#') {
      fail("there is text after the closing quote of " + key + ": remove it, or put it inside");
      return false;
    }
    skip_line();
    if (quote == '"') return store(key, unescape(inner), first_line);
    variables_[key] = literal(inner);
    return true;
  }

  // Between single quotes only \' is an escape.
  static std::string literal(std::string_view inner) {
    std::string result;
    for (std::size_t at = 0; at < inner.size(); ++at) {
      if (inner[at] == '\\' && at + 1 < inner.size() && inner[at + 1] == '\'') ++at;
      result += inner[at];
    }
    return result;
  }

  bool store(const std::string& key, const std::string& raw, int line) {
    const Lookup lookup = [this](const std::string& name) -> const std::string* {
      auto found = environment_.find(name);
      if (found != environment_.end()) return &found->second;
      found = variables_.find(name);
      return found == variables_.end() ? nullptr : &found->second;
    };
    Result<Interpolated> value = interpolate(raw, lookup);
    if (!value) {
      report_.add(Severity::Error, {path_, line, 0}, "reading variables: " + key + ": " + value.error().message);
      return false;
    }
    for (const std::string& name : value->unset) {
      report_.add(Severity::Warning, {path_, line, 0}, key + ": the variable " + name + " is not set, so it is empty here");
    }
    bytes_ += value->text.size();
    if (bytes_ > kTotalBytesMax) {
      fail("the values grow beyond the limit of " + std::to_string(kTotalBytesMax) + " bytes");
      return false;
    }
    variables_[key] = std::move(value->text);
    return true;
  }

  static constexpr std::size_t kTotalBytesMax = 16U << 20U;  // a line may repeat the line above: A=$B$B, and so on

  std::string_view text_;
  std::string path_;
  const Variables& environment_;
  Report& report_;
  Variables variables_;
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;
  int line_ = 1;
};

}  // namespace

Variables parse_env_file(const std::string& text, const std::string& path, const Variables& environment, Report& report) {
  return EnvParser(text, path, environment, report).parse();
}

}  // namespace farm::compose
