#include "shared/history/dependency_words.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace farm::history {
namespace {

constexpr std::string_view kLock = "lock ";
constexpr std::string_view kAsks = "asks ";

bool came(const InputChange& change) { return change.before.empty() && !change.after.empty(); }
bool went(const InputChange& change) { return change.after.empty() && !change.before.empty(); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }
std::string after_first_word(const std::string& text) {
  const std::size_t space = text.find(' ');
  return space == std::string::npos ? "" : text.substr(space + 1);
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

struct Versions {
  std::vector<std::string> before;
  std::vector<std::string> after;
};

std::set<std::string> features_in(const std::vector<std::string>& values) {
  std::set<std::string> features;
  for (const std::string& value : values) {
    for (std::size_t begin = 0; begin < value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      features.insert(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return features;
}

// "+rc −derive"
std::string feature_difference(const std::set<std::string>& before, const std::set<std::string>& after) {
  std::string text;
  const auto add = [&text](const char* sign, const std::string& name) { text += (text.empty() ? "" : " ") + (sign + name); };
  for (const std::string& name : after) {
    if (!before.contains(name)) add("+", name);
  }
  for (const std::string& name : before) {
    if (!after.contains(name)) add("-", name);
  }
  return text;
}

// One external crate as manifests ask for it. What follows " = " is the locked version, of which the lockfile's own entry tells.
struct Asked {
  std::string requirement;
  std::set<std::string> features;
};

std::string requirement_of(const std::string& rest) { return trimmed(rest.substr(0, rest.find(" = "))); }

}  // namespace

std::vector<Reason> lock_reasons(const std::vector<InputChange>& changes) {
  std::map<std::string, Versions> crates;
  std::vector<Reason> reasons;
  for (const InputChange& change : changes) {
    if (!change.name.starts_with(kLock)) continue;
    const std::string entry = change.name.substr(kLock.size());
    if (came(change)) {
      crates[first_word(entry)].after.push_back(after_first_word(entry));
    } else if (went(change)) {
      crates[first_word(entry)].before.push_back(after_first_word(entry));
    } else {
      reasons.push_back(
          {ReasonKind::Lock, entry, "", "", "Cargo.lock: " + entry + ": another source, checksum or choice of versions below it"});
    }
  }
  for (const auto& [name, versions] : crates) {
    const std::string before = joined(versions.before);
    const std::string after = joined(versions.after);
    std::string text = "Cargo.lock: " + name + " ";
    if (before.empty()) {
      text += after + " is new";
    } else if (after.empty()) {
      text += before + " is gone";
    } else {
      text += before + " → " + after;
    }
    reasons.push_back({ReasonKind::Lock, name, before, after, std::move(text)});
  }
  return reasons;
}

std::vector<Reason> dependency_reasons(const std::vector<InputChange>& changes) {
  std::map<std::string, std::vector<Asked>> before;
  std::map<std::string, std::vector<Asked>> after;
  std::set<std::string> names;
  for (const InputChange& change : changes) {
    if (!change.name.starts_with(kAsks)) continue;
    const std::string entry = change.name.substr(kAsks.size());
    const std::string name = first_word(entry);
    names.insert(name);
    const std::string requirement = requirement_of(after_first_word(entry));
    if (!change.before.empty()) before[name].push_back({requirement, features_in(change.before)});
    if (!change.after.empty()) after[name].push_back({requirement, features_in(change.after)});
  }
  std::vector<Reason> reasons;
  const auto requirements = [](const std::vector<Asked>& list) {
    std::vector<std::string> texts;
    for (const Asked& asked : list) texts.push_back(asked.requirement);
    return joined(texts);
  };
  const auto features = [](const std::vector<Asked>& list) {
    std::set<std::string> all;
    for (const Asked& asked : list) all.insert(asked.features.begin(), asked.features.end());
    return all;
  };
  for (const std::string& name : names) {
    const std::string old_requirement = requirements(before[name]);
    const std::string requirement = requirements(after[name]);
    const std::string difference = feature_difference(features(before[name]), features(after[name]));
    if (before[name].empty()) {
      reasons.push_back({ReasonKind::Dependency, name, "", requirement, "Cargo.toml: " + name + " = \"" + requirement + "\" is new"});
    } else if (after[name].empty()) {
      reasons.push_back(
          {ReasonKind::Dependency, name, old_requirement, "", "Cargo.toml: " + name + " = \"" + old_requirement + "\" is gone"});
    } else if (old_requirement != requirement) {
      reasons.push_back({ReasonKind::Dependency, name, old_requirement, requirement,
                         "Cargo.toml: " + name + " = \"" + old_requirement + "\" → \"" + requirement + "\"" +
                             (difference.empty() ? "" : ", features " + difference)});
    } else if (!difference.empty()) {
      std::vector<std::string> old_features;
      std::vector<std::string> new_features;
      for (const std::string& feature : features(before[name])) old_features.push_back(feature);
      for (const std::string& feature : features(after[name])) new_features.push_back(feature);
      reasons.push_back(
          {ReasonKind::Dependency, name, joined(old_features), joined(new_features), "Cargo.toml: " + name + ": features " + difference});
    }
  }
  return reasons;
}

}  // namespace farm::history
