#include "shared/context/slice.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/file_tree.hpp"
#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

constexpr std::size_t kPathBytesMax = 4096;

std::string_view mode_name(FileMode mode) {
  switch (mode) {
    case FileMode::Plain: return "plain";
    case FileMode::Executable: return "executable";
    case FileMode::Symlink: return "symlink";
  }
  return "plain";
}

bool by_path(const SliceFile& a, const SliceFile& b) { return a.path < b.path; }

bool climbs_after_a_name(const std::string& target) {
  bool named = false;
  for (std::size_t begin = 0; begin <= target.size();) {
    const std::size_t end = std::min(target.find('/', begin), target.size());
    const std::string_view part = std::string_view(target).substr(begin, end - begin);
    if (part == ".." && named) return true;
    named = named || (!part.empty() && part != "." && part != "..");
    begin = end + 1;
  }
  return false;
}

}  // namespace

Digest slice_id(const std::vector<SliceFile>& files) {
  FARM_ASSERT(std::is_sorted(files.begin(), files.end(), by_path));
  KeyHasher hasher("farm.slice.v1");
  hasher.list("files", files.size());
  for (const SliceFile& file : files) {
    hasher.field("path", file.path).field("mode", mode_name(file.mode)).field("digest", file.digest);
  }
  return hasher.finish();
}

Slice make_slice(std::string name, std::vector<SliceFile> files) {
  std::sort(files.begin(), files.end(), by_path);
  Slice slice{std::move(name), std::move(files), {}, 0};
  for (const SliceFile& file : slice.files) slice.bytes += file.bytes;
  slice.id = slice_id(slice.files);
  return slice;
}

SliceFile inline_file(std::string path, std::string bytes, FileMode mode) {
  SliceFile file;
  file.path = std::move(path);
  file.mode = mode;
  file.digest = sha256(bytes);
  file.bytes = bytes.size();
  file.inline_bytes = std::move(bytes);
  return file;
}

Result<void> check_slice_path(const std::string& path) {
  const auto refuse = [&path](const std::string& why) -> Result<void> {
    return Error{ErrorKind::InvalidInput, "the file name '" + path.substr(0, 200) + "' " + why};
  };
  if (path.empty() || path.front() == '/') return refuse("is not relative to the context");
  if (path.size() > kPathBytesMax) return refuse("is longer than " + std::to_string(kPathBytesMax) + " bytes");
  if (path.find('\0') != std::string::npos) return refuse("holds a zero byte");
  const Result<std::string> normal = normalise_path("", path);
  if (!normal || *normal != path) return refuse("is not normalised (it has '.', '..' or an empty part)");
  return {};
}

Result<void> check_link_target(const std::string& path, const std::string& target) {
  const auto refuse = [&](const std::string& why) -> Result<void> {
    return Error{ErrorKind::InvalidInput, "the symbolic link '" + path + "' -> '" + target.substr(0, 200) + "' " + why +
                                              "; exclude it in .dockerignore, or make it in the Dockerfile with RUN ln -s"};
  };
  if (target.empty() || target.size() > kPathBytesMax || target.find('\0') != std::string::npos) return refuse("has no usable target");
  if (target.front() == '/') return refuse("is absolute, so it leaves the context");
  if (!normalise_path(parent_path(path), target)) return refuse("leaves the context");
  if (climbs_after_a_name(target)) return refuse("has '..' after a name");
  return {};
}

}  // namespace farm
