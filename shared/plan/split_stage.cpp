#include "shared/plan/split_stage.hpp"

#include <algorithm>
#include <cctype>

namespace farm::plan {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool names_stages_by_number(const Dockerfile& dockerfile) {
  for (const Stage& stage : dockerfile.stages) {
    for (const Instruction& instruction : stage.instructions) {
      for (const InstructionFlag& flag : instruction.flags) {
        if (flag.name == "from" && is_number(flag.value)) return true;
        const std::size_t from = flag.name == "mount" ? flag.value.find("from=") : std::string::npos;
        if (from != std::string::npos && from + 5 < flag.value.size() &&
            std::isdigit(static_cast<unsigned char>(flag.value[from + 5])) != 0)
          return true;
      }
    }
  }
  return false;
}

// The FROM line without its " AS name".
std::string from_without_name(const Dockerfile& dockerfile, const Stage& stage) {
  std::string line = dockerfile.text.substr(stage.from.begin, stage.from.end - stage.from.begin);
  if (stage.name.empty()) return line;
  std::size_t end = line.find_last_not_of(" \t");
  end = line.find_last_of(" \t", end);      // in front of the name
  end = line.find_last_not_of(" \t", end);  // the end of AS
  end = line.find_last_of(" \t", end);      // in front of AS
  return line.substr(0, line.find_last_not_of(" \t", end) + 1);
}

}  // namespace

std::optional<std::string> split_cook_stage(const Dockerfile& dockerfile, const RustStages& rust) {
  if (!rust.cook || !rust.build || rust.cook->stage != rust.build->stage) return std::nullopt;
  if (rust.cook->instruction >= rust.build->instruction || names_stages_by_number(dockerfile)) return std::nullopt;
  const Stage& stage = dockerfile.stages[rust.cook->stage];
  const Instruction& cook = stage.instructions[rust.cook->instruction];
  std::string second = "\nFROM " + std::string(kCookStage) + (stage.name.empty() ? "" : " AS " + stage.name);
  for (std::size_t i = 0; i <= rust.cook->instruction; ++i) {
    if (stage.instructions[i].keyword == "ARG") second += "\nARG " + stage.instructions[i].rest;
  }
  const std::string& text = dockerfile.text;
  return text.substr(0, stage.from.begin) + from_without_name(dockerfile, stage) + " AS " + kCookStage +
         text.substr(stage.from.end, cook.end - stage.from.end) + second + text.substr(cook.end);
}

}  // namespace farm::plan
