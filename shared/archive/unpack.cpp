#include <cerrno>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/archive/dir_cursor.hpp"
#include "shared/archive/slice_archive.hpp"
#include "shared/archive/slice_reader.hpp"
#include "shared/base/file_tree.hpp"

namespace farm {
namespace {

constexpr mode_t kPlainMode = 0644;
constexpr mode_t kExecutableMode = 0755;

timespec timespec_of(const FileTime& time) {
  timespec made{};
  made.tv_sec = time.seconds;
  made.tv_nsec = time.nanoseconds;
  return made;
}

// Old XFS (without bigtime) and old ext4 end in 2038 and clamp, which would make all fresh files equally old: two
// contents of equal length would look the same to BuildKit. So the time is read back.
Result<void> check_time(const struct stat& info, const FileTime& wanted, const std::string& path) {
  if (info.st_mtim.tv_sec == wanted.seconds && info.st_mtim.tv_nsec == wanted.nanoseconds) return {};
  return Error{ErrorKind::Unsupported, "unpacking " + path + ": this file system can't hold the time " + std::to_string(wanted.seconds) +
                                           " s with nanoseconds; put the agent's data on ext4, or on xfs with bigtime"};
}

class DiskSink final : public archive::EntrySink {
 public:
  DiskSink(Fd root, SliceAge age) : cursor_(std::move(root), archive::DirCursor::Missing::Create), age_(age) {}

  Result<void> begin(const SliceFile& file) override;
  Result<void> data(std::string_view bytes) override;
  Result<void> end(const SliceFile& file) override;
  // Last, because writing files changes the times of their directories.
  Result<void> stamp_directories();

 private:
  Result<void> make_link(int parent, const SliceFile& file) const;
  void touched(const std::string& file_path);

  archive::DirCursor cursor_;
  SliceAge age_;
  Fd file_;
  std::string path_;
  std::set<std::string> directories_ = {""};
};

void DiskSink::touched(const std::string& file_path) {
  for (std::string dir = parent_path(file_path); !dir.empty(); dir = parent_path(dir)) {
    if (!directories_.insert(dir).second) return;
  }
}

Result<void> DiskSink::begin(const SliceFile& file) {
  path_ = file.path;
  const Result<int> parent = cursor_.parent_of(file.path);
  if (!parent) return parent.error();
  touched(file.path);
  if (file.mode == FileMode::Symlink) return make_link(*parent, file);
  const std::string name = archive::last_part(file.path);
  file_ = Fd(::openat(*parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return posix_error(errno, "unpacking " + file.path);
  return {};
}

Result<void> DiskSink::make_link(int parent, const SliceFile& file) const {
  const std::string name = archive::last_part(file.path);
  if (::symlinkat(file.link_target.c_str(), parent, name.c_str()) != 0) return posix_error(errno, "unpacking " + file.path);
  const FileTime time = mtime_of(file.digest, age_);
  const timespec times[2] = {timespec_of(time), timespec_of(time)};
  if (::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) return posix_error(errno, "unpacking " + file.path);
  return {};
}

Result<void> DiskSink::data(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return posix_error(errno, "unpacking " + path_);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> DiskSink::end(const SliceFile& file) {
  if (file.mode == FileMode::Symlink) return {};
  const FileTime time = mtime_of(file.digest, age_);
  const timespec times[2] = {timespec_of(time), timespec_of(time)};
  struct stat info{};
  if (::fchmod(file_.get(), file.mode == FileMode::Executable ? kExecutableMode : kPlainMode) != 0 || ::futimens(file_.get(), times) != 0 ||
      ::fstat(file_.get(), &info) != 0) {
    return posix_error(errno, "unpacking " + file.path);
  }
  file_.close();
  return check_time(info, time, file.path);
}

Result<void> DiskSink::stamp_directories() {
  timespec time{};
  time.tv_sec = kDirectorySeconds;
  const timespec times[2] = {time, time};
  for (const std::string& path : directories_) {
    const Result<int> dir = cursor_.directory(path);
    if (!dir) return dir.error();
    if (::futimens(*dir, times) != 0) return posix_error(errno, "unpacking " + path);
  }
  return {};
}

class NullSink final : public archive::EntrySink {
  Result<void> begin(const SliceFile&) override { return {}; }
  Result<void> data(std::string_view) override { return {}; }
  Result<void> end(const SliceFile&) override { return {}; }
};

}  // namespace

FileTime mtime_of(const Digest& content, SliceAge age) {
  const auto byte = [&content](std::size_t at) { return static_cast<std::uint32_t>(content.bytes[at]); };
  const std::uint32_t first = byte(0) << 24U | byte(1) << 16U | byte(2) << 8U | byte(3);
  const std::uint32_t next = byte(4) << 24U | byte(5) << 16U | byte(6) << 8U | byte(7);
  constexpr std::uint32_t kBillion = 1'000'000'000;
  const std::int64_t base = age == SliceAge::Old ? kOldBaseSeconds : kFreshBaseSeconds;
  return {base + (first >> 6U), next % kBillion};
}

Result<UnpackedSlice> unpack_slice(const std::string& blob_file, const std::string& destination, SliceAge age,
                                   const UnpackLimits& unpack_limits) {
  Fd root(::open(destination.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return posix_error(errno, "unpacking into " + destination);
  DiskSink sink(std::move(root), age);
  const Result<Slice> slice = archive::read_slice(blob_file, unpack_limits, sink);
  if (!slice) return slice.error();
  if (Result<void> done = sink.stamp_directories(); !done) return done.error();
  return UnpackedSlice{slice->id, slice->bytes, slice->files.size()};
}

Result<Slice> list_slice(const std::string& blob_file, const UnpackLimits& unpack_limits) {
  NullSink sink;
  return archive::read_slice(blob_file, unpack_limits, sink);
}

}  // namespace farm
