#include "coordinator/admission/reasons.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace farm::admission {
namespace {

constexpr std::size_t kNamedMax = 3;

// Some inputs have the same name, as each dependency that is needed: then all their values together count.
using ByName = std::map<std::string, std::multiset<std::string>>;
ByName by_name(const std::vector<KeyInput>& inputs) {
  ByName result;
  for (const KeyInput& input : inputs) result[input.name].insert(input.value);
  return result;
}

std::vector<std::string> without(const std::multiset<std::string>& values, const std::multiset<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(values.begin(), values.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

std::string in_words(const Difference& difference) {
  if (difference.change == Change::New) return difference.name + " is new";
  if (difference.change == Change::Gone) return difference.name + " is gone";
  return difference.name + (difference.name.starts_with("base image ") ? " moved" : " changed");
}

std::string joined(const std::vector<Difference>& found) {
  std::string text;
  for (std::size_t i = 0; i < found.size() && i < kNamedMax; ++i) text += (i == 0 ? "" : ", ") + in_words(found[i]);
  if (found.size() > kNamedMax) text += " and " + std::to_string(found.size() - kNamedMax) + " more";
  return text;
}

}  // namespace

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::None: return "";
    case Cause::NoCache: return "no-cache";
    case Cause::FirstBuild: return "first-build";
    case Cause::Dockerfile: return "dockerfile";
    case Cause::BaseImage: return "base-image";
    case Cause::Upstream: return "upstream";
    case Cause::Dependencies: return "dependencies";
    case Cause::Manifest: return "manifest";
    case Cause::Arguments: return "arguments";
    case Cause::Source: return "source";
    case Cause::Other: return "other";
    case Cause::ResultLost: return "result-lost";
  }
  return "other";
}

Cause cause_of_input(std::string_view name) {
  using Rule = std::pair<std::string_view, Cause>;
  constexpr std::array kWhole = {Rule{"dockerfile", Cause::Dockerfile}, Rule{"deps", Cause::Upstream},
                                 Rule{"needs", Cause::Dependencies},    Rule{"resolver", Cause::Manifest},
                                 Rule{"toolchain", Cause::Manifest},    Rule{"crates' dependencies", Cause::Manifest},
                                 Rule{"target", Cause::Arguments},      Rule{"platform", Cause::Arguments},
                                 Rule{"network", Cause::Arguments},     Rule{"files copied before the cook", Cause::Source},
                                 Rule{"whole context", Cause::Source}};
  constexpr std::array kStarts = {
      Rule{"base image ", Cause::BaseImage}, Rule{"deps ", Cause::Upstream},       Rule{"image ", Cause::Upstream},
      Rule{"asks ", Cause::Dependencies},    Rule{"lock ", Cause::Dependencies},   Rule{"platform ", Cause::Dependencies},
      Rule{"patch", Cause::Dependencies},    Rule{"replace", Cause::Dependencies}, Rule{"profile.", Cause::Manifest},
      Rule{"config.", Cause::Manifest},      Rule{"toolchain.", Cause::Manifest},  Rule{"env.", Cause::Arguments},
      Rule{"arg ", Cause::Arguments},        Rule{"label ", Cause::Arguments},     Rule{"host ", Cause::Arguments},
      Rule{"secret ", Cause::Arguments},     Rule{"slice ", Cause::Source},        Rule{"context ", Cause::Source},
      Rule{"directory ", Cause::Source},
  };
  for (const auto& [whole, cause] : kWhole) {
    if (name == whole) return cause;
  }
  for (const auto& [start, cause] : kStarts) {
    if (name.starts_with(start)) return cause;
  }
  return Cause::Other;
}

std::vector<Difference> differences(const std::vector<KeyInput>& now, const std::vector<KeyInput>& last) {
  const ByName before = by_name(last);
  const ByName current = by_name(now);
  const std::multiset<std::string> none;
  std::vector<Difference> found;
  std::set<std::string> compared;
  for (const KeyInput& input : now) {  // in the order of the inputs, which is that of interest
    if (!compared.insert(input.name).second) continue;
    const auto old = before.find(input.name);
    const std::multiset<std::string>& values = current.at(input.name);
    if (old == before.end()) {
      found.push_back({input.name, Change::New, {}, without(values, none)});
    } else if (old->second != values) {
      found.push_back({input.name, Change::Changed, without(old->second, values), without(values, old->second)});
    }
  }
  for (const auto& [name, values] : before) {
    if (!current.contains(name)) found.push_back({name, Change::Gone, without(values, none), {}});
  }
  return found;
}

Miss why_missing(const std::vector<KeyInput>& now, const std::optional<std::vector<KeyInput>>& last) {
  if (!last) return {Cause::FirstBuild, "first build"};
  const std::vector<Difference> found = differences(now, *last);
  if (found.empty()) return {Cause::ResultLost, "its result is no longer in the registry"};
  Miss miss{Cause::Other, joined(found)};
  for (const Difference& difference : found) miss.cause = std::min(miss.cause, cause_of_input(difference.name));
  return miss;
}

}  // namespace farm::admission
