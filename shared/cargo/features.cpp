#include "shared/cargo/features.hpp"

#include <algorithm>

namespace farm::cargo_detail {

LocalFeatures::LocalFeatures(const Workspace& workspace, std::set<std::size_t> with_dev)
    : workspace_(workspace), with_dev_(std::move(with_dev)), decoupled_(workspace.resolver != "1") {}

void LocalFeatures::activate(std::size_t crate, const std::set<std::string>& features, bool default_features) {
  const Unit unit{crate, decoupled_ && workspace_.crates[crate].is_proc_macro()};
  tasks_.push_back({unit, ""});
  if (default_features) tasks_.push_back({unit, "default"});
  for (const std::string& feature : features) tasks_.push_back({unit, feature});
  roots_[unit].insert(features.begin(), features.end());
  if (default_features) roots_[unit].insert("default");
}

void LocalFeatures::settle() {
  while (!tasks_.empty()) {
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    take(task);
  }
}

bool LocalFeatures::is_active(const Unit& unit, const Dependency& dependency) const {
  if (dependency.kind == DependencyKind::Dev && !with_dev_.contains(unit.first)) return false;
  if (!dependency.optional) return true;
  const auto found = units_.find(unit);
  return found != units_.end() && found->second.optional.contains(dependency.key);
}

Unit LocalFeatures::unit_of(const Unit& unit, const Dependency& dependency) const {
  const std::size_t crate = *dependency.local;
  const bool host = unit.second || dependency.kind == DependencyKind::Build || workspace_.crates[crate].is_proc_macro();
  return {crate, decoupled_ && host};
}

void LocalFeatures::enter(const Unit& unit) {
  if (!units_.emplace(unit, Activation{}).second) return;
  for (const Dependency& dependency : workspace_.crates[unit.first].dependencies) {
    if (!dependency.optional && is_active(unit, dependency)) visit(unit, dependency);
  }
}

void LocalFeatures::visit(const Unit& unit, const Dependency& dependency) {
  if (!dependency.local) return;
  const Unit below = unit_of(unit, dependency);
  tasks_.push_back({below, ""});
  if (dependency.default_features) tasks_.push_back({below, "default"});
  for (const std::string& feature : dependency.features) tasks_.push_back({below, feature});
  const auto& extra = units_[unit].extra;
  if (const auto more = extra.find(dependency.key); more != extra.end()) {
    for (const std::string& feature : more->second) tasks_.push_back({below, feature});
  }
}

// Has an optional dependency of this name a feature of the same name, because no feature says "dep:name"?
bool LocalFeatures::is_implicit(const Crate& crate, const std::string& name) const {
  const bool optional = std::any_of(crate.dependencies.begin(), crate.dependencies.end(),
                                    [&](const Dependency& dependency) { return dependency.optional && dependency.key == name; });
  if (!optional) return false;
  for (const auto& [feature, values] : crate.features) {
    if (std::find(values.begin(), values.end(), "dep:" + name) != values.end()) return false;
  }
  return true;
}

void LocalFeatures::take(const Task& task) {
  enter(task.unit);
  const std::string& value = task.value;
  if (value.empty()) return;
  const Crate& crate = workspace_.crates[task.unit.first];
  if (value.starts_with("dep:")) return switch_on(task.unit, value.substr(4));
  const std::size_t slash = value.find('/');
  if (slash != std::string::npos) {
    std::string name = value.substr(0, slash);
    const bool weak = name.ends_with('?');
    if (weak) name.pop_back();
    return take_dependency_feature(task.unit, name, value.substr(slash + 1), weak);
  }
  if (!units_[task.unit].features.insert(value).second) return;
  if (const auto values = crate.features.find(value); values != crate.features.end()) {
    for (const std::string& each : values->second) tasks_.push_back({task.unit, each});
  } else if (is_implicit(crate, value)) {
    switch_on(task.unit, value);
  }
}

void LocalFeatures::take_dependency_feature(const Unit& unit, const std::string& name, const std::string& feature, bool weak) {
  const bool fresh = units_[unit].extra[name].insert(feature).second;
  const Crate& crate = workspace_.crates[unit.first];
  if (!weak) {
    switch_on(unit, name);
    if (crate.features.contains(name) || is_implicit(crate, name)) tasks_.push_back({unit, name});
  }
  if (!fresh) return;
  for (const Dependency& dependency : crate.dependencies) {
    if (dependency.key == name && dependency.local && is_active(unit, dependency)) tasks_.push_back({unit_of(unit, dependency), feature});
  }
}

void LocalFeatures::switch_on(const Unit& unit, const std::string& key) {
  const Crate& crate = workspace_.crates[unit.first];
  const bool optional = std::any_of(crate.dependencies.begin(), crate.dependencies.end(),
                                    [&](const Dependency& dependency) { return dependency.optional && dependency.key == key; });
  if (!optional || !units_[unit].optional.insert(key).second) return;
  for (const Dependency& dependency : crate.dependencies) {
    if (dependency.optional && dependency.key == key && is_active(unit, dependency)) visit(unit, dependency);
  }
}

}  // namespace farm::cargo_detail
