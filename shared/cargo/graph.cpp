#include "shared/cargo/graph.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace farm {
namespace {

bool compiled(const Crate& crate, const Dependency& dependency) {
  if (dependency.kind == DependencyKind::Dev) return false;
  return dependency.kind == DependencyKind::Normal || crate.has(TargetKind::BuildScript);
}

}  // namespace

std::optional<std::size_t> crate_of_binary(const Workspace& workspace, const std::string& bin) {
  for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
    if (!workspace.crates[i].member) continue;
    for (const CargoTarget& target : workspace.crates[i].targets) {
      if (target.kind == TargetKind::Bin && target.name == bin) return i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> all_binaries(const Workspace& workspace) {
  std::set<std::string> names;
  for (const Crate& crate : workspace.crates) {
    for (const CargoTarget& target : crate.targets) {
      if (crate.member && target.kind == TargetKind::Bin) names.insert(target.name);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::size_t> closure(const Workspace& workspace, const std::vector<std::size_t>& crates) {
  std::set<std::size_t> seen;
  std::vector<std::size_t> open = crates;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (at >= workspace.crates.size() || !seen.insert(at).second) continue;
    for (const Dependency& dependency : workspace.crates[at].dependencies) {
      if (dependency.local && compiled(workspace.crates[at], dependency)) open.push_back(*dependency.local);
    }
    open.insert(open.end(), workspace.crates[at].reads.begin(), workspace.crates[at].reads.end());
  }
  return {seen.begin(), seen.end()};
}

std::vector<std::size_t> closure_of_binaries(const Workspace& workspace, const std::vector<std::string>& bins) {
  std::vector<std::size_t> crates;
  for (const std::string& bin : bins) {
    if (std::optional<std::size_t> crate = crate_of_binary(workspace, bin)) crates.push_back(*crate);
  }
  return closure(workspace, crates);
}

std::vector<std::size_t> shared_crates(const Workspace& workspace, const std::vector<std::string>& bins) {
  std::map<std::size_t, int> users;
  std::set<std::size_t> owners;
  for (const std::string& bin : bins) {
    const std::optional<std::size_t> owner = crate_of_binary(workspace, bin);
    if (!owner || !owners.insert(*owner).second) continue;
    for (const std::size_t crate : closure(workspace, {*owner})) ++users[crate];
  }
  std::vector<std::size_t> shared;
  for (const auto& [crate, count] : users) {
    if (count >= 2 && !owners.contains(crate)) shared.push_back(crate);
  }
  return shared;
}

std::vector<std::size_t> dependents(const Workspace& workspace, const std::vector<std::size_t>& crates) {
  std::vector<std::vector<std::size_t>> users(workspace.crates.size());
  for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
    for (const Dependency& dependency : workspace.crates[i].dependencies) {
      if (dependency.local) users[*dependency.local].push_back(i);
    }
  }
  std::set<std::size_t> seen;
  std::vector<std::size_t> open = crates;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (at >= users.size() || !seen.insert(at).second) continue;
    open.insert(open.end(), users[at].begin(), users[at].end());
  }
  return {seen.begin(), seen.end()};
}

}  // namespace farm
