#include "shared/snapshot/walk.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "shared/snapshot/posix.hpp"

namespace farm::snapshot {
namespace {

constexpr std::size_t kLinkBytesMax = 4096;

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

StampedMode stamp_of(const struct stat& info) {
  StampedMode made;
  made.stamp.bytes = static_cast<std::uint64_t>(info.st_size);
  made.stamp.mtime_ns = nanoseconds(info.st_mtim);
  made.stamp.ctime_ns = nanoseconds(info.st_ctim);
  made.stamp.inode = info.st_ino;
  made.mode = (info.st_mode & S_IXUSR) != 0 ? FileMode::Executable : FileMode::Plain;
  return made;
}

struct Name {
  std::string sort_key;  // the name, with '/' behind it for a directory: so the walk's order is the order of whole paths
  unsigned char type = DT_UNKNOWN;
};

class Walker {
 public:
  Walker(const IgnoreRules& rules, const SnapshotOptions& options) : rules_(rules), options_(options) {}

  // `prefix` is "" or "a/b/".
  Result<void> directory(Fd fd, const std::string& prefix, int depth);
  Walk take();

 private:
  Result<std::vector<Name>> names_in(int fd, const std::string& prefix);
  Result<void> entry(int fd, const std::string& name, const std::string& path);
  Result<void> link(int fd, const std::string& name, const std::string& path, WalkedFile file);
  Result<void> add(WalkedFile file);
  void leave_out(const std::string& path, const std::string& why);
  [[nodiscard]] bool ignored(const std::string& path, bool is_directory) const {
    return rules_.ignored && rules_.ignored(path, is_directory);
  }
  [[nodiscard]] bool pruned(const std::string& path) const { return ignored(path, true) && rules_.may_prune && rules_.may_prune(path); }

  const IgnoreRules& rules_;
  const SnapshotOptions& options_;
  Walk walk_;
  std::size_t left_out_ = 0;
};

Error with_hint(Error error) {
  if (error.kind == ErrorKind::Denied) error.message += "; make it readable or exclude it in .dockerignore";
  return error;
}

Result<std::vector<Name>> Walker::names_in(int fd, const std::string& prefix) {
  // The DIR gets its own descriptor: closing it must not close ours, which openat below still needs.
  const std::unique_ptr<DIR, DirCloser> dir(::fdopendir(::fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  if (!dir) return posix_error(errno, "reading the folder " + prefix);
  std::vector<Name> names;
  while (const dirent* found = ::readdir(dir.get())) {
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    unsigned char type = found->d_type;
    if (type == DT_UNKNOWN) {  // some file systems don't say
      struct stat info{};
      if (::fstatat(fd, found->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
      type = S_ISDIR(info.st_mode) ? DT_DIR : DT_REG;
    }
    names.push_back({std::string(name) + (type == DT_DIR ? "/" : ""), type});
    if (names.size() > options_.files_max) return Error{ErrorKind::Overloaded, "the folder " + prefix + " has too many entries"};
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.sort_key < b.sort_key; });
  return names;
}

Result<void> Walker::directory(Fd fd, const std::string& prefix, int depth) {
  if (depth > kDepthMax) {
    return Error{ErrorKind::Overloaded, prefix + ": folders are nested deeper than " + std::to_string(kDepthMax)};
  }
  Result<std::vector<Name>> names = names_in(fd.get(), prefix);
  if (!names) return names.error();
  for (const Name& name : *names) {
    if (name.type != DT_DIR) {
      if (Result<void> done = entry(fd.get(), name.sort_key, prefix + name.sort_key); !done) return done;
      continue;
    }
    const std::string bare = name.sort_key.substr(0, name.sort_key.size() - 1);
    if (pruned(prefix + bare)) continue;
    Fd below(::openat(fd.get(), bare.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below && errno == ENOENT) continue;  // removed during the walk: the tree without it is as good a snapshot
    if (!below) return with_hint(posix_error(errno, "reading the folder " + prefix + bare));
    if (Result<void> done = directory(std::move(below), prefix + name.sort_key, depth + 1); !done) return done;
  }
  return {};
}

Result<void> Walker::entry(int fd, const std::string& name, const std::string& path) {
  if (ignored(path, false)) return {};
  struct stat info{};
  if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return with_hint(posix_error(errno, "reading " + path));
  }
  WalkedFile file;
  if (S_ISLNK(info.st_mode)) return link(fd, name, path, std::move(file));
  if (S_ISSOCK(info.st_mode)) return {};
  if (!S_ISREG(info.st_mode)) {
    leave_out(path, "not a regular file (a device or FIFO)");
    return {};
  }
  const StampedMode stamped = stamp_of(info);
  file.path = path;
  file.mode = stamped.mode;
  file.stamp = stamped.stamp;
  return add(std::move(file));
}

Result<void> Walker::link(int fd, const std::string& name, const std::string& path, WalkedFile file) {
  std::string target(kLinkBytesMax + 1, '\0');
  const ssize_t length = ::readlinkat(fd, name.c_str(), target.data(), target.size());
  if (length < 0) return errno == ENOENT ? Result<void>() : with_hint(posix_error(errno, "reading the link " + path));
  target.resize(static_cast<std::size_t>(length));
  // Agents make no link that leads out of a context, and an image seldom needs one: mostly it is a licence of a vendored tree.
  if (Result<void> inside = check_link_target(path, target); !inside) {
    leave_out(path, inside.error().message);
    return {};
  }
  file.path = path;
  file.mode = FileMode::Symlink;
  file.stamp.bytes = target.size();
  file.link_target = std::move(target);
  return add(std::move(file));
}

void Walker::leave_out(const std::string& path, const std::string& why) {
  constexpr std::size_t kToldMax = 5;
  if (++left_out_ <= kToldMax) walk_.warnings.push_back({Severity::Warning, {path, 0, 0}, why + ": left out of the context"});
}

Walk Walker::take() {
  if (left_out_ > walk_.warnings.size()) {
    walk_.warnings.push_back(
        {Severity::Warning, {}, std::to_string(left_out_ - walk_.warnings.size()) + " more files like these are left out"});
  }
  return std::move(walk_);
}

Result<void> Walker::add(WalkedFile file) {
  if (walk_.files.size() >= options_.files_max) {
    return Error{ErrorKind::Overloaded, "the context has more than " + std::to_string(options_.files_max) +
                                            " files; exclude what the build does not need in .dockerignore"};
  }
  walk_.bytes += file.stamp.bytes;
  if (walk_.bytes > options_.bytes_max) {
    return Error{ErrorKind::Overloaded, "the context is larger than " + std::to_string(options_.bytes_max) + " bytes (at " + file.path +
                                            "); exclude what the build does not need in .dockerignore"};
  }
  walk_.files.push_back(std::move(file));
  return {};
}

}  // namespace

Result<Walk> walk_context(int root_fd, const IgnoreRules& rules, const SnapshotOptions& options) {
  Walker walker(rules, options);
  Fd root(::fcntl(root_fd, F_DUPFD_CLOEXEC, 0));
  if (!root) return posix_error(errno, "reading the context");
  if (Result<void> done = walker.directory(std::move(root), "", 0); !done) return done.error();
  return walker.take();
}

Result<StampedMode> stamp_of_open_file(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return posix_error(errno, "reading " + path);
  if (!S_ISREG(info.st_mode)) return Error{ErrorKind::Conflict, path + " became something else than a regular file while it was read"};
  return stamp_of(info);
}

}  // namespace farm::snapshot
