// Purpose: reads the simple part of shell that RUN lines are made of: commands joined by `&&` and `;`, assignments, quotes, variables.
// Anything else (pipes, `||`, loops, substitutions) is said to be not understood; nothing is guessed. `if`, `then`, `elif`, `else` and `fi`
// stay the first word of the command that they stand before: shell_if.hpp reads them. Internal to shared/dockerfile. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::dockerfile_detail {

struct ShellWord {
  std::string raw;        // with quotes
  std::size_t begin = 0;  // bytes in the text that was read
  std::size_t end = 0;
};

struct ShellCommand {
  std::vector<ShellWord> words;
};

struct ShellList {
  std::vector<ShellCommand> commands;
  std::string not_understood;  // "" where all was; else what wasn't
};

ShellList read_shell(std::string_view text);

// The fields that a word becomes: variables set in, split at blanks where they aren't quoted, quotes removed.
// Error: InvalidInput for an unknown variable, a substitution, a wildcard.
Result<std::vector<std::string>> shell_fields(std::string_view raw, const std::map<std::string, std::string>& variables);

// "NAME=value" in front of a command. The name, or "".
std::string assignment_name(std::string_view raw);

// The variable's name where the word is nothing but $NAME, ${NAME} or either in double quotes; else "".
std::string lone_variable(std::string_view raw);

}  // namespace farm::dockerfile_detail
