// Purpose: the jobs of a shareable group: deps, crates, compile and its images. Internal to shared/plan.
//
// deps     the cook's stage, cook limited to the group's binaries, from the skeleton context; then a stage that removes every local crate's
//          artefacts and sources. Key: the dependency key, the cook's chain, extra files copied before the cook.
// crates   where two or more binaries share local crates and the build stage stands directly on the cook's: the build stage with real
//          sources of the shared crates and stubs for the others; then the others' artefacts and all sources are removed.
// compile  the build stage for several binaries at once; its image holds just the binaries that the services copy.
// image    the user's target, its cook stage replaced by crates or deps, or (compile route) its build stage by compile.
// Local members of the group that are not asked for count in all four, so that keys don't depend on what is asked for.
#pragma once

#include <set>

#include "shared/plan/rust_group.hpp"

namespace farm::plan {

struct RustContext {
  const Workspace* workspace = nullptr;
  const FileTree* tree = nullptr;
  ContextSlices* slices = nullptr;
  const std::vector<NamedContext>* contexts = nullptr;  // additional contexts of the group that are not services
  Digest graph;                                         // graph_digest of the workspace
};

// The group's own jobs, in their order in the plan. Inputs are indices into `jobs` itself; the planner shifts them.
struct RustJobs {
  std::vector<JobSpec> jobs;
  JobIndex deps = 0;
  std::optional<JobIndex> crates;
  std::optional<JobIndex> compile;
  std::set<std::size_t> crates_below;  // local crates whose artefacts the crates job keeps
};

// Errors: InvalidInput (a binary that the workspace lacks, a cook that can't be limited where it must be).
Result<RustJobs> rust_jobs(const ImageGroup& group, const RustContext& context, const std::vector<ImageUnit>& units,
                           std::vector<Diagnostic>& diagnostics);

// The given crates and those that any build may compile: local ones that stand in for external ones by [patch] or [replace].
std::set<std::size_t> with_patches(const Workspace& workspace, const std::vector<std::size_t>& crates);

// The slices of one image's own build, and whether slicing left anything out.
struct ImageSlices {
  std::vector<SliceUse> slices;
  bool sliced = false;
};
ImageSlices image_slices(const ImageGroup& group, const GroupMember& member, const RustContext& context, const RustJobs& jobs,
                         bool allow_slicing);

// A digest of how the local crates depend on each other and on external ones, with features: what a crate outside a job's closure can
// change.
Digest graph_digest(const Workspace& workspace);

}  // namespace farm::plan
