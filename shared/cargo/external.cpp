#include "shared/cargo/external.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace farm::cargo_detail {
namespace {

std::string join(const std::set<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

std::string id_of(const LockPackage& package) {
  std::string id = package.name + " " + package.version;
  if (!package.source.empty() && !package.source.starts_with("registry+")) id += " (" + package.source + ")";
  return id;
}

class Planner {
 public:
  Planner(const Workspace& workspace, const LocalFeatures& features) : workspace_(workspace), features_(features) {
    if (!workspace.lockfile) return;
    const std::vector<LockPackage>& packages = workspace.lockfile->packages;
    for (std::size_t i = 0; i < packages.size(); ++i) by_name_.emplace(packages[i].name, i);
  }

  ExternalPlan run(const std::set<std::size_t>& built) {
    plan_.locked = workspace_.lockfile.has_value();
    find_needed(built);
    const std::set<std::size_t>& needed = reach(needed_packages_);
    std::set<std::size_t> packages = needed;
    for (const auto& [unit, activation] : features_.units()) {
      for (const Dependency& dependency : workspace_.crates[unit.first].dependencies) {
        if (dependency.local || !features_.is_active(unit, dependency)) continue;
        const std::vector<std::size_t> found = locked(unit.first, dependency);
        if (found.empty()) plan_.locked = false;
        const std::set<std::size_t>& reached = reach(found);
        const bool matters =
            found.empty() || std::any_of(reached.begin(), reached.end(), [&](std::size_t each) { return needed.contains(each); });
        if (!matters) continue;
        packages.insert(reached.begin(), reached.end());
        add_asked(unit, activation, dependency, found);
      }
    }
    for (const auto& [name, features] : asked_) plan_.inputs.push_back({"asks " + name, join(features)});
    for (const std::string& line : needs_) plan_.inputs.push_back({"needs", line});
    add_platform_edges();
    add_lock(packages);
    return std::move(plan_);
  }

 private:
  // The locked packages that a dependency of a crate can mean; usually one.
  std::vector<std::size_t> locked(std::size_t crate, const Dependency& dependency) {
    std::vector<std::size_t> found;
    if (!workspace_.lockfile) return found;
    const std::vector<LockPackage>& packages = workspace_.lockfile->packages;
    const Crate& from = workspace_.crates[crate];
    const auto [begin, end] = by_name_.equal_range(from.name);
    for (auto it = begin; it != end; ++it) {
      if (!packages[it->second].source.empty()) continue;
      for (const std::size_t below : packages[it->second].dependencies) {
        if (packages[below].name == dependency.package) found.push_back(below);
      }
    }
    if (!found.empty()) return found;
    // The lockfile is older than the manifest: anything of this name is possible.
    plan_.locked = false;
    const auto [first, last] = by_name_.equal_range(dependency.package);
    for (auto it = first; it != last; ++it) found.push_back(it->second);
    return found;
  }

  // All locked packages below the given ones, these included. Asked again and again for the same ones, so it is remembered.
  const std::set<std::size_t>& reach(const std::vector<std::size_t>& from) {
    const auto [known, fresh] = reached_.try_emplace(from);
    std::set<std::size_t>& seen = known->second;
    if (!fresh) return seen;
    std::vector<std::size_t> open = from;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (!seen.insert(at).second) continue;
      const std::vector<std::size_t>& below = workspace_.lockfile->packages[at].dependencies;
      open.insert(open.end(), below.begin(), below.end());
    }
    return seen;
  }

  static std::string label(const Unit& unit, const Dependency& dependency) {
    const bool host = unit.second || dependency.kind == DependencyKind::Build;
    return dependency.package + " " + (dependency.requirement.empty() ? "*" : dependency.requirement) + " " + dependency.source +
           (host ? " host" : "") + (dependency.platform.empty() ? "" : " [" + dependency.platform + "]");
  }

  // What is compiled: from the built crates along active dependencies; build dependencies only of crates that have a build script.
  void find_needed(const std::set<std::size_t>& built) {
    std::vector<Unit> open;
    for (const auto& [unit, activation] : features_.units()) {
      if (built.contains(unit.first)) open.push_back(unit);
    }
    std::set<Unit> seen;
    while (!open.empty()) {
      const Unit unit = open.back();
      open.pop_back();
      if (!seen.insert(unit).second) continue;
      const Crate& crate = workspace_.crates[unit.first];
      for (const Dependency& dependency : crate.dependencies) {
        if (dependency.kind == DependencyKind::Dev || !features_.is_active(unit, dependency)) continue;
        if (dependency.kind == DependencyKind::Build && !crate.has(TargetKind::BuildScript)) continue;
        if (dependency.local) {
          open.push_back(features_.unit_of(unit, dependency));
          continue;
        }
        needs_.insert(label(unit, dependency) + lock_ids(unit.first, dependency));
        for (const std::size_t package : locked(unit.first, dependency)) needed_packages_.push_back(package);
      }
    }
  }

  std::string lock_ids(std::size_t crate, const Dependency& dependency) {
    std::string ids;
    for (const std::size_t package : locked(crate, dependency)) ids += " = " + id_of(workspace_.lockfile->packages[package]);
    return ids;
  }

  void add_asked(const Unit& unit, const Activation& activation, const Dependency& dependency, const std::vector<std::size_t>& found) {
    std::string name = label(unit, dependency);
    for (const std::size_t package : found) name += " = " + id_of(workspace_.lockfile->packages[package]);
    std::set<std::string>& features = asked_[name];
    if (dependency.default_features) features.insert("default");
    features.insert(dependency.features.begin(), dependency.features.end());
    if (const auto extra = activation.extra.find(dependency.key); extra != activation.extra.end()) {
      features.insert(extra->second.begin(), extra->second.end());
    }
  }

  // Features of local crates were followed as if every platform were the target. Below a local edge that depends on the platform that may
  // have switched on too much and hidden a difference. So for crates below such edges all that decides about their features is in the key.
  void add_platform_edges() {
    const std::set<std::size_t> below = below_platform_edges();
    if (below.empty()) return;
    std::set<std::pair<std::string, std::string>> lines;
    for (const auto& [unit, activation] : features_.units()) {
      const Crate& crate = workspace_.crates[unit.first];
      const bool inside = below.contains(unit.first);
      for (const Dependency& dependency : crate.dependencies) {
        if (!inside && (!dependency.local || !below.contains(*dependency.local) || !features_.is_active(unit, dependency))) continue;
        std::set<std::string> asked = dependency.features;
        if (dependency.default_features) asked.insert("default");
        if (dependency.optional && inside) asked.insert("?");
        if (const auto extra = activation.extra.find(dependency.key); !inside && extra != activation.extra.end())
          asked.insert(extra->second.begin(), extra->second.end());
        // Who asks doesn't matter from outside, so a new crate that asks for the same changes nothing.
        lines.insert({"platform edge " + (inside ? crate.name + " " + dependency.key : "to " + dependency.package),
                      label(unit, dependency) + " " + join(asked)});
      }
      if (!inside) continue;
      for (const auto& [feature, values] : crate.features)
        lines.insert({"platform feature " + crate.name + " " + feature, join({values.begin(), values.end()})});
    }
    for (const auto& [unit, asked] : features_.roots()) {
      if (below.contains(unit.first)) lines.insert({"platform root " + workspace_.crates[unit.first].name, join(asked)});
    }
    for (const auto& [name, value] : lines) plan_.inputs.push_back({name, value});
  }

  std::set<std::size_t> below_platform_edges() const {
    std::vector<std::size_t> open;
    for (const auto& [unit, activation] : features_.units()) {
      for (const Dependency& dependency : workspace_.crates[unit.first].dependencies) {
        if (dependency.local && !dependency.platform.empty()) open.push_back(*dependency.local);
      }
    }
    std::set<std::size_t> seen;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (!seen.insert(at).second) continue;
      for (const Dependency& dependency : workspace_.crates[at].dependencies) {
        if (dependency.local) open.push_back(*dependency.local);
      }
    }
    return seen;
  }

