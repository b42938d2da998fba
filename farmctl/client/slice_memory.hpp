// Purpose: which files the slices had that this machine planned, so that `farmctl explain` can name the file that changed. Beside the stat
// index ($XDG_CACHE_HOME/farm/slices, one small file per slice), bounded: the ones that were not planned for the longest time go first.
// Trouble with it is never an error: it costs words only. Any number of processes may use it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"
#include "shared/plan/planner.hpp"

namespace farm::ctl {

struct SliceMemoryLimits {
  std::size_t slices_max = 4'000;
  std::uint64_t bytes_max = 64ULL << 20U;        // all of them
  std::uint64_t slice_bytes_max = 16ULL << 20U;  // of one: a larger one is not remembered
};

// Path in the tree → digest of content and mode.
using RememberedFiles = std::map<std::string, Digest>;

class SliceMemory {
 public:
  explicit SliceMemory(std::string folder, SliceMemoryLimits limits = {}) : folder_(std::move(folder)), limits_(limits) {}

  void remember(const std::vector<PlannedSlice>& slices) const;
  // Nothing: not known here, or its file is damaged.
  [[nodiscard]] std::optional<RememberedFiles> find(const Digest& slice) const;

 private:
  [[nodiscard]] std::string file_of(const Digest& slice) const { return folder_ + "/" + slice.hex(); }
  void drop_old() const;

  std::string folder_;  // empty: remembers nothing
  SliceMemoryLimits limits_;
};

// "$XDG_CACHE_HOME/farm/slices" or below "$HOME/.cache"; empty where there is neither.
std::string default_slice_memory();

// The file's bytes and back. Error: Corrupt.
std::string encode_slice_files(const RememberedFiles& files);
Result<RememberedFiles> decode_slice_files(std::string_view bytes);

}  // namespace farm::ctl
