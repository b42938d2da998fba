#include "shared/dockerfile/shell.hpp"

#include <algorithm>
#include <array>

#include "shared/dockerfile/lines.hpp"

namespace farm::dockerfile_detail {
namespace {

bool is_name_char(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// The end of a quoted or substituted part that begins at `at`; the word's end is left to the caller.
std::size_t skip_quoted(std::string_view text, std::size_t at, std::string& not_understood) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) {
    if (text[at] == '\\' && quote == '"') ++at;
    ++at;
  }
  if (at >= text.size()) {
    not_understood = "a quote isn't closed";
    return text.size();
  }
  return at + 1;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  ShellList run() {
    while (at_ < text_.size() && list_.not_understood.empty()) step();
    end_command();
    return std::move(list_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
      if (c == '\n') end_command();
    } else if (c == '#') {
      at_ = text_.size();
    } else if (text_.substr(at_).starts_with("&&")) {
      at_ += 2;
      end_command();
    } else if (c == ';') {
      ++at_;
      end_command();
    } else if (c == '|' || c == '&') {
      fail(text_.substr(at_).starts_with("||") ? "'||'" : c == '|' ? "a pipe" : "a command in the background");
    } else if (c == '(' || c == ')') {
      fail("a subshell");
    } else if (c == '<' || c == '>') {
      redirection();
    } else {
      word();
    }
  }

  void redirection() {
    if (text_.substr(at_).starts_with("<<")) return fail("a here-document");
    const auto is_bracket = [](const ShellWord& word) { return word.raw == "[["; };
    if (std::any_of(command_.words.begin(), command_.words.end(), is_bracket)) return fail("'<' or '>' behind '[['");
    while (at_ < text_.size() && (text_[at_] == '<' || text_[at_] == '>' || text_[at_] == '&' || text_[at_] == ' ')) ++at_;
    const std::size_t words = command_.words.size();
    if (at_ < text_.size()) word();
    command_.words.resize(std::min(words, command_.words.size()));
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && list_.not_understood.empty()) {
      const char c = text_[at_];
      if (is_space(c) || c == ';' || c == '|' || c == '&' || c == '(' || c == ')') break;
      if (c == '<' || c == '>') {
        const std::string_view sofar = text_.substr(begin, at_ - begin);
        if (!sofar.empty() && sofar.find_first_not_of("0123456789") == std::string_view::npos) return;  // 2>file: no word
        break;
      }
      if (c == '`' || text_.substr(at_).starts_with("$(")) return fail("a command substitution");
      if (c == '\'' || c == '"') {
        const std::size_t end = skip_quoted(text_, at_, list_.not_understood);
        const std::string_view inside = text_.substr(at_, end - at_);
        if (c == '"' && (inside.find("$(") != std::string_view::npos || inside.find('`') != std::string_view::npos))
          fail("a command substitution");
        at_ = end;
      } else if (text_.substr(at_).starts_with("${")) {
        const std::size_t close = text_.find('}', at_);
        if (close == std::string_view::npos) return fail("a variable that isn't closed");
        at_ = close + 1;
      } else {
        at_ += c == '\\' ? 2 : 1;
      }
    }
    at_ = std::min(at_, text_.size());
    if (at_ > begin) command_.words.push_back({std::string(text_.substr(begin, at_ - begin)), begin, at_});
  }

  void end_command() {
    constexpr std::array<std::string_view, 8> kKeywords = {"for", "while", "until", "do", "done", "case", "{", "}"};
    if (command_.words.empty()) return;
    const std::string& first = command_.words[0].raw;
    if (std::find(kKeywords.begin(), kKeywords.end(), first) != kKeywords.end() || first == "!") fail("'" + first + "'");
    list_.commands.push_back(std::move(command_));
    command_ = {};
  }

  void fail(std::string what) {
    if (list_.not_understood.empty()) list_.not_understood = std::move(what);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  ShellCommand command_;
  ShellList list_;
};

class FieldMaker {
 public:
  FieldMaker(std::string_view raw, const std::map<std::string, std::string>& variables) : raw_(raw), variables_(variables) {}

