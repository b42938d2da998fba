// Any bytes as a Cargo workspace: lines "### path" begin files; what stands before the first is Cargo.toml.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/cargo/dependency_key.hpp"
#include "shared/cargo/graph.hpp"
#include "shared/cargo/skeleton.hpp"

namespace {

farm::MemoryTree tree_of(std::string_view text) {
  std::map<std::string, std::string> files;
  std::string path = "Cargo.toml";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    if (line.starts_with("### ")) {
      path = line.substr(4);
      files[path];
    } else {
      files[path].append(line).append("\n");
    }
  }
  return farm::MemoryTree(std::move(files));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const farm::MemoryTree tree = tree_of({reinterpret_cast<const char*>(data), size});
  const farm::Parsed<farm::Workspace> parsed = farm::read_workspace(tree, "");
  const farm::Workspace& workspace = parsed.value;
  for (const farm::Diagnostic& diagnostic : parsed.diagnostics) FARM_ASSERT(!diagnostic.message.empty());
  for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
    FARM_ASSERT(i == 0 || workspace.crates[i - 1].directory < workspace.crates[i].directory);
    for (const farm::Dependency& dependency : workspace.crates[i].dependencies) {
      if (dependency.local) FARM_ASSERT(*dependency.local < workspace.crates.size());
    }
  }
  if (workspace.lockfile) {
    for (const farm::LockPackage& package : workspace.lockfile->packages) {
      for (const std::size_t below : package.dependencies) FARM_ASSERT(below < workspace.lockfile->packages.size());
    }
  }
  if (!parsed.ok()) return 0;
  const std::vector<std::string> bins = farm::all_binaries(workspace);
  for (const std::size_t shared : farm::shared_crates(workspace, bins)) FARM_ASSERT(shared < workspace.crates.size());
  farm::DependencySelection selection;
  const farm::Result<farm::DependencyKey> key = farm::dependency_key(workspace, selection);
  const farm::Result<farm::DependencyKey> again = farm::dependency_key(workspace, selection);
  FARM_ASSERT(key.has_value() == again.has_value());
  if (key) FARM_ASSERT(key->digest == again->digest && !key->inputs.empty());
  const farm::Result<farm::Skeleton> bare = farm::skeleton(workspace, tree);
  if (bare) {
    for (const farm::SkeletonFile& file : bare->files) FARM_ASSERT(!file.path.starts_with('/') && !file.path.starts_with("../"));
  }
  return 0;
}
