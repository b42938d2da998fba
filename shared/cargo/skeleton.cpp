#include "shared/cargo/skeleton.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "shared/base/limits.hpp"

namespace farm {
namespace {

bool is_in(const std::string& path, const std::string& directory) {
  return directory.empty() || path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

}  // namespace

std::string_view stub_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::Bin:
    case TargetKind::Example:
    case TargetKind::BuildScript: return "fn main() {}\n";
    case TargetKind::Lib:
    case TargetKind::Test:
    case TargetKind::Bench: return "";
  }
  return "";
}

std::vector<SkeletonFile> stubs_of(const Crate& crate) {
  // Where two targets share a file, the one that needs a main() wins.
  std::map<std::string, std::string> files;
  for (const CargoTarget& target : crate.targets) {
    std::string& bytes = files[target.path];
    if (bytes.empty()) bytes = stub_of(target.kind);
  }
  std::vector<SkeletonFile> list;
  for (auto& [path, bytes] : files) list.push_back({path, std::move(bytes)});
  return list;
}

Result<Skeleton> skeleton(const Workspace& workspace, const FileTree& tree) {
  Skeleton result;
  std::set<std::string> real(workspace.patch_directories.begin(), workspace.patch_directories.end());
  for (const Crate& crate : workspace.crates) {
    if (!crate.member) real.insert(crate.directory);
  }
  // The workspace's own folder can't be taken whole (a patch that names it would be absurd, and is refused by cargo).
  real.erase(workspace.root_directory);
  for (const std::string& directory : real) {
    const bool covered = std::any_of(result.real_directories.begin(), result.real_directories.end(),
                                     [&](const std::string& other) { return is_in(directory, other); });
    if (!covered) result.real_directories.push_back(directory);
  }
  const auto is_real = [&](const std::string& path) {
    return std::any_of(result.real_directories.begin(), result.real_directories.end(),
                       [&](const std::string& directory) { return is_in(path, directory); });
  };

  std::map<std::string, std::string> files;
  std::set<std::string> as_they_are = {workspace.root_manifest};
  if (workspace.lockfile) as_they_are.insert(workspace.lockfile->path);
  if (!workspace.toolchain_file.empty()) as_they_are.insert(workspace.toolchain_file);
  as_they_are.insert(workspace.config_files.begin(), workspace.config_files.end());
  for (const Crate& crate : workspace.crates) {
    if (!crate.member || is_real(crate.directory)) continue;
    as_they_are.insert(crate.manifest_path);
    for (SkeletonFile& stub : stubs_of(crate)) files.emplace(std::move(stub.path), std::move(stub.bytes));
  }
  // Crates outside the workspace may inherit from a manifest above them.
  for (const std::string& directory : result.real_directories) {
    for (std::string at = directory; !at.empty();) {
      at = parent_path(at);
      const std::string manifest = at.empty() ? "Cargo.toml" : at + "/Cargo.toml";
      if (tree.is_file(manifest)) as_they_are.insert(manifest);
    }
  }
  for (const std::string& path : as_they_are) {
    if (is_real(path)) continue;
    Result<std::string> bytes = tree.read(path, limits::kLockfileBytesMax);
    if (!bytes) return bytes.error();
    files[path] = std::move(*bytes);
  }
  for (auto& [path, bytes] : files) {
    if (!is_real(path)) result.files.push_back({path, std::move(bytes)});
  }
  return result;
}

}  // namespace farm
