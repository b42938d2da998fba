// Purpose: one walk over a context: what is there and its stat, sorted by path. No file is read. Used by snapshot.cpp
// only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/snapshot/snapshot.hpp"

namespace farm::snapshot {

// What tells whether a file is the one that was hashed before.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct WalkedFile {
  std::string path;
  FileMode mode = FileMode::Plain;
  FileStamp stamp;
  std::string link_target;
};

struct Walk {
  std::vector<WalkedFile> files;  // sorted by path
  std::vector<Diagnostic> warnings;
  std::uint64_t bytes = 0;
};

// The most directories in one another; deeper is Overloaded.
constexpr int kDepthMax = 200;

Result<Walk> walk_context(int root_fd, const IgnoreRules& rules, const SnapshotOptions& options);

// The stamp and mode of an open or named file, from its stat.
struct StampedMode {
  FileStamp stamp;
  FileMode mode = FileMode::Plain;
};
Result<StampedMode> stamp_of_open_file(int fd, const std::string& path);

}  // namespace farm::snapshot
