#include "coordinator/store/logs.hpp"

#include <zstd.h>

#include <algorithm>

#include "shared/base/limits.hpp"

namespace farm::store {
namespace {

constexpr int kCompressionLevel = 3;
constexpr std::size_t kPageItems = 64;
constexpr std::size_t kPiecesBack = 8;

Result<std::string> compress(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) return Error{ErrorKind::Internal, std::string("compressing a log: ") + ZSTD_getErrorName(size)};
  packed.resize(size);
  return packed;
}

Result<std::string> unpack(std::string_view packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > limits::kFrameBytesMax) return Error{ErrorKind::Corrupt, "a piece of a log has no sensible size"};
  std::string bytes(size, '\0');
  const std::size_t read = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(read) != 0 || read != bytes.size()) return Error{ErrorKind::Corrupt, "a piece of a log is damaged"};
  return bytes;
}

Result<Fence> newest_fence(const Store& store, JobId job) {
  Range range{number_key(job.value), number_key(job.value + 1), 1, true};
  const Result<std::vector<Item>> items = store.scan(Kind::LogSizes, range);
  if (!items) return items.error();
  if (items->empty()) return Fence{};
  const Result<std::uint64_t> fence = number_of_key(items->front().key, 1);
  if (!fence) return fence.error();
  return Fence{*fence};
}

// Where to begin so that a piece that starts below `offset` and reaches over it is seen. A few back, since pieces may overlap.
Result<std::uint64_t> first_piece(const Store& store, JobId job, Fence fence, std::uint64_t offset) {
  Range range{number_key(job.value, fence.value), number_key(job.value, fence.value, offset + 1), kPiecesBack, true};
  const Result<std::vector<Item>> items = store.scan(Kind::Logs, range);
  if (!items) return items.error();
  if (items->empty()) return offset;
  return number_of_key(items->back().key, 2);
}

// Adds what of the piece lies at `text.next()`; false: the piece lies behind a gap.
bool join(LogText& text, std::uint64_t start, const std::string& piece) {
  const std::uint64_t end = start + piece.size();
  if (end <= text.next()) return true;
  if (start > text.next()) {
    if (!text.bytes.empty()) return false;
    text.offset = start;
  }
  text.bytes += piece.substr(text.next() - start);
  return true;
}

}  // namespace

Result<void> put_log(Batch& batch, JobId job, Fence fence, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty() || offset >= limits::kLogBytesPerJobMax) return {};
  bytes = bytes.substr(0, limits::kLogBytesPerJobMax - offset);
  Result<std::string> packed = compress(bytes);
  if (!packed) return packed.error();
  batch.put(Kind::Logs, number_key(job.value, fence.value, offset), std::move(*packed));
  batch.put(Kind::LogSizes, number_key(job.value, fence.value), number_key(offset + bytes.size()));
  return {};
}

Result<LogText> read_log(const Store& store, JobId job, Fence fence, std::uint64_t offset, std::size_t bytes_max) {
  LogText text;
  text.offset = offset;
  text.fence = fence;
  if (!fence) {
    const Result<Fence> newest = newest_fence(store, job);
    if (!newest) return newest.error();
    text.fence = *newest;
  }
  if (!text.fence || offset >= limits::kLogBytesPerJobMax) return text;
  const Result<std::uint64_t> first = first_piece(store, job, text.fence, offset);
  if (!first) return first.error();
  Range range{number_key(job.value, text.fence.value, *first), number_key(job.value, text.fence.value + 1), kPageItems, false};
  while (text.bytes.size() < bytes_max) {
    const Result<std::vector<Item>> items = store.scan(Kind::Logs, range);
    if (!items) return items.error();
    for (const Item& item : *items) {
      const Result<std::uint64_t> start = number_of_key(item.key, 2);
      if (!start) return start.error();
      const Result<std::string> piece = unpack(item.value);
      if (!piece) return piece.error().with("log of job " + to_string(job));
      if (!join(text, *start, *piece) || text.bytes.size() >= bytes_max) return text;
    }
    if (items->size() < kPageItems) break;
    range.from = items->back().key + '\0';
  }
  return text;
}

Result<void> erase_log(Batch& batch, const Store& store, JobId job) {
  for (const Kind kind : {Kind::Logs, Kind::LogSizes}) {
    Range range{number_key(job.value), number_key(job.value + 1), kPageItems, false};
    while (true) {
      const Result<std::vector<Item>> items = store.scan(kind, range);
      if (!items) return items.error();
      for (const Item& item : *items) batch.erase(kind, item.key);
      if (items->size() < kPageItems) break;
      range.from = items->back().key + '\0';
    }
  }
  return {};
}

}  // namespace farm::store
