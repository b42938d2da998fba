// Purpose: the entries of a packed slice, checked, one after the other. Used by unpack.cpp only. The only place that
// reads tars.
#pragma once

#include <string>
#include <string_view>

#include "shared/archive/slice_archive.hpp"

namespace farm::archive {

// Takes the entries. For a file: begin, then data any number of times, then end. An Error stops the reading and is
// returned.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  // path, mode, bytes and link_target are set and checked; the digest isn't known yet (that of a link is).
  virtual Result<void> begin(const SliceFile& file) = 0;
  virtual Result<void> data(std::string_view bytes) = 0;
  virtual Result<void> end(const SliceFile& file) = 0;  // with digest
};

// Reads the whole blob. The answer has the files sorted and the slice's id; a path that comes twice is Corrupt.
Result<Slice> read_slice(const std::string& blob_file, const UnpackLimits& unpack_limits, EntrySink& sink);

}  // namespace farm::archive
