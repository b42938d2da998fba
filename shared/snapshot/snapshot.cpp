#include "shared/snapshot/snapshot.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <fcntl.h>

#include "shared/hash/sha256.hpp"
#include "shared/snapshot/hash_files.hpp"
#include "shared/snapshot/posix.hpp"
#include "shared/snapshot/stat_index.hpp"
#include "shared/snapshot/walk.hpp"

namespace farm {
namespace {

using snapshot::FileStamp;
using snapshot::HashedFile;
using snapshot::IndexEntry;
using snapshot::StatIndex;
using snapshot::Walk;

constexpr std::int64_t kRacyNanoseconds = 2'000'000'000;
constexpr std::uint32_t kThreadsMax = 8;

std::int64_t wall_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// A file written shortly before (or, by its clock, after) the walk began could be written again without a change of its
// stamp.
bool racily_clean(const FileStamp& stamp, std::int64_t walk_began) {
  const std::int64_t safe_before = walk_began - kRacyNanoseconds;
  const bool mtime_is_near = stamp.mtime_ns >= safe_before && stamp.mtime_ns <= walk_began + kRacyNanoseconds;
  return stamp.ctime_ns >= safe_before || mtime_is_near;
}

StatIndex open_index(const std::string& file, std::vector<Diagnostic>& warnings) {
  if (file.empty()) return {};
  Result<StatIndex> index = snapshot::load_index(file);
  if (index) return std::move(*index);
  if (index.error().kind != ErrorKind::NotFound) {
    warnings.push_back(
        {Severity::Warning,
         {file, 0, 0},
         "the snapshot index can't be used (" + index.error().message + "): every file is read again and the index is rebuilt"});
  }
  return {};
}

struct Matched {
  std::vector<const IndexEntry*> known;  // per file of the walk; null: must be hashed
  std::vector<std::size_t> missing;
  std::size_t stale = 0;  // index entries that no file of the walk uses
};

// Both lists are sorted by path, so one pass over them finds every match.
Matched match(const Walk& walk, const StatIndex& index) {
  Matched matched;
  matched.known.resize(walk.files.size());
  std::size_t used = 0;
  auto at = index.entries.begin();
  for (std::size_t i = 0; i < walk.files.size(); ++i) {
    const snapshot::WalkedFile& file = walk.files[i];
    if (file.mode == FileMode::Symlink) continue;
    while (at != index.entries.end() && at->path < file.path) ++at;
    if (at != index.entries.end() && at->path == file.path && at->stamp == file.stamp) {
      matched.known[i] = &*at;
      ++used;
    } else {
      matched.missing.push_back(i);
    }
  }
  matched.stale = index.entries.size() - used;
  return matched;
}

std::uint32_t thread_count(std::uint32_t wanted) {
  const std::uint32_t count = wanted != 0 ? wanted : std::thread::hardware_concurrency();
  return std::clamp(count, 1U, kThreadsMax);
}

void remember(const std::string& index_file, const Snapshot& snapshot, const std::vector<FileStamp>& stamps, std::int64_t walk_began,
              std::vector<Diagnostic>& warnings) {
  std::vector<IndexEntry> entries;
  entries.reserve(snapshot.files.size());
  for (std::size_t i = 0; i < snapshot.files.size(); ++i) {
    const SliceFile& file = snapshot.files[i];
    if (file.mode == FileMode::Symlink || racily_clean(stamps[i], walk_began)) continue;
    entries.push_back({file.path, stamps[i], file.digest});
  }
  const Result<void> saved = snapshot::save_index(index_file, entries);
  if (saved) return;
  warnings.push_back({Severity::Warning,
                      {index_file, 0, 0},
                      "the snapshot index can't be written (" + saved.error().message + "): the next run reads every file again"});
}

// The files of the snapshot, with the digests that the index knows; the rest is filled in by the hashing.
Snapshot assemble(Walk& walk, const Matched& matched, std::vector<FileStamp>& stamps) {
  Snapshot made;
  made.files.resize(walk.files.size());
  stamps.resize(walk.files.size());
  for (std::size_t i = 0; i < walk.files.size(); ++i) {
    snapshot::WalkedFile& from = walk.files[i];
    SliceFile& file = made.files[i];
    file.path = from.path;  // copied: the hashing still names files by the walk
    file.mode = from.mode;
    file.bytes = from.stamp.bytes;
    stamps[i] = from.stamp;
    if (from.mode == FileMode::Symlink) {
      file.digest = sha256(from.link_target);
      file.link_target = std::move(from.link_target);
    } else if (matched.known[i] != nullptr) {
      file.digest = matched.known[i]->digest;
    }
  }
  return made;
}

}  // namespace

Result<Snapshot> take_snapshot(const std::string& root, const IgnoreRules& rules, const SnapshotOptions& options) {
  const std::int64_t walk_began = wall_nanoseconds();
  const Fd root_fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root_fd) return posix_error(errno, "reading the context " + root);
  Result<Walk> walk = snapshot::walk_context(root_fd.get(), rules, options);
  if (!walk) return std::move(walk).error().with("reading the context " + root);
  std::vector<Diagnostic> warnings = std::move(walk->warnings);
  const StatIndex index = open_index(options.index_file, warnings);
  const Matched matched = match(*walk, index);

  std::vector<FileStamp> stamps;
  Snapshot made = assemble(*walk, matched, stamps);
  const Result<std::vector<HashedFile>> hashed = snapshot::hash_files(root_fd.get(), *walk, matched.missing, thread_count(options.threads));
  if (!hashed) return hashed.error().with("reading the context " + root);
  for (const HashedFile& one : *hashed) {
    SliceFile& file = made.files[one.index];
    file.digest = one.digest;
    file.mode = one.stamped.mode;
    file.bytes = one.stamped.stamp.bytes;
    stamps[one.index] = one.stamped.stamp;
    made.hashed_bytes += file.bytes;
  }
  made.hashed_files = hashed->size();
  for (const SliceFile& file : made.files) made.bytes += file.bytes;
  if (made.bytes > options.bytes_max) return Error{ErrorKind::Overloaded, "reading the context " + root + ": it grew over the limit"};
  if (!options.index_file.empty() && (!matched.missing.empty() || matched.stale > 0)) {
    remember(options.index_file, made, stamps, walk_began, warnings);
  }
  made.warnings = std::move(warnings);
  return made;
}

std::string default_index_file(const std::string& root) {
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody in farm sets variables
    return value != nullptr && value[0] == '/' ? std::string(value) : std::string();
  };
  std::string cache = environment("XDG_CACHE_HOME");
  if (cache.empty() && !environment("HOME").empty()) cache = environment("HOME") + "/.cache";
  if (cache.empty()) return "";
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(root.c_str(), nullptr), &std::free);
  return cache + "/farm/index/" + sha256(real ? real.get() : root.c_str()).hex();
}

}  // namespace farm
