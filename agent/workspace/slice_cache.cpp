#include "agent/workspace/slice_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

namespace farm::workspace {
namespace fs = std::filesystem;

namespace {

Error disk_error(const std::string& doing, const std::error_code& code) {
  const bool denied = code == std::errc::permission_denied || code == std::errc::read_only_file_system;
  return Error{denied ? ErrorKind::Denied : ErrorKind::Unavailable, doing + ": " + code.message()};
}

std::uint64_t size_of(const std::string& path) {
  std::error_code code;
  const std::uintmax_t bytes = fs::file_size(path, code);
  return code ? 0 : bytes;
}

}  // namespace

SliceCache::Pin& SliceCache::Pin::operator=(Pin&& other) noexcept {
  if (this != &other) {
    release();
    cache_ = other.cache_;
    blob_ = other.blob_;
    other.cache_ = nullptr;
  }
  return *this;
}

void SliceCache::Pin::release() {
  if (cache_ != nullptr) cache_->unpin(blob_);
  cache_ = nullptr;
}

Result<std::unique_ptr<SliceCache>> SliceCache::open(const std::string& directory, std::uint64_t bytes_max) {
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return disk_error("creating the slice cache " + directory, code);
  std::unique_ptr<SliceCache> cache(new SliceCache(directory, bytes_max));
  if (Result<void> scanned = cache->scan(); !scanned) return scanned.error();
  return cache;
}

// The order of use over restarts is the files' mtime, which touch() sets.
Result<void> SliceCache::scan() {
  struct Found {
    fs::file_time_type time;
    Digest blob;
    std::uint64_t bytes;
  };
  std::vector<Found> found;
  std::error_code code;
  for (fs::directory_iterator at(directory_, code), end; !code && at != end; at.increment(code)) {
    std::error_code ignored;
    const std::string name = at->path().filename().string();
    const Result<Digest> blob = parse_digest(name);
    if (name.size() == 64 && blob && at->is_regular_file(ignored) && !at->is_symlink(ignored)) {
      found.push_back({at->last_write_time(ignored), *blob, size_of(at->path().string())});
    } else {
      fs::remove_all(at->path(), ignored);  // a transfer that a crash interrupted
    }
  }
  if (code) return disk_error("reading the slice cache " + directory_, code);
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return std::tie(a.time, a.blob) < std::tie(b.time, b.blob); });
  const std::lock_guard lock(mutex_);
  for (const Found& file : found) {
    entries_[file.blob] = Entry{file.bytes, ++uses_, 0, false};
    stats_.bytes += file.bytes;
  }
  evict();
  return {};
}

std::string SliceCache::path_of(const Digest& blob) const { return directory_ + "/" + blob.hex(); }

void SliceCache::touch(const Digest& blob, Entry& entry) {
  entry.used = ++uses_;
  ::utimensat(AT_FDCWD, path_of(blob).c_str(), nullptr, 0);
}

Result<SliceCache::Pin> SliceCache::acquire(const Digest& blob, const Fetch& fetch, std::uint64_t& fetched_bytes) {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto at = entries_.find(blob);
    if (at == entries_.end()) break;
    if (at->second.fetching) {
      fetched_.wait(lock);  // the other's fetch may fail; then it is our turn
      continue;
    }
    ++stats_.hits;
    ++at->second.pins;
    touch(blob, at->second);
    return Pin(*this, blob);
  }
  entries_[blob].fetching = true;
  ++stats_.misses;
  lock.unlock();
  const Result<void> done = fetch(path_of(blob));
  const std::uint64_t bytes = done ? size_of(path_of(blob)) : 0;
  lock.lock();
  fetched_.notify_all();
  if (!done) {
    entries_.erase(blob);
    return done.error();
  }
  Entry& entry = entries_[blob];
  entry = Entry{bytes, 0, 1, false};
  touch(blob, entry);
  stats_.bytes += bytes;
  fetched_bytes += bytes;
  evict();
  return Pin(*this, blob);
}

Result<void> SliceCache::fetch_again(const Pin& pin, const Fetch& fetch, std::uint64_t& fetched_bytes) {
  Result<void> done = fetch(path_of(pin.blob()));
  if (!done) return done;
  const std::uint64_t bytes = size_of(path_of(pin.blob()));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(pin.blob());
  stats_.bytes += bytes - entry.bytes;  // modulo 2^64: also right where it shrinks
  entry.bytes = bytes;
  fetched_bytes += bytes;
  ++stats_.misses;
  return {};
}

void SliceCache::unpin(const Digest& blob) {
  const std::lock_guard lock(mutex_);
  --entries_.at(blob).pins;
  evict();
}

void SliceCache::evict() {
  while (stats_.bytes > bytes_max_) {
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->second.pins > 0 || at->second.fetching) continue;
      if (oldest == entries_.end() || at->second.used < oldest->second.used) oldest = at;
    }
    if (oldest == entries_.end()) return;
    std::error_code ignored;
    fs::remove(path_of(oldest->first), ignored);
    stats_.bytes -= oldest->second.bytes;
    ++stats_.evicted;
    entries_.erase(oldest);
  }
}

void SliceCache::remove_file(const std::string& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

std::vector<SliceCache::Free> SliceCache::free_entries(const PruneLimits& limits) const {
  std::vector<Free> free;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [blob, entry] : entries_) {
      if (entry.pins == 0 && !entry.fetching) free.push_back({blob, entry.bytes, entry.used, limits.drop.contains(blob)});
    }
  }
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::milliseconds(std::max<std::int64_t>(0, limits.older_than_ms));
  for (Free& entry : free) {
    std::error_code code;
    entry.must_go = entry.must_go || (limits.older_than_ms >= 0 && fs::last_write_time(path_of(entry.blob), code) <= oldest);
  }
  std::sort(free.begin(), free.end(),
            [](const Free& a, const Free& b) { return std::pair(!a.must_go, a.used) < std::pair(!b.must_go, b.used); });
  return free;
}

bool SliceCache::take_out(const Free& free) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(free.blob);
  if (at == entries_.end() || at->second.pins > 0 || at->second.fetching || at->second.used != free.used) return false;
  at->second.fetching = true;
  stats_.bytes -= at->second.bytes;
  ++stats_.evicted;
  return true;
}

std::uint64_t SliceCache::prune(const PruneLimits& limits, const Remove& remove) {
  const std::vector<Free> free = free_entries(limits);
  const std::uint64_t before = stats().bytes;
  std::uint64_t freed = 0;
  for (const Free& entry : free) {
    if (!entry.must_go && before - std::min(before, freed) <= limits.keep_bytes) break;
    if (!limits.dry_run) {
      if (!take_out(entry)) continue;
      remove(path_of(entry.blob));
      const std::lock_guard lock(mutex_);
      entries_.erase(entry.blob);
      fetched_.notify_all();
    }
    freed += entry.bytes;
  }
  return freed;
}

SliceCache::Stats SliceCache::stats() const {
  const std::lock_guard lock(mutex_);
  Stats stats = stats_;
  stats.entries = entries_.size();
  return stats;
}

}  // namespace farm::workspace
