// Purpose: the external part of a compile plan, as far as the workspace decides it: which external packages are asked for, with which
// features, and the part of the lockfile that can matter to them. Internal to shared/cargo. Pure.
//
// Why this is enough: what cargo compiles outside the workspace is a function of (a) the external packages that the built crates ask for,
// (b) the features that all selected crates switch on in external packages, (c) the locked packages that these reach, since their own
// manifests are fixed by version and checksum. Features flow along dependency edges only, so a package that is asked for, but isn't needed
// and reaches nothing needed, can't matter.
#pragma once

#include <set>
#include <vector>

#include "shared/cargo/dependency_key.hpp"
#include "shared/cargo/features.hpp"

namespace farm::cargo_detail {

struct ExternalPlan {
  std::vector<KeyInput> inputs;
  bool locked = true;
};

ExternalPlan plan_externals(const Workspace& workspace, const LocalFeatures& features, const std::set<std::size_t>& built);

}  // namespace farm::cargo_detail
