#include "shared/context/slice_listing.hpp"

#include <algorithm>
#include <utility>

#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

constexpr std::string_view kModes = "pxl";  // by FileMode

Error damaged(const std::string& what) { return {ErrorKind::InvalidInput, "reading the list of a slice's files: " + what}; }

}  // namespace

bool is_told_of(const std::string& slice_name) { return slice_name == "rest" || slice_name.starts_with("crate:"); }

Digest content_and_mode(const SliceFile& file) {
  return file.mode == FileMode::Plain ? file.digest : sha256(file.digest.hex() + (file.mode == FileMode::Symlink ? "l" : "x"));
}

std::optional<std::string> encode_listing(const Slice& slice) {
  std::string bytes;
  for (const SliceFile& file : slice.files) {
    bytes += kModes.at(static_cast<std::size_t>(file.mode));
    for (const std::uint8_t byte : file.digest.bytes) bytes += static_cast<char>(byte);
    bytes += file.path + '\0';
    if (bytes.size() > kListingBytesMax) return std::nullopt;
  }
  return bytes;
}

Result<std::vector<SliceFile>> decode_listing(std::string_view bytes, const Digest& id) {
  constexpr std::size_t kBeforePath = 1 + sizeof(Digest::bytes);
  if (bytes.size() > kListingBytesMax) return damaged("it is longer than " + std::to_string(kListingBytesMax) + " bytes");
  std::vector<SliceFile> files;
  while (!bytes.empty()) {
    const std::size_t end = bytes.size() > kBeforePath ? bytes.find('\0', kBeforePath) : std::string_view::npos;
    if (end == std::string_view::npos) return damaged("its end is missing");
    SliceFile file;
    const std::size_t mode = kModes.find(bytes.front());
    if (mode == std::string_view::npos) return damaged("a file has no known mode");
    file.mode = static_cast<FileMode>(mode);
    std::transform(bytes.begin() + 1, bytes.begin() + kBeforePath, file.digest.bytes.begin(),
                   [](char byte) { return static_cast<std::uint8_t>(byte); });
    file.path = bytes.substr(kBeforePath, end - kBeforePath);
    if (const Result<void> named = check_slice_path(file.path); !named) return damaged(named.error().message);
    if (!files.empty() && files.back().path >= file.path) return damaged("its files are not sorted, each once");
    files.push_back(std::move(file));
    bytes.remove_prefix(end + 1);
  }
  if (slice_id(files) != id) return damaged("it is not that of slice " + id.short_hex());
  return files;
}

}  // namespace farm
