// Purpose: long polls: a client asks for a build's status (or a job's log) and is answered when it changed, or when its patience ends.
// Limits: kWatchersMax wait at a time (more are answered at once), each at most kWatchWaitMax. A build's watchers are answered at most
// every kWatchPause, unless the build ended.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"

namespace farm::coordinator {

constexpr std::size_t kWatchersMax = 1'000;
constexpr Millis kWatchWaitMax{5'000};
constexpr Millis kWatchPause{100};

// The status of an open build, or the last one of an ended build. `id` 0: the newest build. Error: NotFound.
Result<BuildStatus> find_status(const Core& core, BuildBook& book, BuildId id);

class Watchers {
 public:
  Watchers(Core& core, BuildBook& book) : core_(core), book_(book) {}

  void watch(const std::string& peer, std::uint64_t request, BuildStatus now, std::uint64_t seen_version, Millis wait);
  void changed(BuildId id) { changed_.insert(id); }
  [[nodiscard]] const std::set<BuildId>& changed() const { return changed_; }  // at least since the last flush()
  // Answers who is due; once a turn.
  void flush();
  void drop(const std::string& peer);
  // When flush() has something to do at the latest.
  [[nodiscard]] Instant next_due() const;
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::string peer;
    std::uint64_t request = 0;
    BuildId build;
    std::uint64_t seen_version = 0;
    Instant deadline;
  };
  [[nodiscard]] bool may_answer(BuildId id) const;

  Core& core_;
  BuildBook& book_;
  std::vector<Waiting> waiting_;
  std::set<BuildId> changed_;
  std::map<BuildId, Instant> answered_;
};

}  // namespace farm::coordinator
