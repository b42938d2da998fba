// Purpose: directories by cargo's member patterns. Internal. Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"

namespace farm::cargo_detail {

// The directories under `root` that a member pattern ("crates/*", "a/**/b", "x") names, sorted. A pattern without wildcards is itself.
// At most kCratesMax + 1, so that the caller can refuse more.
std::vector<std::string> expand_members(const FileTree& tree, const std::string& root, const std::string& pattern);

// `*`, `?` and `[…]` within one path segment.
bool segment_matches(std::string_view pattern, std::string_view name);

}  // namespace farm::cargo_detail
