// Purpose: what of a workspace isn't a crate: profiles, patches, config files, toolchain file. Internal. Pure.
#pragma once

#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"
#include "shared/cargo/toml_value.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm::cargo_detail {

void read_profiles(const TomlValue& root, Workspace& workspace);
void read_patches(const TomlValue& root, const std::string& manifest, Workspace& workspace, std::vector<Diagnostic>& diagnostics);
void read_config(const FileTree& tree, Workspace& workspace, std::vector<Diagnostic>& diagnostics);
void read_toolchain(const FileTree& tree, Workspace& workspace, std::vector<Diagnostic>& diagnostics);

}  // namespace farm::cargo_detail
