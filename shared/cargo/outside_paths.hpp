// Purpose: which paths a Rust source names that may lead out of its crate (`include_str!("../../other/x")`, `#[path = "../x.rs"]`, a build
// script's "../proto"): its crate may read another crate's files without depending on it. A guess on the safe side: every string literal
// with a ".." part counts, also one in a comment. What is put together from parts at compile time is seen only if one part leads into the
// other crate: a bare ".." names the folder around, not who is in it. Pure, never fails: text that is no Rust gives nothing or too much.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farm {

inline constexpr std::size_t kOutsidePathsMax = 200;        // of one file; more are cut off
inline constexpr std::size_t kOutsidePathBytesMax = 1'024;  // a longer literal is no path

// Sorted, each once; as they are written, without control characters.
std::vector<std::string> outside_paths(std::string_view source);

}  // namespace farm
