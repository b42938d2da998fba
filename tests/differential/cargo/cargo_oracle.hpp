// Purpose: asks the real cargo about a workspace on disk. Everything runs offline after one fetch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"

namespace farm::test {

// Why cargo can't be asked here ("cargo is not installed"), or "".
std::string cargo_is_missing();

// The output of a command in a directory. Error: what it wrote to stderr.
Result<std::string> run_cargo(const std::string& directory, const std::string& arguments);

// The external units of `cargo build --release --bin …`, one canonical line each, sorted. Updates Cargo.lock where it must.
Result<std::vector<std::string>> external_units(const std::string& directory, const std::vector<std::string>& bins);

// "package kind name path" of each target of each member, sorted.
Result<std::vector<std::string>> member_targets(const std::string& directory);

// A directory's files in memory, without target/.
MemoryTree tree_of(const std::string& directory);

}  // namespace farm::test