  void add_lock(const std::set<std::size_t>& packages) {
    if (!workspace_.lockfile) return;
    std::set<std::pair<std::string, std::string>> lines;
    for (const std::size_t index : packages) {
      const LockPackage& package = workspace_.lockfile->packages[index];
      // Which packages it uses follows from its own manifest and the features; which version, only where there are several of a name.
      std::set<std::string> below;
      for (const std::size_t each : package.dependencies) {
        const LockPackage& other = workspace_.lockfile->packages[each];
        if (by_name_.count(other.name) > 1) below.insert(id_of(other));
      }
      lines.insert({"lock " + id_of(package), package.source + " " + package.checksum + " " + join(below)});
    }
    for (const auto& [name, value] : lines) plan_.inputs.push_back({name, value});
  }

  const Workspace& workspace_;
  const LocalFeatures& features_;
  std::multimap<std::string, std::size_t> by_name_;
  std::map<std::string, std::set<std::string>> asked_;
  std::set<std::string> needs_;
  std::vector<std::size_t> needed_packages_;
  std::map<std::vector<std::size_t>, std::set<std::size_t>> reached_;
  ExternalPlan plan_;
};

}  // namespace

ExternalPlan plan_externals(const Workspace& workspace, const LocalFeatures& features, const std::set<std::size_t>& built) {
  return Planner(workspace, features).run(built);
}

}  // namespace farm::cargo_detail
