// Purpose: the files of a slice as bytes (path, mode and digest of each; no contents), so that whoever was told them can say which file
// changed between two slices. Pure. A listing proves itself: the slice's id is the hash over exactly this. Limits: kListingBytesMax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/context/slice.hpp"

namespace farm {

inline constexpr std::size_t kListingBytesMax = 512U << 10U;

// Stubs and skeletons go into no key under their own name, so nobody asks which of their files changed.
bool is_told_of(const std::string& slice_name);

// Digest of content and mode: a file that only became executable has changed.
Digest content_and_mode(const SliceFile& file);

// Nothing: it would be larger than kListingBytesMax.
std::optional<std::string> encode_listing(const Slice& slice);
// Path, mode and digest of each file; lengths are not known. Errors: InvalidInput (damaged, too large, or of another slice than `id`).
Result<std::vector<SliceFile>> decode_listing(std::string_view bytes, const Digest& id);

}  // namespace farm
