// Purpose: logs of jobs: pieces at byte offsets, compressed (zstd), per attempt (fence). A piece that comes twice is harmless; one that was
// lost is a gap, which the reader sees as a jump of the offset. A log ends at limits::kLogBytesPerJobMax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/store/store.hpp"
#include "shared/base/ids.hpp"

namespace farm::store {

// Adds the piece to the batch (apply it Buffered). Pieces beyond the limit add nothing. Error: Internal (out of memory).
Result<void> put_log(Batch& batch, JobId job, Fence fence, std::uint64_t offset, std::string_view bytes);

struct LogText {
  Fence fence;                                                                // the attempt; 0: there is no log yet
  std::uint64_t offset = 0;                                                   // of `bytes`; above the one asked for where bytes were lost
  std::string bytes;                                                          // without a gap inside; empty: nothing more (yet)
  [[nodiscard]] std::uint64_t next() const { return offset + bytes.size(); }  // where to read on
};
// Bytes from `offset` on, about `bytes_max` of them. `fence` 0: the newest attempt. Error: Corrupt.
Result<LogText> read_log(const Store& store, JobId job, Fence fence, std::uint64_t offset, std::size_t bytes_max);

// All attempts.
Result<void> erase_log(Batch& batch, const Store& store, JobId job);

}  // namespace farm::store
