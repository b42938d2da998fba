#include "coordinator/admission/reasons.hpp"

#include <map>
#include <set>

namespace farm::admission {
namespace {

constexpr std::size_t kNamedMax = 3;

// Some inputs have the same name, as each dependency that is needed: then all their values together count.
std::map<std::string, std::multiset<std::string>> by_name(const std::vector<KeyInput>& inputs) {
  std::map<std::string, std::multiset<std::string>> result;
  for (const KeyInput& input : inputs) result[input.name].insert(input.value);
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
  const auto before = by_name(*last);
  const auto current = by_name(now);
  std::vector<std::string> differences;
  std::set<std::string> compared;
  for (const KeyInput& input : now) {  // in the order of the inputs, which is that of interest
    if (!compared.insert(input.name).second) continue;
    const auto found = before.find(input.name);
    if (found == before.end()) {
      differences.push_back(input.name + " is new");
    } else if (found->second != current.at(input.name)) {
      differences.push_back(input.name + (input.name.starts_with("base image ") ? " moved" : " changed"));
    }
  }
  for (const auto& [name, values] : before) {
    if (!current.contains(name)) differences.push_back(name + " is gone");
  }
  return differences.empty() ? "its result is no longer in the registry" : joined(differences);
}

}  // namespace farm::admission
