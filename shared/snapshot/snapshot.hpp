// Purpose: the state of a build context on disk as a sorted list of (path, mode, digest): one walk, with a stat index
// so that an unchanged tree costs one stat per file and no read.
//
// What is taken: regular files (the executable bit of the owner decides between Plain and Executable) and symbolic
// links (never followed). Empty directories are not part of a context. Sockets are skipped, as docker does; devices,
// FIFOs and links that leave the tree give a warning (five, then their number) and are skipped. An unreadable file is an
// error (Denied) that names it and says that .dockerignore can exclude it. A file that changes while it is read is read
// again twice, then Conflict. Names are bytes, also where they are not UTF-8.
//
// Trust: an index entry answers only if path, size, mtime, ctime and inode are all the same and the entry was not
// "racily clean" (mtime or ctime within 2 s before the walk that made it, where a later write in the same clock tick
// could go unseen). Concurrency: any number of processes may use the same index file; it is replaced atomically and the
// last writer wins.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/context/slice.hpp"

namespace farm {

// The .dockerignore of the context, as functions of the path relative to the context. Both may be empty: nothing is
// ignored.
struct IgnoreRules {
  std::function<bool(const std::string& path, bool is_directory)> ignored;
  // For an ignored directory: true where nothing below can be included again (by a later `!` pattern), so that it isn't
  // walked.
  std::function<bool(const std::string& directory)> may_prune;
};

struct SnapshotOptions {
  std::string index_file;     // empty: no index, every file is hashed. See default_index_file().
  std::uint32_t threads = 0;  // for hashing; 0: as many as the machine has, at most 8
  std::size_t files_max = limits::kContextFilesMax;
  std::uint64_t bytes_max = limits::kSliceBytesMax;  // all files together
};

struct Snapshot {
  std::vector<SliceFile> files;      // sorted by path
  std::vector<Diagnostic> warnings;  // a damaged index that was made again, skipped devices
  std::uint64_t bytes = 0;           // of all files
  std::size_t hashed_files = 0;      // read and hashed; the rest came from the index
  std::uint64_t hashed_bytes = 0;
};

// Errors: NotFound (no such directory), Denied (unreadable), Overloaded (a
// limit), Conflict (a file keeps changing). A problem with the index is never an error: it costs time and gives a
// warning.
Result<Snapshot> take_snapshot(const std::string& root, const IgnoreRules& rules, const SnapshotOptions& options);

// "$XDG_CACHE_HOME/farm/index/<hash of the root's real path>" or below "$HOME/.cache"; empty where there is neither.
std::string default_index_file(const std::string& root);

}  // namespace farm
