#include "shared/snapshot/stat_index.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/hash/sha256.hpp"
#include "shared/snapshot/posix.hpp"
#include "shared/snapshot/replace_file.hpp"

namespace farm::snapshot {
namespace {

constexpr std::string_view kMagic = "farmidx1";
constexpr std::size_t kFixedBytes = 4 * 8 + 32;        // of an entry, beside its path and the path's length
constexpr std::uint64_t kIndexBytesMax = 1ULL << 30U;  // a larger index is taken as damaged
constexpr std::size_t kPathBytesMax = 8192;

template <typename Number>
void put(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out += static_cast<char>((static_cast<std::uint64_t>(number) >> (8 * i)) & 0xFFU);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  // False where fewer bytes are left.
  bool take(std::size_t count, std::string_view& out) {
    if (rest_.size() < count) return false;
    out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }
  template <typename Number>
  bool number(Number& out) {
    std::string_view bytes;
    if (!take(sizeof(Number), bytes)) return false;
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;) value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
    out = static_cast<Number>(value);
    return true;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

Error damaged() { return {ErrorKind::Corrupt, "the file is damaged or of another version"}; }

bool read_entry(Reader& reader, IndexEntry& entry) {
  std::uint32_t length = 0;
  std::string_view digest;
  if (!reader.number(length) || length > kPathBytesMax || !reader.take(length, entry.path)) return false;
  if (!reader.number(entry.stamp.bytes) || !reader.number(entry.stamp.mtime_ns) || !reader.number(entry.stamp.ctime_ns)) return false;
  if (!reader.number(entry.stamp.inode) || !reader.take(entry.digest.bytes.size(), digest)) return false;
  std::memcpy(entry.digest.bytes.data(), digest.data(), digest.size());
  return true;
}

}  // namespace

Result<StatIndex> decode_index(std::vector<char> bytes) {
  StatIndex index{std::move(bytes), {}};
  const std::string_view all(index.bytes.data(), index.bytes.size());
  const std::size_t sum_bytes = Digest{}.bytes.size();
  if (all.size() < kMagic.size() + 8 + sum_bytes || !all.starts_with(kMagic)) return damaged();
  const std::string_view body = all.substr(0, all.size() - sum_bytes);
  const Digest sum = sha256(body);
  if (std::memcmp(sum.bytes.data(), all.data() + body.size(), sum_bytes) != 0) return damaged();
  Reader reader(body.substr(kMagic.size()));
  std::uint64_t count = 0;
  if (!reader.number(count) || count > reader.left() / kFixedBytes) return damaged();
  index.entries.resize(count);
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    if (!read_entry(reader, index.entries[i])) return damaged();
    if (i > 0 && index.entries[i - 1].path >= index.entries[i].path) return damaged();
  }
  if (reader.left() != 0) return damaged();
  return index;
}

Result<StatIndex> load_index(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return posix_error(errno, "reading " + file);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return posix_error(errno, "reading " + file);
  if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) > kIndexBytesMax) return damaged();
  std::vector<char> bytes(static_cast<std::size_t>(info.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "reading " + file);
    if (got == 0) return damaged();
    filled += static_cast<std::size_t>(got);
  }
  return decode_index(std::move(bytes));
}

std::string encode_index(const std::vector<IndexEntry>& entries) {
  std::string out(kMagic);
  std::size_t total = out.size() + 64;
  for (const IndexEntry& entry : entries) total += 4 + entry.path.size() + kFixedBytes;
  out.reserve(total);
  put(out, static_cast<std::uint64_t>(entries.size()));
  for (const IndexEntry& entry : entries) {
    put(out, static_cast<std::uint32_t>(entry.path.size()));
    out += entry.path;
    put(out, entry.stamp.bytes);
    put(out, entry.stamp.mtime_ns);
    put(out, entry.stamp.ctime_ns);
    put(out, entry.stamp.inode);
    for (const std::uint8_t byte : entry.digest.bytes) out += static_cast<char>(byte);
  }
  const Digest sum = sha256(out);
  for (const std::uint8_t byte : sum.bytes) out += static_cast<char>(byte);
  return out;
}

Result<void> save_index(const std::string& file, const std::vector<IndexEntry>& entries) {
  return replace_file(file, encode_index(entries));
}

}  // namespace farm::snapshot
