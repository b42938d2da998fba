#include "shared/dockerfile/shell_if.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace farm::dockerfile_detail {
namespace {

constexpr std::size_t kDepthMax = 16;

Error not_understood(std::string what) { return {ErrorKind::InvalidInput, std::move(what)}; }

bool is_keyword(std::string_view word) {
  constexpr std::array<std::string_view, 5> kKeywords = {"if", "then", "elif", "else", "fi"};
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

// The fields of a test, without its brackets.
Result<bool> fields_hold(const std::vector<std::string>& fields, const std::vector<bool>& plain) {
  if (fields.size() == 1) return !fields[0].empty();
  if (fields.size() == 2 && plain[0] && (fields[0] == "-n" || fields[0] == "-z")) return (fields[0] == "-n") != fields[1].empty();
  if (fields.size() == 3 && plain[1] && (fields[1] == "=" || fields[1] == "==" || fields[1] == "!=")) {
    return (fields[0] == fields[2]) != (fields[1] == "!=");
  }
  return not_understood("an 'if' with a test that farm doesn't read");
}

// `[ A = B ]`, `[ A != B ]`, `[ -n A ]`, `[ -z A ]` and `[ A ]`, with `[[ … ]]` or `test` as well; `true`, `false`.
Result<bool> holds(const ShellCommand& command, const std::map<std::string, std::string>& variables, bool bash) {
  const std::string first = command.words.empty() ? "" : command.words[0].raw;
  if ((first == "true" || first == "false") && command.words.size() == 1) return first == "true";
  const bool brackets = first == "[[";
  const std::string close = brackets ? "]]" : (first == "[" ? "]" : "");
  if (close.empty() && first != "test") return not_understood("an 'if' that isn't a test of values");
  std::size_t end = command.words.size();
  if (!close.empty()) {
    if (command.words.back().raw != close) return not_understood("an 'if' whose '" + first + "' isn't closed");
    --end;
  }
  std::vector<std::string> fields;
  std::vector<bool> plain;  // written without quotes and variables: may be an operator
  for (std::size_t i = 1; i < end; ++i) {
    // Between [[ and ]], a variable is one field whether quoted or not.
    const std::string& raw = command.words[i].raw;
    const Result<std::vector<std::string>> made = shell_fields(brackets ? "\"\"" + raw : raw, variables);
    if (!made) return not_understood("an 'if' on " + made.error().message);
    if (brackets && made->size() > 1) return not_understood("an 'if' on a value with blanks");
    for (const std::string& field : *made) {
      fields.push_back(field);
      plain.push_back(field == raw);
    }
  }
  // There, what stands behind the operator is a pattern.
  if (brackets && fields.size() == 3 && fields[2].find_first_of("*?[\\(") != std::string::npos)
    return not_understood("an 'if' on a pattern");
  const Result<bool> held = fields_hold(fields, plain);
  // Debian's sh takes both for a mistake, and so for false; bash and Alpine's sh don't.
  const bool only_some = brackets || (fields.size() == 3 && plain[1] && fields[1] == "==");
  if (held && *held && only_some && !bash) return not_understood("'[[' or '==' in an 'if', which not every sh knows (write `[ A = B ]`)");
  return held;
}

}  // namespace

Result<void> ShellIf::condition(Frame& frame, ShellCommand& rest, const std::map<std::string, std::string>& variables) {
  frame.part = Part::Condition;
  frame.live = false;
  if (frame.around && !frame.decided) {
    const Result<bool> taken = holds(rest, variables, bash_);
    if (!taken) return taken.error();
    frame.live = frame.decided = *taken;
  }
  rest.words.clear();
  return {};
}

Result<void> ShellIf::keyword(const std::string& word, ShellCommand& rest, const std::map<std::string, std::string>& variables) {
  if (word == "if") {
    if (frames_.size() == kDepthMax) return not_understood("an 'if' in an 'if' in an 'if' and so on");
    const bool around = live();
    frames_.push_back({around, false, false, Part::Condition});
    return condition(frames_.back(), rest, variables);
  }
  if (frames_.empty()) return not_understood("'" + word + "' without an 'if'");
  Frame& frame = frames_.back();
  if ((word == "then") != (frame.part == Part::Condition) || (frame.part == Part::Otherwise && word != "fi")) {
    return not_understood("an 'if' with more than one command for its condition");
  }
  if (word == "elif") return condition(frame, rest, variables);
  if (word == "then") frame.part = Part::Body;
  if (word == "else") {
    frame.part = Part::Otherwise;
    frame.live = frame.around && !frame.decided;
  }
  if (word == "fi") {
    if (!rest.words.empty()) return not_understood("'fi' with words behind it");
    frames_.pop_back();
  }
  return {};
}

Result<std::optional<ShellCommand>> ShellIf::next(ShellCommand command, const std::map<std::string, std::string>& variables) {
  bool condition_seen = false;
  while (!command.words.empty() && is_keyword(command.words[0].raw)) {
    const std::string word = command.words[0].raw;
    command.words.erase(command.words.begin());
    condition_seen = condition_seen || word == "if" || word == "elif";
    if (const Result<void> followed = keyword(word, command, variables); !followed) return followed.error();
  }
  if (!frames_.empty() && frames_.back().part == Part::Condition && !condition_seen) {
    return not_understood("an 'if' with more than one command for its condition");
  }
  if (command.words.empty() || !live()) return std::optional<ShellCommand>();
  return std::optional<ShellCommand>(std::move(command));
}

}  // namespace farm::dockerfile_detail
