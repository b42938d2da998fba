#include "shared/dockerfile/flags.hpp"

#include <algorithm>
#include <array>

#include "shared/dockerfile/lines.hpp"

namespace farm::dockerfile_detail {
namespace {

enum class FlagType { Bool, Text, List };
struct FlagRule {
  std::string_view keyword;
  std::string_view name;
  FlagType type;
};

constexpr std::array kFlagRules = {
    FlagRule{"ADD", "chown", FlagType::Text},
    FlagRule{"ADD", "chmod", FlagType::Text},
    FlagRule{"ADD", "link", FlagType::Bool},
    FlagRule{"ADD", "keep-git-dir", FlagType::Bool},
    FlagRule{"ADD", "checksum", FlagType::Text},
    FlagRule{"ADD", "unpack", FlagType::Bool},
    FlagRule{"ADD", "exclude", FlagType::List},
    FlagRule{"COPY", "chown", FlagType::Text},
    FlagRule{"COPY", "from", FlagType::Text},
    FlagRule{"COPY", "chmod", FlagType::Text},
    FlagRule{"COPY", "link", FlagType::Bool},
    FlagRule{"COPY", "exclude", FlagType::List},
    FlagRule{"COPY", "parents", FlagType::Bool},
    FlagRule{"FROM", "platform", FlagType::Text},
    FlagRule{"HEALTHCHECK", "interval", FlagType::Text},
    FlagRule{"HEALTHCHECK", "timeout", FlagType::Text},
    FlagRule{"HEALTHCHECK", "start-period", FlagType::Text},
    FlagRule{"HEALTHCHECK", "start-interval", FlagType::Text},
    FlagRule{"HEALTHCHECK", "retries", FlagType::Text},
    FlagRule{"RUN", "mount", FlagType::List},
    FlagRule{"RUN", "network", FlagType::Text},
    FlagRule{"RUN", "security", FlagType::Text},
    FlagRule{"RUN", "device", FlagType::List},
};

constexpr std::array<std::string_view, 18> kInstructions = {"ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
                                                            "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
                                                            "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

constexpr std::array<std::string_view, 5> kMountTypes = {"bind", "cache", "tmpfs", "secret", "ssh"};
constexpr std::array<std::string_view, 20> kMountKeys = {"type",     "from", "source",    "src", "target", "dst",     "destination",
                                                         "readonly", "ro",   "readwrite", "rw",  "id",     "sharing", "required",
                                                         "size",     "mode", "uid",       "gid", "env",    ""};

template <typename List>
bool has(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

const FlagRule* find_rule(std::string_view keyword, std::string_view name) {
  for (const FlagRule& rule : kFlagRules) {
    if (rule.keyword == keyword && rule.name == name) return &rule;
  }
  return nullptr;
}

std::optional<std::string> check_mount(std::string_view value) {
  for (const InstructionFlag& field : mount_fields(value)) {
    const std::string key = lower(field.name);
    if (!has(kMountKeys, key) || key.empty()) return "unexpected key '" + field.name + "' in --mount=" + std::string(value);
    const bool variable = field.value.find('$') != std::string::npos;
    if (key == "type" && !variable && !has(kMountTypes, lower(field.value))) return "unsupported mount type '" + field.value + "'";
    if (key == "from" && variable) return "'from' of a --mount doesn't support variables; give the image a stage name with FROM … AS";
  }
  return std::nullopt;
}

}  // namespace

bool is_instruction(std::string_view keyword) { return has(kInstructions, keyword); }

std::vector<InstructionFlag> mount_fields(std::string_view value) {
  std::vector<InstructionFlag> fields;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view field = value.substr(0, comma);
    const std::size_t equals = std::min(field.find('='), field.size());
    fields.push_back({std::string(field.substr(0, equals)), std::string(field.substr(std::min(equals + 1, field.size())))});
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return fields;
}

std::optional<std::string> read_flags(const std::vector<std::string>& words, Instruction& instruction) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const bool has_value = equals != std::string::npos;
    InstructionFlag flag{word.substr(2, has_value ? equals - 2 : std::string::npos), has_value ? word.substr(equals + 1) : ""};
    const FlagRule* rule = find_rule(instruction.keyword, flag.name);
    if (rule == nullptr) return "unknown flag --" + flag.name + " for " + instruction.keyword;
    if (rule->type != FlagType::List && instruction.flag(flag.name) != nullptr) return "duplicate flag --" + flag.name;
    if (rule->type == FlagType::Bool) {
      if (has_value && flag.value.empty()) return "missing a value on flag --" + flag.name;
      flag.value = has_value ? lower(flag.value) : "true";
      if (flag.value != "true" && flag.value != "false") return "flag --" + flag.name + " must be true or false, not '" + flag.value + "'";
    } else if (!has_value) {
      return "missing a value on flag --" + flag.name;
    }
    if (flag.name == "mount") {
      if (std::optional<std::string> wrong = check_mount(flag.value)) return wrong;
    }
    instruction.flags.push_back(std::move(flag));
  }
  return std::nullopt;
}

}  // namespace farm::dockerfile_detail
