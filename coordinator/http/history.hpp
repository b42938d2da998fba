// Purpose: all builds that the farm knows, as lists and counts, for the HTTP threads: open ones from the board, ended ones read once from
// the store and remembered as briefs. Thread-safe. Limits: the newest kBuildsKnown; what retention removed goes from here as the oldest do.
// Records that can't be read are left out (Store::damage()). Errors of the store are passed on (Unavailable, Corrupt).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "coordinator/http/board.hpp"
#include "coordinator/http/viewer.hpp"
#include "coordinator/store/store.hpp"
#include "shared/json/api_model.hpp"

namespace farm::coordinator {

constexpr std::size_t kBuildsKnown = 5'000;

struct BuildFilter {
  std::string project;  // empty: all
  std::optional<std::set<BuildState>> states;
  std::uint32_t limit = 50;
  std::uint64_t before = 0;  // 0: from the newest on
};

struct BuildTotals {
  std::uint64_t builds = 0;
  std::array<std::uint64_t, api::kBuildStates> by_state{};
  std::array<api::HitCounts, api::kJobKinds> hits;
  std::map<std::string, api::ProjectView> projects;
};

class History {
 public:
  History(const store::Store& store, const Board& board) : store_(store), board_(board) {}

  Result<api::BuildPage> page(const BuildFilter& filter, const Viewer& viewer = {});
  Result<BuildTotals> totals();
  // From the board or the store. Error: NotFound.
  [[nodiscard]] Result<BuildShot> build(BuildId id) const;
  Result<BuildShot> newest(const Viewer& viewer = {});

 private:
  struct Known {
    api::BuildBrief brief;
    std::array<api::HitCounts, api::kJobKinds> hits;
  };
  Result<void> refresh();
  Result<void> read_new();
  void take(const BuildStatus& status);

  const store::Store& store_;
  const Board& board_;
  std::mutex mutex_;
  std::map<BuildId, Known> ended_;
  std::set<BuildId> open_;       // were not final when they were read
  std::uint64_t next_ = 0;       // ids from here on were not looked at
  std::uint64_t seen_turn_ = 0;  // of the board
};

}  // namespace farm::coordinator
