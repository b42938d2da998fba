// Purpose: shared/cargo/outside_paths.hpp for all Rust sources of a context, remembered by content, so that an unchanged tree is not read.
// The cache is a text: a first line with the version, then per source a line "<64 hex digits>[TAB path]…". A file that isn't exactly this
// is made again; any number of processes may use it, the last writer wins. It is never an error: without it, time is lost.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/context/slice.hpp"

namespace farm::snapshot {

// Of the files that end in ".rs": their digests and the paths they name; those that name none are left out. A file whose bytes are no
// longer those of its digest is skipped: whoever packs it will find it changed. `cache_file` empty: everything is read.
std::map<Digest, std::vector<std::string>> find_outside_paths(const std::string& root, const std::vector<SliceFile>& files,
                                                              const std::string& cache_file);

}  // namespace farm::snapshot
