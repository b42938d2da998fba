#include "shared/dockerfile/scope.hpp"

#include <algorithm>
#include <array>

#include "shared/dockerfile/lines.hpp"

namespace farm::dockerfile_detail {
namespace {

void put_platform(std::map<std::string, std::string>& args, const std::string& prefix, const std::string& platform) {
  args[prefix + "PLATFORM"] = platform;
  std::array<std::string, 3> parts;
  std::size_t begin = 0;
  for (std::string& part : parts) {
    if (begin > platform.size()) break;
    const std::size_t end = std::min(platform.find('/', begin), platform.size());
    part = platform.substr(begin, end - begin);
    begin = end + 1;
  }
  args[prefix + "OS"] = parts[0];
  args[prefix + "ARCH"] = parts[1];
  args[prefix + "VARIANT"] = parts[2];
  args[prefix + "OSVERSION"] = "";
}

bool is_name_char(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::map<std::string, std::string> platform_args(const ResolveOptions& options) {
  std::map<std::string, std::string> args;
  put_platform(args, "TARGET", options.platform);
  put_platform(args, "BUILD", options.build_platform.empty() ? options.platform : options.build_platform);
  args["TARGETSTAGE"] = options.target.empty() ? "default" : options.target;
  for (auto& [name, value] : args) {
    const auto given = options.build_args.find(name);
    if (given != options.build_args.end()) value = given->second;
  }
  return args;
}

bool is_predefined_arg(std::string_view name) {
  constexpr std::array<std::string_view, 5> kProxies = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"};
  if (name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH") return true;
  const std::string folded = upper(name);
  return (folded == name || lower(name) == name) && std::find(kProxies.begin(), kProxies.end(), folded) != kProxies.end();
}

std::map<std::string, std::string> variables_of(const InstructionScope& scope) {
  std::map<std::string, std::string> variables = scope.args;
  variables.insert(scope.environment.begin(), scope.environment.end());
  return variables;
}

std::set<std::string> mentioned_names(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    std::size_t begin = at + 1;
    while (begin < text.size() && (text[begin] == '{' || text[begin] == '#' || text[begin] == '!')) ++begin;
    std::size_t end = begin;
    while (end < text.size() && is_name_char(text[end])) ++end;
    if (end > begin) names.emplace(text.substr(begin, end - begin));
  }
  return names;
}

std::string absolute_path(const std::string& directory, const std::string& path) {
  const std::string joined = path.starts_with('/') ? path : directory + "/" + path;
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= joined.size()) {
    const std::size_t end = std::min(joined.find('/', begin), joined.size());
    const std::string part = joined.substr(begin, end - begin);
    begin = end + 1;
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
  }
  std::string result;
  for (const std::string& part : parts) result += "/" + part;
  return result.empty() ? "/" : result;
}

Result<void> apply_instruction(const Dockerfile& dockerfile, const Instruction& instruction,
                               const std::map<std::string, std::string>& globals, const std::map<std::string, std::string>& build_args,
                               InstructionScope& scope, std::set<std::string>& used) {
  // All values of one ENV are expanded with what was there before it; those of one ARG one after the other.
  const bool arg = instruction.keyword == "ARG";
  std::map<std::string, std::string> variables = variables_of(scope);
  const auto expand = [&](std::string_view text) { return expand_dockerfile_word(text, dockerfile.directives.escape, variables, &used); };
  if (instruction.keyword == "WORKDIR") {
    Result<std::string> path = expand(instruction.rest);
    if (!path) return path.error();
    scope.workdir = absolute_path(scope.workdir, *path);
    return {};
  }
  if (!arg && instruction.keyword != "ENV") return {};
  for (const KeyValue& pair : instruction.pairs) {
    Result<std::string> key = expand(pair.key);
    if (!key) return key.error();
    std::optional<std::string> value;
    const auto given = build_args.find(*key);
    const auto global = globals.find(*key);
    if (arg && given != build_args.end()) {
      value = given->second;
    } else if (pair.value) {
      Result<std::string> expanded = expand(*pair.value);
      if (!expanded) return expanded.error();
      value = std::move(*expanded);
    } else if (global != globals.end()) {
      value = global->second;
    }
    if (!value) continue;
    (arg ? scope.environment : scope.args).erase(*key);
    (arg ? scope.args : scope.environment)[*key] = *value;
    if (arg) variables[*key] = *value;
  }
  return {};
}

}  // namespace farm::dockerfile_detail
