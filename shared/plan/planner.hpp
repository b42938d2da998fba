// Purpose: from a project that was read and walked to a Plan: services → images → jobs with keys and edges. Pure.
// Decisions that the plan takes are in the headers of the jobs' files (rust_jobs.hpp, image_units.hpp); what can't be shared is a note with
// file:line. Limits: those of shared/model (check_plan) and of the readers. Errors are diagnostics; a plan with an Error diagnostic is not
// to be used.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"
#include "shared/compose/project.hpp"
#include "shared/context/slice.hpp"
#include "shared/model/job.hpp"

namespace farm {

// A build context to be walked: a folder of the tree under the rules of one ignore file. Two services with different
// Dockerfile.dockerignore files have two contexts over the same folder.
struct ContextId {
  std::string directory;    // in the tree; "" is its root
  std::string ignore_file;  // in the tree; "" where there is none
  friend auto operator<=>(const ContextId&, const ContextId&) = default;
};

// Per context its files, relative to the context, sorted by path.
using ContextFiles = std::map<ContextId, std::vector<SliceFile>>;

struct PlanRequest {
  std::vector<std::string> services;     // exact names; empty: every service that has a build
  std::string tag;                       // not empty: replaces the tag of every published image
  std::string platform = "linux/amd64";  // where neither compose nor the request names one
  // Per content of a Rust source the paths in it that may lead to another crate (shared/cargo/outside_paths.hpp); others have none.
  std::map<Digest, std::vector<std::string>> outside_paths{};
};

struct PlannedSlice {
  Slice slice;
  std::string directory;  // of the tree: where the slice's files are read
};

struct ProjectPlan {
  Plan plan;
  std::vector<PlannedSlice> slices;  // in the order of plan.slices
  std::vector<BuildSecret> secrets;  // those that some job names, by id
};

// The contexts that the requested services' images need, and what those they build on need. Unknown services are diagnostics.
Parsed<std::vector<ContextId>> contexts_of(const ComposeProject& project, const FileTree& tree, const PlanRequest& request);

Parsed<ProjectPlan> make_plan(const ComposeProject& project, const FileTree& tree, const ContextFiles& contexts,
                              const PlanRequest& request);

// The services that a word of the user names: exact, or the one whose name contains it (`shard` names both shards if they are one image).
// Errors: InvalidInput, listing the candidates or the nearest names.
Result<std::vector<std::string>> match_service(const ComposeProject& project, const std::string& word);

}  // namespace farm
