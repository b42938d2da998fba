#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/archive/dir_cursor.hpp"
#include "shared/archive/slice_archive.hpp"
#include "shared/archive/zstd_file.hpp"
#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

constexpr int kBlockBytes = 64 << 10;
constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr mode_t kPlainMode = 0644;
constexpr mode_t kExecutableMode = 0755;
constexpr mode_t kLinkMode = 0777;

struct CloseArchive {
  void operator()(struct archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(struct archive_entry* e) const { archive_entry_free(e); }
};
using ArchivePtr = std::unique_ptr<struct archive, CloseArchive>;
using EntryPtr = std::unique_ptr<struct archive_entry, FreeEntry>;

// Where the tar's bytes go: counted only (no writer), or compressed.
struct Output {
  archive::ZstdWriter* writer = nullptr;
  std::uint64_t bytes = 0;
  std::optional<Error> error;
};

la_ssize_t take_bytes(struct archive* a, void* client, const void* data, size_t length) {
  auto& output = *static_cast<Output*>(client);
  output.bytes += length;
  if (output.writer != nullptr) {
    if (Result<void> done = output.writer->write({static_cast<const char*>(data), length}); !done) {
      output.error = done.error();
      archive_set_error(a, EIO, "the output failed");
      return -1;
    }
  }
  return static_cast<la_ssize_t>(length);
}

class Packer {
 public:
  Packer(const Slice& slice, Output& output) : slice_(slice), output_(output), archive_(archive_write_new()), entry_(archive_entry_new()) {}

  // `cursor` null: only the length is wanted, and the contents are left to libarchive's padding.
  Result<void> run(archive::DirCursor* cursor);

 private:
  Result<void> header(const SliceFile& file);
  Result<void> content(const SliceFile& file, archive::DirCursor& cursor);
  Result<void> put(std::string_view bytes);
  Error failure(const std::string& doing) const {
    if (output_.error) return *output_.error;
    const char* why = archive_error_string(archive_.get());
    return {ErrorKind::Internal, doing + ": " + (why != nullptr ? why : "libarchive failed")};
  }

  const Slice& slice_;
  Output& output_;
  ArchivePtr archive_;
  EntryPtr entry_;
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
};

Result<void> Packer::run(archive::DirCursor* cursor) {
  FARM_ASSERT(archive_ && entry_);
  struct archive* a = archive_.get();
  // pax headers appear only for what ustar can't hold; BINARY because names are bytes, not text.
  if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK || archive_write_set_options(a, "hdrcharset=BINARY") != ARCHIVE_OK ||
      archive_write_set_bytes_per_block(a, kBlockBytes) != ARCHIVE_OK || archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
      archive_write_open2(a, &output_, nullptr, take_bytes, nullptr, nullptr) != ARCHIVE_OK) {
    return failure("packing slice " + slice_.name);
  }
  for (const SliceFile& file : slice_.files) {
    if (Result<void> done = header(file); !done) return done;
    if (file.mode != FileMode::Symlink && cursor != nullptr) {
      if (Result<void> done = content(file, *cursor); !done) return done;
    }
    if (archive_write_finish_entry(a) != ARCHIVE_OK) return failure("packing " + file.path);
  }
  if (archive_write_close(a) != ARCHIVE_OK) return failure("packing slice " + slice_.name);
  return {};
}

Result<void> Packer::header(const SliceFile& file) {
  struct archive_entry* e = archive_entry_clear(entry_.get());
  archive_entry_copy_pathname(e, file.path.c_str());
  if (file.mode == FileMode::Symlink) {
    archive_entry_set_filetype(e, AE_IFLNK);
    archive_entry_copy_symlink(e, file.link_target.c_str());
    archive_entry_set_perm(e, kLinkMode);
    archive_entry_set_size(e, 0);
  } else {
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, file.mode == FileMode::Executable ? kExecutableMode : kPlainMode);
    archive_entry_set_size(e, static_cast<la_int64_t>(file.bytes));
  }
  archive_entry_set_mtime(e, 0, 0);
  if (archive_write_header(archive_.get(), e) != ARCHIVE_OK) return failure("packing " + file.path);
  return {};
}

Result<void> Packer::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t wrote = archive_write_data(archive_.get(), bytes.data(), bytes.size());
    if (wrote <= 0) return failure("packing slice " + slice_.name);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Error changed(const std::string& path) {
  return {ErrorKind::Conflict, path + " changed since the snapshot was taken; run the command again"};
}

Result<void> Packer::content(const SliceFile& file, archive::DirCursor& cursor) {
  if (file.inline_bytes) {
    FARM_ASSERT(file.inline_bytes->size() == file.bytes);
    return put(*file.inline_bytes);
  }
  const Result<int> parent = cursor.parent_of(file.path);
  if (!parent) return parent.error().kind == ErrorKind::NotFound ? changed(file.path) : parent.error();
  const Fd fd(::openat(*parent, archive::last_part(file.path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd && (errno == ENOENT || errno == ELOOP)) return changed(file.path);
  if (!fd) return posix_error(errno, "reading " + file.path);
  Sha256 hash;
  std::uint64_t bytes = 0;
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "reading " + file.path);
    if (got == 0) break;
    const std::string_view read(buffer_.data(), static_cast<std::size_t>(got));
    bytes += read.size();
    if (bytes > file.bytes) return changed(file.path);
    hash.update(read);
    if (Result<void> done = put(read); !done) return done;
  }
  if (hash.finish() != file.digest) return changed(file.path);
  return {};
}

Result<void> check(const Slice& slice) {
  if (slice.files.size() > limits::kContextFilesMax || slice.bytes > limits::kSliceBytesMax) {
    return Error{ErrorKind::Overloaded, "slice " + slice.name + " has too many files or bytes"};
  }
  for (std::size_t i = 0; i < slice.files.size(); ++i) {
    const SliceFile& file = slice.files[i];
    if (Result<void> fine = check_slice_path(file.path); !fine) return fine;
    if (i > 0 && slice.files[i - 1].path >= file.path) {
      return Error{ErrorKind::InvalidInput, "slice " + slice.name + " names " + file.path + " twice or out of order"};
    }
    if (file.mode != FileMode::Symlink) continue;
    if (Result<void> fine = check_link_target(file.path, file.link_target); !fine) return fine;
  }
  return {};
}

}  // namespace

Result<PackedSlice> pack_slice(const Slice& slice, const std::string& root_dir, const std::string& out_file) {
  if (Result<void> fine = check(slice); !fine) return fine.error();
  // The frame names its content's length, so the tar is laid out twice: once to count (headers only), once with the
  // contents.
  Output counted;
  if (Result<void> done = Packer(slice, counted).run(nullptr); !done) return done.error();
  Result<archive::ZstdWriter> writer = archive::ZstdWriter::create(out_file, counted.bytes, kSliceZstdLevel);
  if (!writer) return writer.error();
  const bool on_disk = std::any_of(slice.files.begin(), slice.files.end(),
                                   [](const SliceFile& file) { return file.mode != FileMode::Symlink && !file.inline_bytes; });
  Fd root(on_disk ? ::open(root_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (on_disk && !root) return posix_error(errno, "reading " + root_dir);
  archive::DirCursor cursor(std::move(root), archive::DirCursor::Missing::Fail);
  Output output{&*writer, 0, {}};
  if (Result<void> done = Packer(slice, output).run(&cursor); !done) return done.error();
  const Result<archive::ZstdWriter::Written> written = writer->finish();
  if (!written) return written.error();
  return PackedSlice{written->digest, written->bytes};
}

}  // namespace farm
