#include "shared/dockerfile/dockerfile.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/dockerfile/flags.hpp"
#include "shared/dockerfile/instruction_check.hpp"
#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/words.hpp"

namespace farm {
namespace {

using namespace dockerfile_detail;

constexpr std::size_t kStagesMax = 1'000;
constexpr std::size_t kInstructionsMax = 10'000;

bool is_one_of(std::string_view keyword, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), keyword) != list.end();
}

class Reader {
 public:
  Reader(std::string_view file_name, std::string_view text, Parsed<Dockerfile>& out)
      : lines_(file_name, text), dockerfile_(out.value), diagnostics_(out.diagnostics) {
    dockerfile_.file_name = file_name;
    dockerfile_.text = text;
  }

  void run() {
    bool any = false;
    std::size_t count = 0;
    while (std::optional<LogicalLine> line = lines_.next(diagnostics_)) {
      any = true;
      Instruction instruction = read_instruction(*line);
      if (line->empty_continuation) {
        report(Severity::Warning, instruction.first_line, "an empty line continues this instruction; Docker will refuse that one day");
      }
      if (++count > kInstructionsMax || dockerfile_.stages.size() > kStagesMax) {
        report(Severity::Error, instruction.first_line,
               "more than " + std::to_string(kInstructionsMax) + " instructions or " + std::to_string(kStagesMax) + " stages");
        break;
      }
      add(std::move(instruction));
    }
    dockerfile_.directives = lines_.directives();
    if (!any) {
      report(Severity::Error, 0, "no instructions in this Dockerfile; it needs at least a FROM");
    } else if (dockerfile_.stages.empty() && !stage_missing_reported_) {
      report(Severity::Error, 0, "no build stage in this Dockerfile; it needs at least one FROM");
    }
  }

 private:
  void report(Severity severity, int line, std::string message) {
    diagnostics_.push_back({severity, {dockerfile_.file_name, line, 0}, std::move(message)});
  }

  Instruction read_instruction(LogicalLine& line) {
    Instruction instruction;
    const std::string& text = line.content.text;
    std::size_t at = 0;
    while (at < text.size() && !is_space(text[at])) ++at;
    instruction.keyword = upper(text.substr(0, at));
    instruction.first_line = line.first_line;
    std::vector<std::string> flags;
    const char escape = lines_.directives().escape;
    at += cut_flags(std::string_view(text).substr(at), escape, flags);
    std::size_t end = text.size();
    while (at < end && is_space(text[at])) ++at;
    while (end > at && is_space(text[end - 1])) --end;
    TracedText rest = line.content.slice(at, end);
    instruction.rest = std::move(rest.text);
    instruction.offsets = std::move(rest.offsets);

    if (!is_instruction(instruction.keyword)) {
      report(Severity::Error, line.first_line, "unknown instruction: " + text.substr(0, std::min(text.find(' '), std::size_t{60})));
    } else if (std::optional<std::string> wrong = read_flags(flags, instruction)) {
      report(Severity::Error, line.first_line, *wrong);
    }
    read_words(instruction, escape);
    read_heredocs(instruction, line);
    instruction.last_line = line.last_line;
    instruction.begin = line.begin;
    instruction.end = line.end;
    return instruction;
  }

  void read_words(Instruction& instruction, char escape) {
    const std::string& keyword = instruction.keyword;
    std::string_view body = instruction.rest;
    if (keyword == "HEALTHCHECK") body = trim(body.substr(std::min(body.find_first_of(" \t"), body.size())));
    if (is_one_of(keyword, {"ADD", "COPY", "CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME", "HEALTHCHECK"})) {
      const JsonForm form = parse_json_words(body, instruction.words);
      if (form == JsonForm::NotStrings) {
        report(Severity::Error, instruction.first_line, "a JSON array in an instruction may have strings only");
      }
      instruction.json = form == JsonForm::Yes;
      if (instruction.json) return;
    }
    instruction.words =
        is_one_of(keyword, {"ARG", "ENV", "LABEL"}) ? split_quoted(instruction.rest, escape) : split_blanks(instruction.rest);
    if (is_one_of(keyword, {"ARG", "ENV", "LABEL"})) read_pairs(instruction);
  }

