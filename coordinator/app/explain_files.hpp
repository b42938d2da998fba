// Purpose: which files two states of a slice differ in, from the lists that clients gave with the slices they pushed. Reads only. Limits:
// kListingBytesReadMax of lists for one SliceFiles, kFilesShownMax paths of one explanation, history::kFilesPerSliceMax of one slice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/store/store.hpp"
#include "shared/history/reasons.hpp"
#include "shared/model/explanation.hpp"
#include "shared/model/job.hpp"

namespace farm::coordinator {

constexpr std::size_t kListingBytesReadMax = 8U << 20U;
constexpr std::size_t kFilesShownMax = 300;

class SliceFiles {
 public:
  explicit SliceFiles(const store::Store& store) : store_(store) {}

  // Adds to `slices` where `change` is about a slice and both of its states are known. `plan`: of the newer state.
  void compare(const InputChange& change, const Plan& plan, std::vector<SliceChange>& slices);

 private:
  std::optional<history::FileDigests> files_of(const std::vector<std::string>& digests);

  const store::Store& store_;
  std::size_t bytes_read_ = 0;
};

}  // namespace farm::coordinator
