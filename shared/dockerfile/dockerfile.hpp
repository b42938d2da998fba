// Purpose: a Dockerfile as values: directives, global ARGs, stages, instructions, exactly as written (nothing expanded; see resolve.hpp).
// Reads what BuildKit's dockerfile frontend reads and refuses what it refuses, as diagnostics with file:line. Pure.
// Limits: kDockerfileBytesMax, 10,000 instructions, 1,000 stages; more is one error. Ownership: the value owns a copy of the text; offsets
// point into `text`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm {

struct DockerfileDirectives {
  std::string syntax;  // "" where there is none
  char escape = '\\';  // '\\' or '`'
  std::string check;
};

// `--name=value` in front of an instruction's words. `--link` alone has the value "true".
struct InstructionFlag {
  std::string name;
  std::string value;
  friend bool operator==(const InstructionFlag&, const InstructionFlag&) = default;
};

struct Heredoc {
  std::string name;         // the word after "<<", without quotes
  bool strip_tabs = false;  // "<<-"
  bool expand = true;       // false where the word is quoted
  std::string content;      // the body, without the last line (tabs already stripped for "<<-")
};

// "KEY=VALUE" of ARG, ENV and LABEL. An ARG without "=" has no value.
struct KeyValue {
  std::string key;
  std::optional<std::string> value;  // as written, with its quotes
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

struct Instruction {
  std::string keyword;  // upper case
  std::vector<InstructionFlag> flags;
  // The logical text after keyword and flags: continuation lines joined, comments between them dropped, ends trimmed.
  std::string rest;
  std::vector<std::size_t> offsets;  // per byte of `rest`: where it stands in Dockerfile::text
  bool json = false;                 // `rest` is a JSON array of strings
  std::vector<std::string> words;    // JSON: the strings. Else `rest` split at blanks, quotes and escapes kept
  std::vector<KeyValue> pairs;       // of ARG, ENV and LABEL
  std::vector<Heredoc> heredocs;
  int first_line = 0;     // from 1
  int last_line = 0;      // the last continuation or heredoc line
  std::size_t begin = 0;  // the instruction's bytes in Dockerfile::text: [begin, end), without the last line end
  std::size_t end = 0;

  // The first flag of this name, or nullptr.
  [[nodiscard]] const InstructionFlag* flag(std::string_view name) const;
};

struct GlobalArg {
  std::string name;
  std::optional<std::string> value;  // as written
  int line = 0;
};

struct Stage {
  std::string name;                       // of `AS name`, lower case; "" where it has none
  std::string base;                       // as written, e.g. "${BASE}:1"
  std::string platform;                   // of `--platform`, as written; "" where it has none
  std::vector<Instruction> instructions;  // without the FROM
  Instruction from;
  Place place;  // of the FROM
};

struct Dockerfile {
  std::string file_name;
  std::string text;
  DockerfileDirectives directives;
  std::vector<GlobalArg> global_args;  // ARGs before the first FROM
  std::vector<Stage> stages;

  // By name (any case) or by number; none where there is no such stage.
  [[nodiscard]] std::optional<std::size_t> find_stage(std::string_view name_or_number) const;
  [[nodiscard]] Place place(const Instruction& instruction) const { return {file_name, instruction.first_line, 0}; }
};

// `file_name` is used in diagnostics only.
Parsed<Dockerfile> parse_dockerfile(std::string_view file_name, std::string_view text);

}  // namespace farm
