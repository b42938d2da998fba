// Purpose: which services of a compose project are Rust services, and of each: the workspace (or lone crate) that it is compiled from, its
// binary, and the folder that its build has to see. Pure. Internal to farmctl/scaffold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "farmctl/scaffold/own_dockerfile.hpp"
#include "shared/base/file_tree.hpp"
#include "shared/cargo/workspace.hpp"
#include "shared/compose/project.hpp"

namespace farm::scaffold {

// Reads each workspace of a tree once.
class Workspaces {
 public:
  explicit Workspaces(const FileTree& tree) : tree_(tree) {}
  // nullptr where the folder has no manifest that can be read.
  const Workspace* at(const std::string& folder);
  // The workspace that the package in `folder` belongs to, else the folder itself.
  std::string root_of(const std::string& folder);
  // The nearest folder with a Cargo.toml from `folder` up to `top`, which is one of those above it or itself; none: no value.
  [[nodiscard]] std::optional<std::string> nearest_manifest(const std::string& folder, const std::string& top) const;
  // Roots below `folder`, at most kDepthMax levels down; not in target, node_modules and hidden folders.
  std::vector<std::string> roots_below(const std::string& folder);

 private:
  static constexpr int kDepthMax = 4;
  static constexpr std::size_t kRootsMax = 200;
  void look_below(const std::string& folder, int depth, std::vector<std::string>& roots);
  const FileTree& tree_;
  std::map<std::string, Parsed<Workspace>> read_;
};

struct RustService {
  const Service* service = nullptr;
  OwnDockerfile own;
  std::string root;  // folder of the workspace or crate
  std::string bin;
  std::string context;              // compose's, or the nearest folder above it that holds all that cargo needs
  std::vector<std::string> beside;  // folders of local crates outside the root that the workspace depends on, sorted
};

struct Found {
  std::vector<RustService> services;
  std::vector<const Service*> others;  // with a build, but none of Rust
  std::vector<Diagnostic> diagnostics;
};

// A service that looks like one of Rust but whose binary can't be told is a warning that says how to name it.
Found find_rust_services(const FileTree& tree, const ComposeProject& project, Workspaces& workspaces);

// Whether `path` is `folder` or below it; "" is the tree's root.
bool is_below(const std::string& path, const std::string& folder);

}  // namespace farm::scaffold
