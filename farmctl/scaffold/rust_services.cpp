#include "farmctl/scaffold/rust_services.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace farm::scaffold {
namespace {

struct Candidate {
  std::string root;
  std::string folder;  // of its crate
  std::string crate;
  std::string bin;
};
using Candidates = std::vector<Candidate>;

// As names of crates, binaries and services are compared: `-` and `_` are one, capitals don't count.
std::string plain(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name;
}

Candidates those(const Candidates& all, const std::function<bool(const Candidate&)>& wanted) {
  Candidates found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), wanted);
  return found;
}

std::string bins_text(const Candidates& all) {
  std::string text;
  for (const Candidate& each : all) text += (text.empty() ? "" : ", ") + each.bin;
  return text;
}

class Finder {
 public:
  Finder(const FileTree& tree, Workspaces& workspaces, Found& found) : tree_(tree), workspaces_(workspaces), found_(found) {}

  void look_at(const Service& service) {
    const BuildSpec& build = *service.build;
    OwnDockerfile own = build.remote ? OwnDockerfile{OwnDockerfile::Kind::Other, "", std::nullopt} : read_own_dockerfile(tree_, build);
    if (own.kind == OwnDockerfile::Kind::Other) return found_.others.push_back(&service);
    const std::optional<std::string> folder = folder_of(build, own);
    const Candidates all = folder ? binaries(*folder) : binaries_below(build.context);
    if (all.empty()) return found_.others.push_back(&service);
    const Candidates left = chosen(all, service, own);
    // Without a Dockerfile and without a manifest of its own it is as likely no service of Rust.
    const bool doubtful = own.kind == OwnDockerfile::Kind::Absent && !folder;
    if (left.size() != 1 || (doubtful && !is_named(service, left.front()))) {
      found_.others.push_back(&service);
      if (doubtful) return;
      return found_.diagnostics.push_back({Severity::Warning, build.place,
                                           "service \"" + service.name + "\": which of the binaries " +
                                               bins_text(left.empty() ? all : left) +
                                               " it runs can't be told; name it, e.g. as the build argument SERVICE in `build.args`"});
    }
    if (build.dockerfile_inline) {
      found_.others.push_back(&service);
      return found_.diagnostics.push_back(
          {Severity::Warning, build.place,
           "service \"" + service.name + "\" keeps its dockerfile_inline, which no other file can replace; move it to a file"});
    }
    add(service, std::move(own), left.front());
  }

 private:
  // The folder whose manifest the service is compiled from, as far as its Dockerfile or its context tells.
  std::optional<std::string> folder_of(const BuildSpec& build, const OwnDockerfile& own) {
    if (own.stages) {
      for (const std::string& folder : compiled_folders(*own.stages, build.context)) {
        if (workspaces_.at(folder) != nullptr) return folder;
      }
    }
    const std::string beside = parent_path(build.dockerfile);
    if (is_below(beside, build.context)) {
      if (const auto folder = workspaces_.nearest_manifest(beside, build.context)) return folder;
    }
    return workspaces_.nearest_manifest(build.context, build.context);
  }

  void add_binaries(const std::string& root, const std::string& only, Candidates& all) {
    const Workspace* workspace = workspaces_.at(root);
    if (workspace == nullptr) return;
    for (const Crate& crate : workspace->crates) {
      if (!crate.member || (!only.empty() && crate.directory != only)) continue;
      for (const CargoTarget& target : crate.targets) {
        if (target.kind == TargetKind::Bin && target.required_features.empty())
          all.push_back({root, crate.directory, crate.name, target.name});
      }
    }
  }

  // Those of the package in the folder, where it is a member of a workspace above; else all of the workspace.
  Candidates binaries(const std::string& folder) {
    const std::string root = workspaces_.root_of(folder);
    Candidates all;
    if (root != folder) add_binaries(root, folder, all);
    if (all.empty()) add_binaries(root, "", all);
    return all;
  }

  Candidates binaries_below(const std::string& context) {
    Candidates all;
    for (const std::string& root : workspaces_.roots_below(context)) add_binaries(root, "", all);
    return all;
  }

