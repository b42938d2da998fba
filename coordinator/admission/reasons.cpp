#include "coordinator/admission/reasons.hpp"

#include <map>

namespace farm::admission {
namespace {

constexpr std::size_t kNamedMax = 3;

std::map<std::string, std::string> by_name(const std::vector<KeyInput>& inputs) {
  std::map<std::string, std::string> result;
  for (const KeyInput& input : inputs) result[input.name] = input.value;
  return result;
}

std::string joined(const std::vector<std::string>& differences) {
  std::string text;
  for (std::size_t i = 0; i < differences.size() && i < kNamedMax; ++i) text += (i == 0 ? "" : ", ") + differences[i];
  if (differences.size() > kNamedMax) text += " and " + std::to_string(differences.size() - kNamedMax) + " more";
  return text;
}

}  // namespace

std::string rebuild_reason(const std::vector<KeyInput>& now, const std::optional<std::vector<KeyInput>>& last) {
  if (!last) return "first build";
  std::map<std::string, std::string> before = by_name(*last);
  std::vector<std::string> differences;
  for (const KeyInput& input : now) {
    const auto found = before.find(input.name);
    if (found == before.end()) {
      differences.push_back(input.name + " is new");
    } else if (found->second != input.value) {
      differences.push_back(input.name + (input.name.starts_with("base image ") ? " moved" : " changed"));
    }
  }
  const std::map<std::string, std::string> current = by_name(now);
  for (const auto& [name, value] : before) {
    if (!current.contains(name)) differences.push_back(name + " is gone");
  }
  return differences.empty() ? "its result is no longer in the registry" : joined(differences);
}

}  // namespace farm::admission
