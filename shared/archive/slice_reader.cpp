#include "shared/archive/slice_reader.hpp"

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include "shared/archive/zstd_file.hpp"
#include "shared/hash/sha256.hpp"

namespace farm::archive {
namespace {

// What a tar needs beside contents, per entry (header, padding, a pax header with two long names) and in all (end
// marks, read-ahead).
constexpr std::uint64_t kOverheadPerEntry = 16U << 10U;
constexpr std::uint64_t kOverheadFixed = 1U << 20U;
constexpr std::size_t kBufferBytes = 256U << 10U;

struct CloseArchive {
  void operator()(struct ::archive* a) const { archive_read_free(a); }
};

// libarchive's source of bytes, which also stops a blob that decompresses to far more than its entries say.
struct Source {
  ZstdReader* reader = nullptr;
  std::uint64_t given = 0;
  std::uint64_t allowed = kOverheadFixed;
  std::optional<Error> error;

  Result<std::string_view> next() {
    Result<std::string_view> bytes = reader->next();
    if (!bytes) return bytes;
    given += bytes->size();
    if (given > allowed) return Error{ErrorKind::Corrupt, "it unpacks to more than its entries hold"};
    return bytes;
  }
};

la_ssize_t give_bytes(struct ::archive* a, void* client, const void** data) {
  auto& source = *static_cast<Source*>(client);
  const Result<std::string_view> bytes = source.next();
  if (!bytes) {
    source.error = bytes.error();
    archive_set_error(a, EIO, "the input failed");
    return -1;
  }
  *data = bytes->data();
  return static_cast<la_ssize_t>(bytes->size());
}

class Reader {
 public:
  Reader(const std::string& blob_file, const UnpackLimits& unpack_limits, EntrySink& sink)
      : blob_file_(blob_file), limits_(unpack_limits), sink_(sink), archive_(archive_read_new()) {}

  Result<Slice> run(ZstdReader& zstd);

 private:
  Result<void> entry(struct archive_entry* e);
  Result<SliceFile> described(struct archive_entry* e) const;
  Result<void> content(SliceFile& file);
  Result<void> drain();
  [[nodiscard]] Error corrupt(const std::string& what) const { return {ErrorKind::Corrupt, "unpacking " + blob_file_ + ": " + what}; }
  [[nodiscard]] Error failure() const {
    if (source_.error) return *source_.error;
    const char* why = archive_error_string(archive_.get());
    return corrupt(why != nullptr ? why : "not a tar");
  }

  const std::string& blob_file_;
  const UnpackLimits& limits_;
  EntrySink& sink_;
  std::unique_ptr<struct ::archive, CloseArchive> archive_;
  Source source_;
  Slice slice_;
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
};

Result<Slice> Reader::run(ZstdReader& zstd) {
  struct ::archive* a = archive_.get();
  FARM_ASSERT(a != nullptr);
  source_.reader = &zstd;
  if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
      archive_read_open2(a, &source_, nullptr, give_bytes, nullptr, nullptr) != ARCHIVE_OK) {
    return failure();
  }
  struct archive_entry* e = nullptr;
  while (true) {
    const int status = archive_read_next_header(a, &e);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) return failure();  // a warning too: what we wrote gives none
    if (Result<void> done = entry(e); !done) return done.error();
  }
  if (Result<void> done = drain(); !done) return done.error();
  Slice made = make_slice("", std::move(slice_.files));
  for (std::size_t i = 1; i < made.files.size(); ++i) {
    if (made.files[i - 1].path == made.files[i].path) return corrupt(made.files[i].path + " is in it twice");
  }
  return made;
}

// The frame must end properly even where the tar ended before, or the checksum at its end would go unread.
Result<void> Reader::drain() {
  while (true) {
    const Result<std::string_view> bytes = source_.next();
    if (!bytes) return bytes.error();
    if (bytes->empty()) return {};
  }
}

Result<SliceFile> Reader::described(struct archive_entry* e) const {
  SliceFile file;
  const char* path = archive_entry_pathname(e);
  if (path == nullptr) return corrupt("an entry without a usable name");
  file.path = path;
  if (const Result<void> fine = check_slice_path(file.path); !fine) return corrupt(fine.error().message);
  if (archive_entry_hardlink(e) != nullptr) return corrupt(file.path + " is a hard link");
  if (archive_entry_filetype(e) == AE_IFLNK) {
    const char* target = archive_entry_symlink(e);
    file.mode = FileMode::Symlink;
    file.link_target = target != nullptr ? target : "";
    if (const Result<void> fine = check_link_target(file.path, file.link_target); !fine) return corrupt(fine.error().message);
    file.bytes = file.link_target.size();
    file.digest = sha256(file.link_target);
    return file;
  }
  if (archive_entry_filetype(e) != AE_IFREG) return corrupt(file.path + " is neither a file nor a symbolic link");
  if (archive_entry_sparse_count(e) > 0) return corrupt(file.path + " is a sparse file");
  if (archive_entry_size_is_set(e) == 0 || archive_entry_size(e) < 0) return corrupt(file.path + " has no length");
  file.bytes = static_cast<std::uint64_t>(archive_entry_size(e));
  file.mode = (archive_entry_perm(e) & 0100U) != 0 ? FileMode::Executable : FileMode::Plain;
  return file;
}

Result<void> Reader::entry(struct archive_entry* e) {
  Result<SliceFile> file = described(e);
  if (!file) return file.error();
  if (slice_.files.size() >= limits_.files_max) {
    return Error{ErrorKind::Overloaded, "unpacking " + blob_file_ + ": more than " + std::to_string(limits_.files_max) + " files"};
  }
  if (file->bytes > limits_.bytes_max - slice_.bytes) {
    return Error{ErrorKind::Overloaded, "unpacking " + blob_file_ + ": more than " + std::to_string(limits_.bytes_max) + " bytes"};
  }
  slice_.bytes += file->bytes;
  source_.allowed += file->bytes + kOverheadPerEntry;
  if (Result<void> done = sink_.begin(*file); !done) return done;
  if (file->mode != FileMode::Symlink) {
    if (Result<void> done = content(*file); !done) return done;
  }
  if (Result<void> done = sink_.end(*file); !done) return done;
  slice_.files.push_back(std::move(*file));
  return {};
}

Result<void> Reader::content(SliceFile& file) {
  Sha256 hash;
  std::uint64_t bytes = 0;
  while (true) {
    const la_ssize_t got = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
    if (got < 0) return failure();
    if (got == 0) break;
    const std::string_view read(buffer_.data(), static_cast<std::size_t>(got));
    bytes += read.size();
    if (bytes > file.bytes) return corrupt(file.path + " is longer than it says");
    hash.update(read);
    if (Result<void> done = sink_.data(read); !done) return done;
  }
  if (bytes != file.bytes) return corrupt(file.path + " is shorter than it says");
  file.digest = hash.finish();
  return {};
}

}  // namespace

Result<Slice> read_slice(const std::string& blob_file, const UnpackLimits& unpack_limits, EntrySink& sink) {
  Result<ZstdReader> zstd = ZstdReader::open(blob_file);
  if (!zstd) return zstd.error();
  return Reader(blob_file, unpack_limits, sink).run(*zstd);
}

}  // namespace farm::archive
