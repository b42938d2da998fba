#include <algorithm>

#include "farmctl/scaffold/rust_services.hpp"
#include "shared/base/limits.hpp"
#include "shared/cargo/toml_value.hpp"

namespace farm::scaffold {
namespace {

std::string manifest_in(const std::string& folder) { return folder.empty() ? "Cargo.toml" : folder + "/Cargo.toml"; }

bool has_workspace_table(const FileTree& tree, const std::string& folder) {
  const Result<std::string> text = tree.read(manifest_in(folder), limits::kManifestBytesMax);
  if (!text) return false;
  const Result<cargo_detail::TomlValue> document = cargo_detail::parse_toml(manifest_in(folder), *text);
  return document && document->find("workspace") != nullptr;
}

}  // namespace

bool is_below(const std::string& path, const std::string& folder) {
  return folder.empty() || path == folder || path.starts_with(folder + "/");
}

const Workspace* Workspaces::at(const std::string& folder) {
  if (!tree_.is_file(manifest_in(folder))) return nullptr;
  const auto known = read_.find(folder);
  const Parsed<Workspace>& parsed =
      known != read_.end() ? known->second : read_.emplace(folder, read_workspace(tree_, folder)).first->second;
  return parsed.ok() ? &parsed.value : nullptr;
}

std::string Workspaces::root_of(const std::string& folder) {
  for (std::string up = folder;; up = parent_path(up)) {
    if (has_workspace_table(tree_, up)) {
      const Workspace* workspace = at(up);
      const bool member = workspace != nullptr && std::any_of(workspace->crates.begin(), workspace->crates.end(), [&](const Crate& crate) {
                            return crate.directory == folder && crate.member;
                          });
      return member || up == folder ? up : folder;
    }
    if (up.empty()) return folder;
  }
}

std::optional<std::string> Workspaces::nearest_manifest(const std::string& folder, const std::string& top) const {
  for (std::string up = folder;; up = parent_path(up)) {
    if (tree_.is_file(manifest_in(up))) return up;
    if (up == top || up.empty()) return std::nullopt;
  }
}

std::vector<std::string> Workspaces::roots_below(const std::string& folder) {
  std::vector<std::string> roots;
  look_below(folder, 0, roots);
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  return roots;
}

void Workspaces::look_below(const std::string& folder, int depth, std::vector<std::string>& roots) {
  if (tree_.is_file(manifest_in(folder))) roots.push_back(root_of(folder));
  const Result<std::vector<TreeEntry>> entries = tree_.list(folder);
  if (!entries || depth == kDepthMax || roots.size() > kRootsMax) return;
  for (const TreeEntry& entry : *entries) {
    const bool skipped = entry.name.starts_with('.') || entry.name == "target" || entry.name == "node_modules" || entry.name == "vendor";
    if (entry.type == FileType::Directory && !skipped)
      look_below(folder.empty() ? entry.name : folder + "/" + entry.name, depth + 1, roots);
  }
}

}  // namespace farm::scaffold
