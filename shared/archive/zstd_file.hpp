// Purpose: zstd to and from a file, streaming. The only place that sees zstd.h. Used by pack.cpp and slice_reader.cpp
// only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"

namespace farm::archive {

// Writes one frame with content size and checksum beside `file`, and renames it there at the end; on the way out
// without finish() nothing is left.
class ZstdWriter {
 public:
  struct Written {
    Digest digest;  // of the compressed bytes
    std::uint64_t bytes = 0;
  };
  // `total` is how many bytes will be written, exactly.
  static Result<ZstdWriter> create(const std::string& file, std::uint64_t total, int level);
  ~ZstdWriter();
  ZstdWriter(ZstdWriter&&) noexcept;
  ZstdWriter& operator=(ZstdWriter&&) noexcept;

  Result<void> write(std::string_view bytes);
  Result<Written> finish();

 private:
  struct State;
  explicit ZstdWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads one frame; memory is bounded by a window of 8 MiB.
class ZstdReader {
 public:
  static Result<ZstdReader> open(const std::string& file);
  ~ZstdReader();
  ZstdReader(ZstdReader&&) noexcept;
  ZstdReader& operator=(ZstdReader&&) noexcept;

  // The next bytes, valid until the next call; empty at the end of the frame. Corrupt: damaged, truncated, or something
  // after the frame.
  Result<std::string_view> next();

 private:
  struct State;
  explicit ZstdReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace farm::archive
