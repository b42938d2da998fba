#include "shared/compose/interpolate.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "shared/compose/read_compose.hpp"

namespace farm::compose {
namespace {

constexpr std::size_t kUnsetNamesMax = 20;  // of one value that are worth a warning

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

// The position after the name that begins at `at`; `at` itself where there is none.
std::size_t name_end(const std::string& text, std::size_t at) {
  if (at >= text.size() || !starts_name(text[at])) return at;
  while (at < text.size() && in_name(text[at])) ++at;
  return at;
}

// The '}' that closes the '{' at `open`; npos where there is none. Braces inside count, so that a default may hold {"json": 1}.
std::size_t closing_brace(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return std::string::npos;
}

class Expansion {
 public:
  explicit Expansion(const Lookup& lookup) : lookup_(lookup) {}

  Result<std::string> expand(const std::string& text, std::size_t depth) {
    if (depth > limits::kInterpolationDepthMax) {
      return Error{ErrorKind::Overloaded,
                   "variables are nested deeper than the limit of " + std::to_string(limits::kInterpolationDepthMax)};
    }
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t dollar = text.find('$', at);
      result.append(text, at, dollar - at);
      if (dollar == std::string::npos) break;
      const Result<std::size_t> next = expand_dollar(text, dollar, depth, result);
      if (!next) return next.error();
      at = *next;
      if (result.size() > limits::kInterpolatedBytesMax) {
        return Error{ErrorKind::Overloaded,
                     "the value grows beyond the limit of " + std::to_string(limits::kInterpolatedBytesMax) + " bytes"};
      }
    }
    return result;
  }

  std::vector<std::string> unset;

 private:
  // Appends what the '$' at `dollar` stands for and answers the position behind it.
  Result<std::size_t> expand_dollar(const std::string& text, std::size_t dollar, std::size_t depth, std::string& result) {
    const std::size_t next = dollar + 1;
    if (next < text.size() && text[next] == '$') {
      result += '$';
      return next + 1;
    }
    if (next < text.size() && text[next] == '{') return expand_braces(text, next, depth, result);
    const std::size_t end = name_end(text, next);
    if (end == next) {
      result += '$';  // a '$' before anything else is itself
      return next;
    }
    result += value_or_note(text.substr(next, end - next));
    return end;
  }

  Result<std::size_t> expand_braces(const std::string& text, std::size_t open, std::size_t depth, std::string& result) {
    const std::size_t close = closing_brace(text, open);
    const std::size_t name_stop = name_end(text, open + 1);
    if (close == std::string::npos) return malformed(text.substr(open - 1), "the \"}\" is missing");
    const std::string whole = text.substr(open - 1, close - open + 2);
    if (name_stop == open + 1) return malformed(whole, "a variable's name begins with a letter or _");
    const std::string name = text.substr(open + 1, name_stop - open - 1);
    std::size_t at = name_stop;
    if (at == close) {
      result += value_or_note(name);
      return close + 1;
    }
    const bool also_empty = text[at] == ':';
    if (also_empty) ++at;
    const char action = text[at];
    if (action != '-' && action != '?' && action != '+') {
      return malformed(whole, "after the name only :- - :? ? :+ + are known");
    }
    const Result<std::string> value = act(name, action, also_empty, text.substr(at + 1, close - at - 1), depth);
    if (!value) return value.error();
    result += *value;
    return close + 1;
  }

  Result<std::string> act(const std::string& name, char action, bool also_empty, const std::string& word, std::size_t depth) {
    const std::string* value = lookup_(name);
    const bool present = value != nullptr && !(also_empty && value->empty());
    if (action == '+') return present ? expand(word, depth + 1) : Result<std::string>(std::string());
    if (present) return *value;
    Result<std::string> expanded = expand(word, depth + 1);
    if (action == '-' || !expanded) return expanded;
    return Error{ErrorKind::InvalidInput, "the required variable " + name + " is " + (value == nullptr ? "not set" : "empty") +
                                              (expanded->empty() ? "" : ": " + *expanded) + "; set it in the environment or in .env"};
  }

  std::string value_or_note(const std::string& name) {
    if (const std::string* value = lookup_(name)) return *value;
    if (unset.size() < kUnsetNamesMax && std::find(unset.begin(), unset.end(), name) == unset.end()) unset.push_back(name);
    return {};
  }

  static Error malformed(const std::string& what, const std::string& why) {
    return {ErrorKind::InvalidInput, "\"" + what.substr(0, 80) + "\" is not a variable: " + why + "; write $$ for a dollar sign"};
  }

  const Lookup& lookup_;
};

class TreeWalk {
 public:
  TreeWalk(const Lookup& lookup, std::size_t& bytes_left, Report& report) : lookup_(lookup), bytes_left_(bytes_left), report_(report) {}

  void walk(Node& node) {
    if (node.is_scalar()) put_in(node);
    for (Node& item : node.items) {
      path_.push_back("[]");
      walk(item);
      path_.pop_back();
    }
    for (auto& [key, child] : node.fields) {
      path_.push_back(key);
      walk(child);
      path_.pop_back();
    }
  }

 private:
  void put_in(Node& node) {
    if (node.text.find('$') == std::string::npos) return;
    Result<Interpolated> expanded = interpolate(node.text, lookup_);
    if (expanded && expanded->text.size() > bytes_left_) {
      expanded = Error{ErrorKind::Overloaded, "the project's values grow beyond the limit for variables"};
    }
    if (!expanded) return report_.error(node.at, path() + ": " + expanded.error().message);
    bytes_left_ -= expanded->text.size();
    for (const std::string& name : expanded->unset) {
      report_.warning(node.at, path() + ": the variable " + name + " is not set, so it is empty here; set it, or write ${" + name + ":-}");
    }
    node.plain = node.plain && expanded->text == node.text;
    node.text = std::move(expanded->text);
  }

  [[nodiscard]] std::string path() const {
    std::string result;
    for (const std::string_view part : path_) {
      if (!result.empty() && part != "[]") result += '.';
      result += part;
    }
    return result;
  }

  const Lookup& lookup_;
  std::size_t& bytes_left_;
  Report& report_;
  std::vector<std::string_view> path_;
};

}  // namespace

Result<Interpolated> interpolate(const std::string& text, const Lookup& lookup) {
  Expansion expansion(lookup);
  Result<std::string> result = expansion.expand(text, 0);
  if (!result) return result.error();
  return Interpolated{std::move(*result), std::move(expansion.unset)};
}

void interpolate_tree(Node& node, const Variables& variables, std::size_t& bytes_left, Report& report) {
  const Lookup lookup = [&variables](const std::string& name) -> const std::string* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
  };
  TreeWalk(lookup, bytes_left, report).walk(node);
}

}  // namespace farm::compose
