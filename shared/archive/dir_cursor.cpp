#include "shared/archive/dir_cursor.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "shared/base/file_tree.hpp"

namespace farm::archive {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr std::size_t kDepthMax = 256;  // open directories at a time

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<int> DirCursor::enter(int parent, const std::string& name, const std::string& whole) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(::openat(parent, name.c_str(), kFlags));
  if (!fd && errno == ENOENT && missing_ == Missing::Create) {
    if (::mkdirat(parent, name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) return posix_error(errno, "making the folder " + whole);
    fd = Fd(::openat(parent, name.c_str(), kFlags));
    // Whatever the umask says, every host has the same context.
    if (fd && ::fchmod(fd.get(), kDirectoryMode) != 0) return posix_error(errno, "making the folder " + whole);
  }
  if (!fd && (errno == ELOOP || errno == ENOTDIR)) {
    const ErrorKind kind = missing_ == Missing::Create ? ErrorKind::InvalidInput : ErrorKind::NotFound;
    return Error{kind, "the folder " + whole + " is a file or a symbolic link"};
  }
  if (!fd) return posix_error(errno, "opening the folder " + whole);
  const int number = fd.get();
  levels_.push_back({name, std::move(fd)});
  return number;
}

Result<int> DirCursor::directory(const std::string& path) {
  const std::vector<std::string> parts = parts_of(path);
  if (parts.size() > kDepthMax) return Error{ErrorKind::InvalidInput, path + ": folders are nested too deep"};
  std::size_t same = 0;
  while (same < parts.size() && same < levels_.size() && levels_[same].name == parts[same]) ++same;
  levels_.erase(levels_.begin() + static_cast<std::ptrdiff_t>(same), levels_.end());
  int current = levels_.empty() ? root_.get() : levels_.back().fd.get();
  for (std::size_t i = same; i < parts.size(); ++i) {
    const Result<int> next = enter(current, parts[i], path);
    if (!next) return next;
    current = *next;
  }
  return current;
}

Result<int> DirCursor::parent_of(const std::string& path) { return directory(parent_path(path)); }

}  // namespace farm::archive
