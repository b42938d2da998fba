// Purpose: farmctl's verbs and options as a value, read from the parser itself (farmctl/cli/describe.hpp): what completion, man pages and
// their tests are made from, so that none of them can drift. Pure.
#pragma once

#include <string>
#include <vector>

namespace farm::ctl {

struct OptionDoc {
  std::vector<std::string> names;  // "-o", "--output"; of a positional its one name
  std::string value;               // "FILE", "SERVICE", "text|json"; empty: a flag
  std::string help;
  bool required = false;
  bool repeatable = false;

  // The words that `value` names ("text|json"); empty where it names none.
  [[nodiscard]] std::vector<std::string> choices() const;
};

struct CommandDoc {
  std::string name;  // "farmctl", "submit"
  std::string description;
  std::string footer;  // examples
  std::vector<OptionDoc> options;
  std::vector<OptionDoc> positionals;
  std::vector<CommandDoc> subcommands;

  [[nodiscard]] const CommandDoc* find(const std::string& subcommand) const;
};

}  // namespace farm::ctl
