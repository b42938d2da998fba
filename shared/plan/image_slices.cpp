#include <algorithm>
#include <functional>

#include "shared/cargo/graph.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/plan/cook_context.hpp"
#include "shared/plan/rust_jobs.hpp"

namespace farm::plan {
namespace {

// Local crates that stand in for external ones by [patch] or [replace], and what they need: no dependency in the workspace names them, yet
// any build may compile them. So every context has them.
std::vector<std::size_t> patch_crates(const Workspace& workspace) {
  std::vector<std::size_t> crates;
  for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
    const std::string& directory = workspace.crates[i].directory;
    if (std::find(workspace.patch_directories.begin(), workspace.patch_directories.end(), directory) != workspace.patch_directories.end()) {
      crates.push_back(i);
    }
  }
  return closure(workspace, crates);
}

// The stages that lead to the build, above the cook: what they copy from the context are sources for cargo, for which stubs will do.
std::set<std::size_t> build_stages(const GroupMember& member) {
  std::set<std::size_t> stages;
  for (const ResolvedStage* at = member.above.find(member.rust.build->stage); at != nullptr;) {
    stages.insert(at->index);
    at = at->base.kind == StageBase::Kind::Stage ? member.above.find(at->base.stage) : nullptr;
  }
  return stages;
}

// Crates whose real files the image needs although cargo doesn't: something inside them is copied, or a stage that is no build takes them.
void add_shipped_crates(const ImageGroup& group, const GroupMember& member, const RustContext& context, std::set<std::size_t>& crates) {
  const Workspace& workspace = *context.workspace;
  const std::set<std::size_t> building = build_stages(member);
  const auto add = [&](const std::string& source, bool stubs_do, const std::function<std::optional<std::string>(const Crate&)>& folder_of) {
    for (std::size_t i = 0; i < workspace.crates.size(); ++i) {
      const std::optional<std::string> folder = folder_of(workspace.crates[i]);
      if (!folder || folder->empty()) continue;
      const CopyTouch touch = touch_of(literal_part(source), *folder);
      if (touch == CopyTouch::Inside || (touch == CopyTouch::Around && !stubs_do)) crates.insert(i);
    }
  };
  for (const ContextCopy& copy : context_copies(group.dockerfile, member.resolved)) {
    if (copy.stage == group.cook.stage || member.above.find(copy.stage) == nullptr) continue;
    for (const std::string& source : copy.sources) {
      add(source, building.contains(copy.stage), [&](const Crate& crate) { return context.slices->relative(crate.directory); });
    }
  }
  const std::string root = workspace.root_directory.empty() ? "" : workspace.root_directory + "/";
  const std::string workdir = group.build.workdir.substr(1);
  for (const ArtifactCopy& copy : member.rust.copies) {
    for (const std::string& source : copy.sources) {
      const std::string path =
          normalise_path("",
                         source.substr(source.find_first_not_of('/') == std::string::npos ? source.size() : source.find_first_not_of('/')))
              .value_or("");
      if (("/" + path).starts_with(group.build.target_directory + "/")) continue;
      add(path, false, [&](const Crate& crate) -> std::optional<std::string> {
        if (!crate.directory.starts_with(root)) return std::nullopt;
        return workdir + "/" + crate.directory.substr(root.size());
      });
    }
  }
  // A RUN that mounts the build's stage may read anything of it.
  for (const ResolvedStage& stage : member.resolved.stages) {
    const bool mounts = std::any_of(stage.sources.begin(), stage.sources.end(), [&](const StageSource& source) {
      return source.mount && source.kind == StageBase::Kind::Stage && building.contains(source.stage);
    });
    if (!mounts) continue;
    for (std::size_t i = 0; i < workspace.crates.size(); ++i) crates.insert(i);
  }
}

// A path below the workspace says where it lies in it: the same project elsewhere in another checkout is the same.
std::string source_in(const Workspace& workspace, const std::string& source) {
  const std::string root = "path+" + workspace.root_directory;
  if (workspace.root_directory.empty() || !source.starts_with(root + "/")) return source;
  return "path+" + source.substr(root.size() + 1);
}

}  // namespace

std::set<std::size_t> with_patches(const Workspace& workspace, const std::vector<std::size_t>& crates) {
  std::set<std::size_t> all(crates.begin(), crates.end());
  const std::vector<std::size_t> patches = patch_crates(workspace);
  all.insert(patches.begin(), patches.end());
  return all;
}

Digest graph_digest(const Workspace& workspace) {
  KeyHasher hash("farm.graph.v1");
  hash.field("resolver", workspace.resolver).list("crates", workspace.crates.size());
  for (const Crate& crate : workspace.crates) {
    hash.field("crate", crate.name).list("dependencies", crate.dependencies.size());
    for (const Dependency& dependency : crate.dependencies) {
      if (dependency.kind == DependencyKind::Dev) continue;
      hash.field(dependency.key, dependency.package)
          .field("kind", static_cast<std::uint64_t>(dependency.kind))
          .field("platform", dependency.platform);
      hash.field("requirement", dependency.requirement)
          .field("source", source_in(workspace, dependency.source))
          .field("optional", dependency.optional ? 1 : 0);
      hash.field("default", dependency.default_features ? 1 : 0).list("features", dependency.features.size());
      for (const std::string& feature : dependency.features) hash.field("feature", feature);
    }
    hash.list("features", crate.features.size());
    for (const auto& [name, values] : crate.features) {
      hash.list(name, values.size());
      for (const std::string& value : values) hash.field("value", value);
    }
  }
  return hash.finish();
}

ImageSlices image_slices(const ImageGroup& group, const GroupMember& member, const RustContext& context, const RustJobs& jobs,
                         bool allow_slicing) {
  const Workspace& workspace = *context.workspace;
  std::set<std::size_t> crates;
  if (allow_slicing && member.selects_bins) {
    crates = with_patches(workspace, closure_of_binaries(workspace, member.bins));
  } else {
    for (std::size_t i = 0; i < workspace.crates.size(); ++i) crates.insert(i);
  }
  add_shipped_crates(group, member, context, crates);
  ImageSlices result;
  result.sliced = crates.size() < workspace.crates.size();
  result.slices = context.slices->with_crates(crates, jobs.crates_below);
  return result;
}

}  // namespace farm::plan
