#include "shared/dockerfile/instruction_check.hpp"

#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/words.hpp"

namespace farm::dockerfile_detail {
namespace {

bool is_stage_name(const std::string& name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
}

std::optional<std::string> check_from(const Instruction& from) {
  const bool named = from.words.size() == 3 && lower(from.words[1]) == "as";
  if (from.words.size() != 1 && !named) return "FROM requires either one or three arguments: FROM image [AS name]";
  if (named && !is_stage_name(lower(from.words[2]))) {
    return "invalid name for build stage: '" + from.words[2] + "' can't start with a number or contain symbols";
  }
  return std::nullopt;
}

std::optional<std::string> check_copy(const Instruction& copy) {
  if (copy.words.size() < 2) return copy.keyword + " requires at least two arguments: a source and a destination";
  if (!copy.json && heredoc_word(copy.words.back())) return copy.keyword + " cannot accept a heredoc as a destination";
  return std::nullopt;
}

std::optional<std::string> check_healthcheck(const Instruction& healthcheck) {
  const std::size_t blank = std::min(healthcheck.rest.find_first_of(" \t"), healthcheck.rest.size());
  const std::string type = upper(healthcheck.rest.substr(0, blank));
  const bool has_command = blank < healthcheck.rest.size();
  if (type == "NONE" && has_command) return "HEALTHCHECK NONE takes no arguments";
  if (type == "CMD" && !has_command) return "missing command after HEALTHCHECK CMD";
  if (type != "NONE" && type != "CMD") return "unknown type '" + type + "' in HEALTHCHECK (try CMD)";
  return std::nullopt;
}

std::optional<std::string> check_onbuild(const Instruction& onbuild) {
  const std::string trigger = upper(onbuild.words.empty() ? "" : onbuild.words[0]);
  if (trigger == "ONBUILD") return "chaining ONBUILD via ONBUILD ONBUILD isn't allowed";
  if (trigger == "FROM" || trigger == "MAINTAINER") return trigger + " isn't allowed as an ONBUILD trigger";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> check_instruction(const Instruction& instruction) {
  const std::string& keyword = instruction.keyword;
  if (keyword == "FROM") return check_from(instruction);
  if (keyword == "COPY" || keyword == "ADD") return check_copy(instruction);
  const bool may_be_empty = keyword == "RUN" || keyword == "CMD" || keyword == "ENTRYPOINT";  // as BuildKit has it
  if (instruction.rest.empty() && !may_be_empty) return keyword + " requires at least one argument";
  if (keyword == "HEALTHCHECK") return check_healthcheck(instruction);
  if (keyword == "ONBUILD") return check_onbuild(instruction);
  if (keyword == "SHELL" && !instruction.json) return "SHELL requires the arguments to be in JSON form";
  return std::nullopt;
}

}  // namespace farm::dockerfile_detail
