// Purpose: cuts a context into slices: one per local crate, one for everything else ("rest"), and stubs in the place of crates that a job
// does not need. Slicing is by exclusion: a job's context is everything minus the sources of crates outside its closure. Internal to
// shared/plan.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/cargo/workspace.hpp"
#include "shared/context/slice.hpp"
#include "shared/model/job.hpp"

namespace farm::plan {

class ContextSlices {
 public:
  // `directory`: of the context, in the tree. `workspace` may be null: then all is "rest". The files must be sorted by path.
  ContextSlices(std::string directory, const std::vector<SliceFile>& files, const Workspace* workspace, const FileTree& tree);

  // The whole context: every crate and the rest.
  [[nodiscard]] std::vector<SliceUse> all() const;
  // The rest and the given crates (indices into Workspace::crates); stubs for all others. Crates in `compiled_below` get the old mtime.
  std::vector<SliceUse> with_crates(const std::set<std::size_t>& crates, const std::set<std::size_t>& compiled_below);
  // What `cargo chef prepare` and `cook` need: manifests, lockfile, config and stubs of all crates, and the extra files as they are.
  // `real_directories`: taken whole, with all their files. Paths are relative to the context.
  SliceUse skeleton(const std::vector<SliceFile>& cargo_files, const std::vector<std::string>& real_directories);

  // The crate that owns a path of the context; none: the rest.
  [[nodiscard]] std::optional<std::size_t> owner(const std::string& path) const;
  [[nodiscard]] bool is_crate_folder(const std::string& path) const { return crate_folders_.contains(path); }
  // Files of the context at the path or below it; for COPYs before the cook.
  [[nodiscard]] std::vector<SliceFile> files_below(const std::string& path) const;
  [[nodiscard]] bool has(const std::string& path) const { return paths_.contains(path); }
  // A path of the tree as one of the context; none where it is outside.
  [[nodiscard]] std::optional<std::string> relative(const std::string& tree_path) const;
  // First segments of all paths, without the target folder's name.
  [[nodiscard]] std::vector<std::string> top_entries() const;
  // "slice NAME" → id for the uses whose content goes into a key (stubs don't: what matters of them is in the graph digest).
  [[nodiscard]] std::vector<KeyInput> key_inputs(const std::vector<SliceUse>& uses) const;

  [[nodiscard]] const std::map<Digest, Slice>& made() const { return made_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  Digest add(Slice slice);
  [[nodiscard]] const std::vector<SliceFile>& stubs(std::size_t crate);

  std::string directory_;
  const std::vector<SliceFile>* files_;
  const Workspace* workspace_;
  const FileTree* tree_;
  std::map<std::string, std::size_t> paths_;          // path → index into files
  std::map<std::string, std::size_t> crate_folders_;  // folder relative to the context → crate
  std::vector<std::optional<Digest>> crate_ids_;      // per crate; none where the context has no file of it
  std::optional<Digest> rest_;
  std::map<std::size_t, std::vector<SliceFile>> stubs_;
  std::map<Digest, Slice> made_;
};

}  // namespace farm::plan