  void read_pairs(Instruction& instruction) {
    const bool arg = instruction.keyword == "ARG";
    if (!arg && !instruction.words.empty() && instruction.words[0].find('=') == std::string::npos) {
      // The old form: KEY value with blanks
      const std::size_t blank = instruction.rest.find_first_of(" \t\v\f\r");
      if (blank == std::string::npos) {
        report(Severity::Error, instruction.first_line, instruction.keyword + " must have two arguments: NAME=VALUE");
        return;
      }
      instruction.pairs.push_back({instruction.rest.substr(0, blank), std::string(trim(instruction.rest.substr(blank)))});
      return;
    }
    for (const std::string& word : instruction.words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos && !arg) {
        report(Severity::Error, instruction.first_line, "can't find = in '" + word + "': it must be of the form NAME=VALUE");
        return;
      }
      if (equals == 0) {
        report(Severity::Error, instruction.first_line, instruction.keyword + " names can not be blank");
        return;
      }
      instruction.pairs.push_back(
          {word.substr(0, equals), equals == std::string::npos ? std::optional<std::string>() : word.substr(equals + 1)});
    }
  }

  void read_heredocs(Instruction& instruction, LogicalLine& line) {
    std::string_view keyword = instruction.keyword;
    const std::string trigger = instruction.words.empty() ? "" : upper(instruction.words[0]);
    if (keyword == "ONBUILD") keyword = trigger;
    if (instruction.json || !is_one_of(keyword, {"ADD", "COPY", "RUN"}) || line.content.text.find("<<") == std::string::npos) return;
    for (Heredoc& heredoc : find_heredocs(line.content.text)) {
      if (!lines_.read_heredoc(heredoc, line)) {
        report(Severity::Error, instruction.first_line, "unterminated heredoc: no line is '" + heredoc.name + "'");
      }
      instruction.heredocs.push_back(std::move(heredoc));
    }
  }

  void add(Instruction instruction) {
    if (std::optional<std::string> wrong = check_instruction(instruction)) report(Severity::Error, instruction.first_line, *wrong);
    if (instruction.keyword == "FROM") {
      add_stage(std::move(instruction));
    } else if (!dockerfile_.stages.empty()) {
      dockerfile_.stages.back().instructions.push_back(std::move(instruction));
    } else if (instruction.keyword == "ARG") {
      for (const KeyValue& pair : instruction.pairs) dockerfile_.global_args.push_back({pair.key, pair.value, instruction.first_line});
    } else if (!stage_missing_reported_ && is_instruction(instruction.keyword)) {
      stage_missing_reported_ = true;
      report(Severity::Error, instruction.first_line, instruction.keyword + " before the first FROM: there is no build stage yet");
    }
  }

  void add_stage(Instruction from) {
    Stage stage;
    stage.place = {dockerfile_.file_name, from.first_line, 0};
    if (!from.words.empty()) stage.base = from.words[0];
    if (from.words.size() == 3) stage.name = lower(from.words[2]);
    if (const InstructionFlag* platform = from.flag("platform")) stage.platform = platform->value;
    stage.from = std::move(from);
    dockerfile_.stages.push_back(std::move(stage));
  }

  LineReader lines_;
  Dockerfile& dockerfile_;
  std::vector<Diagnostic>& diagnostics_;
  bool stage_missing_reported_ = false;
};

}  // namespace

const InstructionFlag* Instruction::flag(std::string_view name) const {
  for (const InstructionFlag& each : flags) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::optional<std::size_t> Dockerfile::find_stage(std::string_view name_or_number) const {
  const std::string name = dockerfile_detail::lower(name_or_number);
  for (std::size_t i = stages.size(); i-- > 0;) {
    if (!name.empty() && stages[i].name == name) return i;
  }
  if (name.empty() || name.size() > 6 || name.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const std::size_t number = std::stoul(name);
  return number < stages.size() ? std::optional<std::size_t>(number) : std::nullopt;
}

Parsed<Dockerfile> parse_dockerfile(std::string_view file_name, std::string_view text) {
  Parsed<Dockerfile> parsed;
  if (text.size() > limits::kDockerfileBytesMax) {
    parsed.value.file_name = file_name;
    parsed.diagnostics.push_back({Severity::Error,
                                  {std::string(file_name), 0, 0},
                                  "the Dockerfile is longer than the limit of " + std::to_string(limits::kDockerfileBytesMax) + " bytes"});
    return parsed;
  }
  Reader(file_name, text, parsed).run();
  return parsed;
}

}  // namespace farm
