// Purpose: images that are built from one Dockerfile and one context, and so can share a cooked layer, a layer of shared crates and one
// cargo run. Finds out whether they can, and if not, why (with file:line). Internal to shared/plan.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/cargo/dependency_key.hpp"
#include "shared/cargo/workspace.hpp"
#include "shared/dockerfile/rewrite.hpp"
#include "shared/dockerfile/rust_stages.hpp"
#include "shared/plan/context_slices.hpp"
#include "shared/plan/dockerfile_facts.hpp"
#include "shared/plan/image_units.hpp"

namespace farm::plan {

// One image of a group.
struct GroupMember {
  std::size_t unit = 0;     // index into ImageUnits::units
  ResolvedStages resolved;  // every stage that the target needs
  ResolvedStages above;     // only what stands on the cook's stage, which is taken as replaced; where the group is shareable
  RustStages rust;
  std::vector<std::string> bins;  // binaries that its build makes; sorted
  bool selects_bins = false;      // by --bin; else its build makes all
};

struct ImageGroup {
  Dockerfile dockerfile;  // effective: as written, or with the cook stage cut in two
  std::vector<GroupMember> members;
  std::set<std::string> service_args;
  bool shareable = false;         // deps, and what stands on it, can be shared
  std::string why_not;            // where not shareable and the Dockerfile does cook
  bool split_by_service = false;  // not shareable together, but each image alone would be
  // The rest only where shareable:
  CargoCommand cook;
  CargoCommand build;
  std::string cook_stage;         // its name
  std::string build_stage;        // "" where it has none (then there is no compile route)
  std::vector<std::string> bins;  // of all members, sorted
  bool selects_bins = false;      // every member selects by --bin
  bool build_is_common = false;   // the build stage uses no per-service arg: one build makes all
  std::string one_build_refusal;  // why one cargo run can't build for several members; "" where nothing forbids it
};

// Units that can be one group: same context, Dockerfile, platform and whatever else a build sees beside its args.
std::string group_identity(const ImageUnit& unit);

// The directory in the tree of the workspace that the build stage builds, or none.
std::optional<std::string> workspace_directory(const FileTree& tree, const std::string& context, const Dockerfile& dockerfile,
                                               const ResolvedStages& resolved, const CargoCommand& build);

// Resolves the part of a group's Dockerfile that ends in `target`, with the args given; the stage `replaced` (may be "") comes from
// outside.
Result<ResolvedStages> resolve_part(const ImageGroup& group, const ImageUnit& unit, const std::map<std::string, std::string>& args,
                                    const std::string& target, const std::string& replaced);

// True where one of the stages stands on, or copies from, the image of another service: a shared job has no edge to it.
bool uses_service_image(const ResolvedStages& stages, const ImageUnit& unit);

// Parses and resolves; diagnostics of the Dockerfile and the findings of the recognition are added.
std::optional<ImageGroup> analyse_group(const std::vector<ImageUnit>& units, const std::vector<std::size_t>& members,
                                        std::vector<Diagnostic>& diagnostics);

}  // namespace farm::plan
