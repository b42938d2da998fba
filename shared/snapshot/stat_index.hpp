// Purpose: the index file that remembers which file (by its stamp) had which digest. Used by snapshot.cpp only.
// Format (little endian): "farmidx1", u64 count, then per entry u32 path length, path, u64 size, i64 mtime ns, i64
// ctime ns, u64 inode, 32 bytes digest; at the end the SHA-256 of all before. A file that isn't exactly this is damaged
// and made again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"
#include "shared/snapshot/walk.hpp"

namespace farm::snapshot {

struct IndexEntry {
  std::string_view path;
  FileStamp stamp;
  Digest digest;
};

// Views into `bytes`; moves with it.
struct StatIndex {
  std::vector<char> bytes;
  std::vector<IndexEntry> entries;  // sorted by path
};

// Errors: NotFound (there is none yet), Corrupt (damaged, or another version), others from reading.
Result<StatIndex> load_index(const std::string& file);

// The file's bytes for these entries, which must be sorted by path.
std::string encode_index(const std::vector<IndexEntry>& entries);
Result<StatIndex> decode_index(std::vector<char> bytes);

// Replaces the file atomically; makes its folder. Only its owner can read it.
Result<void> save_index(const std::string& file, const std::vector<IndexEntry>& entries);

}  // namespace farm::snapshot
