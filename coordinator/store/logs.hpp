// Purpose: logs of jobs: pieces at byte offsets, compressed (zstd). Doubles are harmless, gaps are shown as a line "[… N bytes missing …]".
// A job's log ends at limits::kLogBytesPerJobMax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/store/store.hpp"
#include "shared/base/ids.hpp"

namespace farm::store {

// Adds the piece to the batch (apply it Buffered). Pieces beyond the limit add nothing.
Result<void> put_log(Batch& batch, JobId job, std::uint64_t offset, std::string_view bytes);

struct LogText {
  std::uint64_t offset = 0;  // of `bytes` in the log
  std::string bytes;
  std::uint64_t next = 0;  // where to read on
};
// Bytes from `offset` on, about `bytes_max` of them. Empty: nothing is there (yet).
Result<LogText> read_log(const Store& store, JobId job, std::uint64_t offset, std::size_t bytes_max);

void erase_log(Batch& batch, const Store& store, JobId job);

}  // namespace farm::store
