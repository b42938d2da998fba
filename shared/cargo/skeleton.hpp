// Purpose: the smallest tree from which `cargo metadata`, `cargo chef prepare` and `cargo chef cook` work as from the full one: manifests,
// lockfile, toolchain file, .cargo/config*, and stubs at the targets' paths. It doesn't change when code does. Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm {

struct SkeletonFile {
  std::string path;  // relative to the tree's root
  std::string bytes;
};

struct Skeleton {
  std::vector<SkeletonFile> files;  // sorted by path
  // Directories whose real content the cook needs: path dependencies outside the workspace, local [patch] directories. Sorted.
  // No file above lies in one of them: the caller takes them as they are.
  std::vector<std::string> real_directories;
};

// Error: what the tree's read() gives for a manifest.
Result<Skeleton> skeleton(const Workspace& workspace, const FileTree& tree);

// What stands at a target's path in a skeleton.
std::string_view stub_of(TargetKind kind);
// The stub files that let cargo load a crate whose sources are left out.
std::vector<SkeletonFile> stubs_of(const Crate& crate);

}  // namespace farm
