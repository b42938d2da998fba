// Purpose: hashing many files on a few threads, noticing files that change meanwhile. Used by snapshot.cpp only.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/snapshot/walk.hpp"

namespace farm::snapshot {

struct HashedFile {
  std::size_t index = 0;  // into the walk's files
  Digest digest;
  StampedMode stamped;  // as of the bytes that were hashed: it may be newer than the walk's
};

// Hashes the walk's files at `wanted`. The answer has the order of `wanted`. With several errors, that of the first
// file is given.
Result<std::vector<HashedFile>> hash_files(int root_fd, const Walk& walk, const std::vector<std::size_t>& wanted, std::uint32_t threads);

}  // namespace farm::snapshot
