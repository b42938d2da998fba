// Purpose: which local crates read files of others without depending on them, from the paths that their sources name and the symbolic
// links that they hold: such a crate belongs to their closure, else a change of it would go unseen. Internal to shared/plan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/cargo/workspace.hpp"
#include "shared/plan/context_slices.hpp"

namespace farm::plan {

// Fills in Crate::reads. A path counts from its source's folder (as include_str! takes it) and from its crate's (as
// concat!(env!("CARGO_MANIFEST_DIR"), …) and build scripts do). `slices` must be cut by this workspace.
void add_reads(Workspace& workspace, const ContextSlices& slices, const std::vector<SliceFile>& files,
               const std::map<Digest, std::vector<std::string>>& outside_paths);

}  // namespace farm::plan
