// Purpose: what the loop shows to the HTTP threads: whole, immutable snapshots. The loop puts them up; HTTP threads look at them and wait
// for news. Thread-safe. Limits: open builds (bounded by the scheduler) and the last kEndedKept that ended; everything else is in the
// store.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/json/api_model.hpp"
#include "shared/model/explanation.hpp"

namespace farm::coordinator {

constexpr std::size_t kEndedKept = 64;
constexpr std::size_t kWaitingShown = 20;  // jobs of which it is told why no agent takes them
constexpr std::size_t kFitsShown = 2'000;  // agents of all these jobs, about: no further job is looked at behind them
constexpr std::size_t kHeldShown = 20;     // results that an agent holds, in what is shown of it

using BuildShot = std::shared_ptr<const BuildStatus>;

// The parts of the farm that no build tells; holds of agents as keys only.
struct FleetShot {
  struct Agent {
    AgentStatus status;
    std::vector<api::Assignment> assignments;
    std::vector<Digest> holds;  // newest first, at most kHeldShown
    std::uint64_t holds_total = 0;
  };
  std::vector<Agent> agents;  // by name
  std::uint64_t queued_jobs = 0;
  std::uint64_t running_jobs = 0;
  std::int64_t queue_oldest_ms = 0;
  std::map<JobId, std::vector<AgentFit>> waiting;  // for a slot; the first kWaitingShown
};

class Board {
 public:
  // ---- the loop
  void build_is(BuildStatus status);  // final: it ended, and its record is durable
  void fleet_is(FleetShot fleet);
  void logs_grew();

  // ---- HTTP threads
  // Null: not open, and not among those that ended lately.
  [[nodiscard]] BuildShot build(BuildId id) const;
  [[nodiscard]] std::vector<BuildShot> open_builds() const;  // the newest first
  // Builds that changed after turn `seen`, in the order of their change.
  [[nodiscard]] std::vector<BuildShot> changed_since(std::uint64_t seen) const;
  [[nodiscard]] std::shared_ptr<const FleetShot> fleet() const;
  [[nodiscard]] std::uint64_t ended_count() const;  // since the start
  [[nodiscard]] std::uint64_t turn() const;         // grows with each change
  // Until the turn is above `seen`, or `wait` is over. The turn now.
  [[nodiscard]] std::uint64_t wait_for_news(std::uint64_t seen, Millis wait) const;

 private:
  struct Entry {
    BuildShot status;
    std::uint64_t turn = 0;
  };
  void next_turn();  // with the lock held

  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  std::uint64_t turn_ = 1;
  std::uint64_t ended_count_ = 0;
  std::map<BuildId, Entry> open_;
  std::deque<Entry> ended_;  // oldest first
  std::shared_ptr<const FleetShot> fleet_ = std::make_shared<const FleetShot>();
};

}  // namespace farm::coordinator