  Result<std::vector<std::string>> run() {
    if (raw_.starts_with('~')) fail("'~'");
    bool quoted = false;
    while (at_ < raw_.size() && problem_.empty()) {
      const char c = raw_[at_++];
      if (c == '"') {
        quoted = !quoted;
        some_ = true;
      } else if (c == '\'' && !quoted) {
        const std::size_t close = std::min(raw_.find('\'', at_), raw_.size());
        field_ += raw_.substr(at_, close - at_);
        some_ = true;
        at_ = std::min(close + 1, raw_.size());
      } else if (c == '\\' && at_ < raw_.size()) {
        if (quoted && std::string_view("\"\\$`").find(raw_[at_]) == std::string_view::npos) field_ += '\\';
        field_ += raw_[at_++];
      } else if (c == '$') {
        variable(quoted);
      } else if (!quoted && (c == '*' || c == '?' || c == '[')) {
        fail("a wildcard");
      } else {
        field_ += c;
      }
    }
    if (!problem_.empty()) return Error{ErrorKind::InvalidInput, problem_ + " in '" + std::string(raw_) + "'"};
    end_field();
    return std::move(fields_);
  }

 private:
  void end_field() {
    if (some_ || !field_.empty()) fields_.push_back(field_);
    field_.clear();
    some_ = false;
  }
  void fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }

  void variable(bool quoted) {
    const bool braces = at_ < raw_.size() && raw_[at_] == '{';
    if (braces) ++at_;
    const std::size_t begin = at_;
    while (at_ < raw_.size() && is_name_char(raw_[at_])) ++at_;
    const std::string name(raw_.substr(begin, at_ - begin));
    if (name.empty()) return fail("a '$' that isn't a plain variable");
    const auto found = variables_.find(name);
    std::string value = found == variables_.end() ? "" : found->second;
    bool known = found != variables_.end();
    if (braces) {
      const std::size_t close = raw_.find('}', at_);
      if (close == std::string_view::npos) return fail("a variable that isn't closed");
      const std::string_view modifier = raw_.substr(at_, close - at_);
      at_ = close + 1;
      if (modifier.starts_with(":-") && modifier.find_first_of("$\"'\\`") == std::string_view::npos) {
        if (value.empty()) value = modifier.substr(2);
        known = true;
      } else if (!modifier.empty()) {
        return fail("a modifier of $" + name);
      }
    }
    if (!known) return fail("$" + name + ", which no ARG or ENV sets here,");
    if (quoted) {
      field_ += value;
      return;
    }
    for (const char c : value) {
      if (is_space(c)) {
        end_field();
      } else {
        field_ += c;
      }
    }
  }

  std::string_view raw_;
  const std::map<std::string, std::string>& variables_;
  std::size_t at_ = 0;
  std::string field_;
  bool some_ = false;
  std::vector<std::string> fields_;
  std::string problem_;
};

}  // namespace

ShellList read_shell(std::string_view text) { return Lexer(text).run(); }

Result<std::vector<std::string>> shell_fields(std::string_view raw, const std::map<std::string, std::string>& variables) {
  return FieldMaker(raw, variables).run();
}

std::string assignment_name(std::string_view raw) {
  std::size_t length = 0;
  while (length < raw.size() && is_name_char(raw[length])) ++length;
  if (length == 0 || length == raw.size() || raw[length] != '=' || (raw[0] >= '0' && raw[0] <= '9')) return {};
  return std::string(raw.substr(0, length));
}

std::string lone_variable(std::string_view raw) {
  if (raw.size() >= 2 && raw.front() == '"' && raw.back() == '"') raw = raw.substr(1, raw.size() - 2);
  if (!raw.starts_with('$')) return {};
  raw.remove_prefix(1);
  if (raw.size() >= 2 && raw.front() == '{' && raw.back() == '}') raw = raw.substr(1, raw.size() - 2);
  if (raw.empty() || (raw[0] >= '0' && raw[0] <= '9')) return {};
  return std::all_of(raw.begin(), raw.end(), is_name_char) ? std::string(raw) : std::string();
}

}  // namespace farm::dockerfile_detail
