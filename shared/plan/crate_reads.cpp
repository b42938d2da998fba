#include "shared/plan/crate_reads.hpp"

#include <algorithm>
#include <set>

#include "shared/base/file_tree.hpp"

namespace farm::plan {
namespace {

// The crates that own what is at the path, or below it where it is a folder around them.
void add_owners(const ContextSlices& slices, const Workspace& workspace, const std::string& base, std::string_view path,
                std::set<std::size_t>& owners) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const Result<std::string> target = normalise_path(base, std::string(path));
  if (!target) return;  // out of the context
  if (const auto owner = slices.owner(*target + "/x")) owners.insert(*owner);
  if (!slices.files_below(*target).empty() && !slices.has(*target)) {
    for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
      const auto folder = slices.relative(workspace.crates[i].directory);
      if (folder && !target->empty() && folder->starts_with(*target + "/")) owners.insert(i);
    }
  }
}

}  // namespace

void add_reads(Workspace& workspace, const ContextSlices& slices, const std::vector<SliceFile>& files,
               const std::map<Digest, std::vector<std::string>>& outside_paths) {
  std::vector<std::set<std::size_t>> reads(workspace.crates.size());
  for (const SliceFile& file : files) {
    const auto crate = slices.owner(file.path);
    if (!crate) continue;
    const std::string folder = parent_path(file.path);
    if (file.mode == FileMode::Symlink) add_owners(slices, workspace, folder, file.link_target, reads[*crate]);
    const auto found = outside_paths.find(file.digest);
    if (found == outside_paths.end()) continue;
    const std::string root = slices.relative(workspace.crates[*crate].directory).value_or(folder);
    for (const std::string& path : found->second) {
      add_owners(slices, workspace, folder, path, reads[*crate]);
      add_owners(slices, workspace, root, path, reads[*crate]);
    }
  }
  for (std::size_t i = 0; i < reads.size(); ++i) {
    reads[i].erase(i);
    workspace.crates[i].reads.assign(reads[i].begin(), reads[i].end());
  }
}

}  // namespace farm::plan
