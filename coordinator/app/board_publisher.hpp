// Purpose: puts the loop's state on the board for the HTTP threads: builds when they changed (each at most every kShowPause, its end at
// once), open ones again every kShowAgain because their waiting times grow, the fleet every kFleetPause. A build that takes long to show
// is shown less often, and so are all where many are open, so that about one part in kShare of the loop's time goes into it at most. Used
// by the loop's thread.
#pragma once

#include <chrono>
#include <map>
#include <set>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/http/board.hpp"

namespace farm::coordinator {

constexpr Millis kShowPause{200};
constexpr Millis kShowAgain{2'000};
constexpr Millis kFleetPause{1'000};
constexpr Millis kLogPause{100};
constexpr std::int64_t kShare = 50;

// Before a build is shown again that took so long to show, beside so many open ones.
Millis pause_after(std::chrono::microseconds took, std::size_t open_builds);

class BoardPublisher {
 public:
  BoardPublisher(Core& core, BuildBook& book, Board& board) : core_(core), book_(book), board_(board) {}

  // Shows what is due; once a turn. `changed`: builds that did in this turn, also such as ended without ever having been seen open.
  void flush(const std::set<BuildId>& changed, bool logs_grew);
  // Somebody changed something and waits to see it: the fleet is shown with the next flush().
  void hurry() { fleet_at_ = Instant{}; }
  // When flush() has something to do at the latest.
  [[nodiscard]] Instant next_due() const;

 private:
  struct Shown {
    std::uint64_t version = 0;
    Instant at;
    Millis pause;  // before the next time, whatever changes
  };
  void show_open();
  void show_ended(const std::set<BuildId>& builds);
  void show_fleet();

  Core& core_;
  BuildBook& book_;
  Board& board_;
  std::map<BuildId, Shown> shown_;  // open builds
  Instant build_due_;               // 0: nothing waits for its pause to end
  Instant fleet_at_;
  Instant logs_at_;
  bool logs_grew_ = false;
};

}  // namespace farm::coordinator
