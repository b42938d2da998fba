#include "shared/snapshot/disk_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/limits.hpp"
#include "shared/snapshot/posix.hpp"

namespace farm {
namespace {

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : std::string();
}

FileType type_from(mode_t mode) {
  if (S_ISREG(mode)) return FileType::Regular;
  if (S_ISDIR(mode)) return FileType::Directory;
  return S_ISLNK(mode) ? FileType::Symlink : FileType::Other;
}

}  // namespace

DiskTree::DiskTree(const std::string& root) : root_(real_path(root)) {}

Result<std::string> DiskTree::resolve(const std::string& path) const {
  if (root_.empty()) return Error{ErrorKind::NotFound, path + ": the project's folder does not exist"};
  if (path.find('\0') != std::string::npos) return Error{ErrorKind::InvalidInput, "a path holds a zero byte"};
  const std::string joined = path.empty() ? root_ : root_ + "/" + path;
  const std::string real = real_path(joined);
  if (real.empty()) return posix_error(errno, path.empty() ? root_ : path);
  if (real != root_ && root_ != "/" && !real.starts_with(root_ + "/")) {
    return Error{ErrorKind::Denied, path + ": a symbolic link leads out of " + root_ + ", to " + real};
  }
  return real;
}

Result<std::string> DiskTree::read(const std::string& path, std::size_t bytes_max) const {
  const Result<std::string> real = resolve(path);
  if (!real) return real.error();
  // O_NONBLOCK: opening a FIFO must not hang.
  const Fd file(::open(real->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return posix_error(errno, "reading " + path);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return posix_error(errno, "reading " + path);
  if (S_ISDIR(info.st_mode)) return Error{ErrorKind::InvalidInput, "reading " + path + ": it is a directory"};
  if (!S_ISREG(info.st_mode)) return Error{ErrorKind::InvalidInput, "reading " + path + ": it is not a regular file"};
  std::string bytes;
  // One byte over the limit is asked for, so that a file that grew since fstat is noticed too.
  const auto length = static_cast<std::size_t>(std::max<off_t>(info.st_size, 0));
  bytes.resize(std::min(length, bytes_max) + 1);
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) {
      if (filled > bytes_max) {
        return Error{ErrorKind::Overloaded, "reading " + path + ": longer than the limit of " + std::to_string(bytes_max) + " bytes"};
      }
      bytes.resize(std::min(bytes.size() * 2, bytes_max + 1));
    }
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "reading " + path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::vector<TreeEntry>> DiskTree::list(const std::string& directory) const {
  const Result<std::string> real = resolve(directory);
  if (!real) return real.error();
  const std::unique_ptr<DIR, DirCloser> dir(::opendir(real->c_str()));
  if (!dir) return posix_error(errno, "listing " + (directory.empty() ? root_ : directory));
  std::vector<TreeEntry> entries;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info{};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // it went away meanwhile
    entries.push_back({name, type_from(info.st_mode)});
    if (entries.size() > limits::kContextFilesMax) return Error{ErrorKind::Overloaded, "listing " + directory + ": too many entries"};
  }
  std::sort(entries.begin(), entries.end(), [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

Result<FileType> DiskTree::type_of(const std::string& path) const {
  const Result<std::string> real = resolve(path);
  if (!real) return real.error();
  struct stat info{};
  if (::stat(real->c_str(), &info) != 0) return posix_error(errno, path);
  return type_from(info.st_mode);
}

}  // namespace farm
