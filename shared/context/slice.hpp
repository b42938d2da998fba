// Purpose: a slice of a build context as a value: which files, with which content, under which identity. Pure.
// The slice's id (content identity) goes into keys. The digest of the packed blob (a zstd tar in the registry) is known
// only once packed and depends on the compressor; it never goes into a key. Left out of a slice on purpose: owners,
// times, permission bits other than "executable" (they differ between clones of one commit), and empty directories
// (they are not part of a context: a Dockerfile that copies one needs a file in it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"

namespace farm {

enum class FileMode : std::uint8_t { Plain, Executable, Symlink };  // 0644, 0755, a link

struct SliceFile {
  std::string path;  // relative to the context, '/' between parts, no "." or ".."; any bytes but NUL
  FileMode mode = FileMode::Plain;
  Digest digest;                            // sha256 of the content, or of the link's target
  std::uint64_t bytes = 0;                  // length of the content, or of the link's target
  std::optional<std::string> inline_bytes;  // stubs and generated files: content that is not on disk
  std::string link_target;                  // of a Symlink
  friend bool operator==(const SliceFile&, const SliceFile&) = default;
};

struct Slice {
  std::string name;              // "crate:rust_core", "rest", "skeleton"; for people, not part of the id
  std::vector<SliceFile> files;  // sorted by path (bytewise), each path once
  Digest id;
  std::uint64_t bytes = 0;  // sum over the files, unpacked
};

// The identity of a slice: SHA-256 over its sorted (path, mode, digest), by KeyHasher. Independent of compression and
// tar details. `files` must be sorted by path.
Digest slice_id(const std::vector<SliceFile>& files);

// Sorts the files and fills in id and bytes.
Slice make_slice(std::string name, std::vector<SliceFile> files);

// A file whose content is not on disk.
SliceFile inline_file(std::string path, std::string bytes, FileMode mode = FileMode::Plain);

// Ok where `path` can name a file of a slice: relative, normalised, no "..", no NUL, at most 4,096 bytes. Error:
// InvalidInput.
Result<void> check_slice_path(const std::string& path);
// Ok where the link at `path` stays inside the tree: a relative target with ".." only at its start and never above the
// root. (".." after a name could climb out by way of another link.) `path` itself must not lie below a link. Error:
// InvalidInput.
Result<void> check_link_target(const std::string& path, const std::string& target);

}  // namespace farm
