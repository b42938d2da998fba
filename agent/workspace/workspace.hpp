// Purpose: an assignment's files on disk: contexts from slices, the effective Dockerfile outside of them, all in one
// directory that goes with the job.
//
// The context's last path segment is made from the build's and the job's name: buildx tells BuildKit by it which
// earlier copy to compare with, so the next build of the same job sends only what changed. That comparison looks at
// size and mtime, and is right because mtimes are made from contents (shared/archive); for the same reason the
// Dockerfile gets such an mtime too.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "agent/workspace/slice_cache.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::workspace {

// Where blobs come from. Called from several threads at once.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  // The blob at `file`, by rename, only once it is whole and right. Errors: those of a registry; Cancelled after
  // `stop`.
  virtual Result<void> pull(const Digest& blob, std::uint64_t bytes_max, const std::string& file, const std::stop_token& stop) = 0;
};

constexpr std::size_t kParallelFetches = 4;
constexpr std::uint64_t kBlobBytesMax = limits::kSliceBytesMax;

// The laid-out files of one job. Its directory is removed with it.
class JobFiles {
 public:
  explicit JobFiles(std::string directory) : directory_(std::move(directory)) {}
  ~JobFiles();
  JobFiles(const JobFiles&) = delete;
  JobFiles& operator=(const JobFiles&) = delete;

  std::string context;
  std::map<std::string, std::string> named;  // NamedContext::name → directory, for those made from slices
  std::string dockerfile;
  std::string metadata;  // does not exist yet
  std::uint64_t fetched_bytes = 0;
  std::uint64_t context_bytes = 0;  // unpacked, of all contexts
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

class Workspace {
 public:
  // `directory`: the agent's own; "slices" and "jobs" are made in it, and what an earlier life left in "jobs" is
  // removed.
  static Result<std::unique_ptr<Workspace>> open(const std::string& directory, std::uint64_t slice_cache_bytes_max);

  // `dockerignore`: the text beside the Dockerfile. Errors: of the source; Corrupt (a blob that unpacks to another
  // slice than the job names, also after one more fetch), Internal (no blob for a slice), Overloaded (disk full),
  // Cancelled.
  Result<std::unique_ptr<JobFiles>> lay_out(const protocol::StartJob& start, const std::string& dockerignore, BlobSource& source,
                                            std::stop_token stop);

  [[nodiscard]] SliceCache::Stats cache_stats() const { return cache_->stats(); }
  // The bytes freed; see SliceCache::prune.
  std::uint64_t prune_slices(const SliceCache::PruneLimits& limits) { return cache_->prune(limits); }

 private:
  using Pins = std::map<Digest, SliceCache::Pin>;  // by slice id
  struct Job {
    const protocol::StartJob& start;
    BlobSource& source;
    std::stop_token stop;
    JobFiles& files;
  };

  Workspace(std::string directory, std::unique_ptr<SliceCache> cache, bool names_per_content)
      : directory_(std::move(directory)), cache_(std::move(cache)), names_per_content_(names_per_content) {}
  Result<Pins> fetch_all(Job& job);
  Result<void> unpack_all(Job& job, Pins& pins);
  Result<void> unpack_into(Job& job, Pins& pins, const std::string& directory, const std::vector<SliceUse>& uses);
  Result<void> unpack_once(Job& job, const Pins& pins, const std::string& directory, const std::vector<SliceUse>& uses, Digest& damaged);

  std::string directory_;
  std::unique_ptr<SliceCache> cache_;
  const bool names_per_content_;  // the disk can't keep mtimes beyond 2038: contexts of two contents never share a name
};

// The slices of the job's main context: `full_slices` for the retry without slicing.
const std::vector<SliceUse>& context_slices(const protocol::StartJob& start);

}  // namespace farm::workspace
