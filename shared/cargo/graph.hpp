// Purpose: questions about a workspace's local crates: what a binary needs, what several share. Pure, no errors: unknown names give
// nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shared/cargo/workspace.hpp"

namespace farm {

// The crate that has a binary of this name. With several (cargo then refuses to build both) the first member by directory.
std::optional<std::size_t> crate_of_binary(const Workspace& workspace, const std::string& bin);
std::vector<std::string> all_binaries(const Workspace& workspace);  // of the members, sorted

// The given crates and all local crates that compiling them needs: normal dependencies and, for a crate with a build script, build
// dependencies; optional ones too (an inactive one costs a needless rebuild, a missing one a wrong result). Not dev. Also crates
// whose files they read (Crate::reads). Sorted, unique.
std::vector<std::size_t> closure(const Workspace& workspace, const std::vector<std::size_t>& crates);
std::vector<std::size_t> closure_of_binaries(const Workspace& workspace, const std::vector<std::string>& bins);

// Local crates that two or more of the binaries need, without crates that own one of the binaries. Sorted.
std::vector<std::size_t> shared_crates(const Workspace& workspace, const std::vector<std::string>& bins);

// Crates that need one of the given ones, directly or not (also by dev-dependencies), and these. Sorted.
std::vector<std::size_t> dependents(const Workspace& workspace, const std::vector<std::size_t>& crates);

}  // namespace farm
