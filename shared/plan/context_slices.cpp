#include "shared/plan/context_slices.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/cargo/skeleton.hpp"

namespace farm::plan {

ContextSlices::ContextSlices(std::string directory, const std::vector<SliceFile>& files, const Workspace* workspace, const FileTree& tree)
    : directory_(std::move(directory)), files_(&files), workspace_(workspace), tree_(&tree) {
  for (std::size_t i = 0; i < files.size(); ++i) paths_.emplace_hint(paths_.end(), files[i].path, i);
  const std::size_t crates = workspace == nullptr ? 0 : workspace->crates.size();
  crate_ids_.resize(crates);
  for (std::size_t i = 0; i < crates; ++i) {
    const auto folder = relative(workspace->crates[i].directory);
    if (folder && !folder->empty()) crate_folders_.emplace(*folder, i);  // a package at the root owns "rest"
  }
  std::vector<std::vector<SliceFile>> per_crate(crates);
  std::vector<SliceFile> rest;
  for (const SliceFile& file : files) {
    const auto crate = owner(file.path);
    (crate ? per_crate[*crate] : rest).push_back(file);
  }
  for (std::size_t i = 0; i < crates; ++i) {
    if (!per_crate[i].empty()) crate_ids_[i] = add(make_slice("crate:" + workspace->crates[i].name, std::move(per_crate[i])));
  }
  if (!rest.empty()) rest_ = add(make_slice("rest", std::move(rest)));
}

Digest ContextSlices::add(Slice slice) {
  const Digest id = slice.id;
  made_.emplace(id, std::move(slice));
  return id;
}

std::optional<std::string> ContextSlices::relative(const std::string& tree_path) const {
  if (directory_.empty()) return tree_path;
  if (tree_path == directory_) return std::string();
  if (!tree_path.starts_with(directory_ + "/")) return std::nullopt;
  return tree_path.substr(directory_.size() + 1);
}

std::optional<std::size_t> ContextSlices::owner(const std::string& path) const {
  for (std::string folder = parent_path(path); !folder.empty(); folder = parent_path(folder)) {
    const auto found = crate_folders_.find(folder);
    if (found != crate_folders_.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<SliceUse> ContextSlices::all() const {
  std::vector<SliceUse> uses;
  if (rest_) uses.push_back({*rest_, false});
  for (const auto& id : crate_ids_) {
    if (id) uses.push_back({*id, false});
  }
  return uses;
}

// The stub files of a crate, as far as the context has a file at their place (an ignored target is none for cargo in the build either).
const std::vector<SliceFile>& ContextSlices::stubs(std::size_t crate) {
  const auto found = stubs_.find(crate);
  if (found != stubs_.end()) return found->second;
  std::vector<SliceFile>& files = stubs_[crate];
  for (SkeletonFile& stub : stubs_of(workspace_->crates[crate])) {
    const auto path = relative(stub.path);
    if (path && has(*path)) files.push_back(inline_file(*path, std::move(stub.bytes)));
  }
  const auto manifest = relative(workspace_->crates[crate].manifest_path);
  if (manifest && has(*manifest)) files.push_back((*files_)[paths_.at(*manifest)]);
  return files;
}

std::vector<SliceUse> ContextSlices::with_crates(const std::set<std::size_t>& crates, const std::set<std::size_t>& compiled_below) {
  std::vector<SliceUse> uses;
  std::vector<SliceFile> stub_files;
  if (rest_) uses.push_back({*rest_, false});
  for (std::size_t i = 0; i < crate_ids_.size(); ++i) {
    if (!crate_ids_[i]) continue;
    if (crates.contains(i)) {
      uses.push_back({*crate_ids_[i], compiled_below.contains(i)});
    } else if (!crate_folders_.empty()) {
      const std::vector<SliceFile>& stub = stubs(i);
      stub_files.insert(stub_files.end(), stub.begin(), stub.end());
    }
  }
  if (!stub_files.empty()) uses.push_back({add(make_slice("stubs", std::move(stub_files))), false});
  return uses;
}

std::vector<SliceFile> ContextSlices::files_below(const std::string& path) const {
  std::vector<SliceFile> found;
  for (auto it = paths_.lower_bound(path); it != paths_.end() && it->first.starts_with(path); ++it) {
    const bool below = path.empty() || it->first.size() == path.size() || it->first[path.size()] == '/';
    if (below) found.push_back((*files_)[it->second]);
  }
  return found;
}

SliceUse ContextSlices::skeleton(const std::vector<SliceFile>& cargo_files, const std::vector<std::string>& real_directories) {
  std::map<std::string, SliceFile> files;
  for (const SliceFile& file : cargo_files) files.emplace(file.path, file);
  for (const std::string& folder : real_directories) {
    for (const SliceFile& file : files_below(folder)) files.insert_or_assign(file.path, file);
  }
  std::vector<SliceFile> list;
  list.reserve(files.size());
  for (auto& [path, file] : files) list.push_back(std::move(file));
  return {add(make_slice("skeleton", std::move(list))), false};
}

std::vector<std::string> ContextSlices::top_entries() const {
  std::set<std::string> entries;
  for (const auto& [path, index] : paths_) entries.insert(path.substr(0, path.find('/')));
  entries.erase("target");
  return {entries.begin(), entries.end()};
}

std::vector<KeyInput> ContextSlices::key_inputs(const std::vector<SliceUse>& uses) const {
  std::vector<KeyInput> inputs;
  for (const SliceUse& use : uses) {
    const Slice& slice = made_.at(use.id);
    if (slice.name != "stubs") inputs.push_back({"slice " + slice.name, use.id.oci()});
  }
  return inputs;
}

}  // namespace farm::plan
