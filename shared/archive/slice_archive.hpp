// Purpose: a slice as a blob and back: a deterministic tar (ustar, pax headers only where ustar can't say it),
// compressed with zstd. The same slice packs to the same bytes with the same libzstd; nothing relies on that, because
// keys hold the slice's id. Only regular files and symbolic links are in it: directories follow from paths.
#pragma once

#include <cstdint>
#include <string>

#include "shared/base/digest.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/context/slice.hpp"

namespace farm {

// Media type of the blob in the registry.
constexpr const char* kSliceMediaType = "application/vnd.farm.slice.v1.tar+zstd";
constexpr int kSliceZstdLevel = 3;

struct PackedSlice {
  Digest blob;              // sha256 of the file that was written
  std::uint64_t bytes = 0;  // its length
};

// Writes the slice to `out_file` (created or replaced atomically; on an error nothing is left behind). Files without
// inline_bytes are read below `root_dir`, never through a symlink, and checked against their digest: one that changed
// since the snapshot is a Conflict that names it. Errors: Conflict, NotFound (a file went away), Denied, InvalidInput
// (a path or link that may not be in a slice), Overloaded (disk full).
Result<PackedSlice> pack_slice(const Slice& slice, const std::string& root_dir, const std::string& out_file);

// How old unpacked files look. BuildKit's transfer of a context compares only size and mtime, so two contents of equal
// size must differ in mtime; and cargo compiles what is newer than the artefacts in the layer below. So an mtime is
// made from the content: base + the digest's first 26 bits as seconds (2.1 years) and its next 4 bytes modulo 10^9 as
// nanoseconds.
enum class SliceAge : std::uint8_t {
  Old,    // base 2000-01-01: crates whose real artefacts are in the layer below; their digest is in that layer's key
  Fresh,  // base 2100-01-01: what is to be compiled; newer than every layer, whatever the clocks of the hosts say
};
constexpr std::int64_t kOldBaseSeconds = 946'684'800;        // 2000-01-01T00:00:00Z
constexpr std::int64_t kFreshBaseSeconds = 4'102'444'800;    // 2100-01-01T00:00:00Z
constexpr std::int64_t kDirectorySeconds = kOldBaseSeconds;  // every directory: its mtime must not tell when it was unpacked

struct FileTime {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  friend bool operator==(const FileTime&, const FileTime&) = default;
};
FileTime mtime_of(const Digest& content, SliceAge age);

struct UnpackLimits {
  std::size_t files_max = limits::kContextFilesMax;
  std::uint64_t bytes_max = limits::kSliceBytesMax;  // unpacked; also bounds what the decompressor may give
};

struct UnpackedSlice {
  Digest id;                // the slice id of what was unpacked: the caller compares it with what the job names and refuses a
                            // poisoned blob
  std::uint64_t bytes = 0;  // unpacked
  std::size_t files = 0;
};

// Unpacks the blob at `blob_file` into `destination` (an existing directory; several slices may be unpacked into one,
// at most one at a time). Refused: absolute paths, "..", devices, hard links, directories, links that leave the tree, a
// path below a link, a path that exists already (Conflict), truncated or damaged data. What was already written stays:
// the caller throws the destination away on an error. Errors: Corrupt, InvalidInput, Conflict, Overloaded (a limit,
// disk full), NotFound (no blob file).
Result<UnpackedSlice> unpack_slice(const std::string& blob_file, const std::string& destination, SliceAge age,
                                   const UnpackLimits& unpack_limits = {});

// The same, without writing anything: what the blob holds. For checks and the fuzz target.
Result<Slice> list_slice(const std::string& blob_file, const UnpackLimits& unpack_limits = {});

}  // namespace farm