  static bool is_named(const Service& service, const Candidate& candidate) {
    const std::string name = plain(service.name);
    const std::string bin = plain(candidate.bin);
    const bool alike = name.find(bin) != std::string::npos || bin.find(name) != std::string::npos || plain(candidate.crate) == name;
    return alike || std::any_of(service.build->args.begin(), service.build->args.end(),
                                [&](const auto& argument) { return argument.second == candidate.bin; });
  }

  // The first hint that leaves one decides; one that leaves some narrows the choice for those behind it.
  static Candidates chosen(Candidates all, const Service& service, const OwnDockerfile& own) {
    std::set<std::string> named;
    std::set<std::string> packages;
    std::set<std::string> shipped;
    if (own.stages) {
      const RustStages& rust = own.stages->rust;
      named.insert(rust.bins.begin(), rust.bins.end());
      packages.insert(rust.build->flags.packages.begin(), rust.build->flags.packages.end());
      for (const std::string& name : shipped_names(*own.stages)) shipped.insert(name);
    }
    std::set<std::string> values;
    for (const auto& [name, value] : service.build->args) values.insert(value);
    const std::string own_name = plain(service.name);
    const std::function<bool(const Candidate&)> hints[] = {
        [&](const Candidate& each) { return named.contains(each.bin); },
        [&](const Candidate& each) { return packages.contains(each.crate); },
        [&](const Candidate& each) { return shipped.contains(each.bin); },
        [&](const Candidate& each) { return values.contains(each.bin); },
        [&](const Candidate& each) { return plain(each.bin) == own_name; },
        [&](const Candidate& each) { return plain(each.crate) == own_name; },
    };
    for (const auto& hint : hints) {
      Candidates left = those(all, hint);
      if (left.size() == 1) return left;
      if (!left.empty()) all = std::move(left);
    }
    return all.size() < 2 ? all : by_part_of_name(std::move(all), own_name);
  }

  // `game_shard_01` runs `game_shard`; `orders` runs `orders_service`. The longest part wins.
  static Candidates by_part_of_name(Candidates all, const std::string& name) {
    std::size_t longest = 0;
    const auto in_name = [&](const Candidate& each) { return name.find(plain(each.bin)) != std::string::npos; };
    for (const Candidate& each : all) longest = in_name(each) ? std::max(longest, each.bin.size()) : longest;
    Candidates left = those(all, [&](const Candidate& each) { return in_name(each) && each.bin.size() == longest; });
    if (left.size() == 1) return left;
    left = those(all, [&](const Candidate& each) { return plain(each.bin).find(name) != std::string::npos; });
    return left.size() == 1 ? left : all;
  }

  void add(const Service& service, OwnDockerfile own, const Candidate& candidate) {
    RustService rust;
    rust.service = &service;
    rust.own = std::move(own);
    rust.root = candidate.root;
    rust.bin = candidate.bin;
    std::set<std::string> beside;
    for (const Crate& crate : workspaces_.at(candidate.root)->crates) {
      if (!is_below(crate.directory, candidate.root)) beside.insert(crate.directory);
    }
    rust.beside.assign(beside.begin(), beside.end());
    rust.context = service.build->context;
    const auto holds_all = [&](const std::string& folder) {
      return is_below(candidate.root, folder) &&
             std::all_of(beside.begin(), beside.end(), [&](const std::string& each) { return is_below(each, folder); });
    };
    while (!holds_all(rust.context)) rust.context = parent_path(rust.context);
    found_.services.push_back(std::move(rust));
  }

  const FileTree& tree_;
  Workspaces& workspaces_;
  Found& found_;
};

}  // namespace

Found find_rust_services(const FileTree& tree, const ComposeProject& project, Workspaces& workspaces) {
  Found found;
  Finder finder(tree, workspaces, found);
  for (const Service& service : project.services) {
    if (service.build) finder.look_at(service);
  }
  // What is compiled from one root is built from one Dockerfile, and so in one context: the widest.
  for (RustService& one : found.services) {
    for (const RustService& other : found.services) {
      if (other.root == one.root && is_below(one.context, other.context)) one.context = other.context;
    }
  }
  return found;
}

}  // namespace farm::scaffold
