#include "coordinator/http/board.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace farm::coordinator {

void Board::next_turn() {
  ++turn_;
  news_.notify_all();
}

void Board::build_is(BuildStatus status) {
  const BuildId id = status.id;
  const bool ended = is_final(status.state);
  auto shot = std::make_shared<const BuildStatus>(std::move(status));
  const std::scoped_lock lock(mutex_);
  if (ended && std::any_of(ended_.begin(), ended_.end(), [id](const Entry& entry) { return entry.status->id == id; })) return;
  next_turn();
  if (!ended) {
    open_.insert_or_assign(id, Entry{std::move(shot), turn_});
    return;
  }
  open_.erase(id);
  ++ended_count_;
  ended_.push_back({std::move(shot), turn_});
  if (ended_.size() > kEndedKept) ended_.pop_front();
}

void Board::fleet_is(FleetShot fleet) {
  auto shot = std::make_shared<const FleetShot>(std::move(fleet));
  const std::scoped_lock lock(mutex_);
  fleet_ = std::move(shot);
  next_turn();
}

void Board::logs_grew() {
  const std::scoped_lock lock(mutex_);
  next_turn();
}

BuildShot Board::build(BuildId id) const {
  const std::scoped_lock lock(mutex_);
  if (const auto open = open_.find(id); open != open_.end()) return open->second.status;
  const auto ended = std::find_if(ended_.begin(), ended_.end(), [id](const Entry& entry) { return entry.status->id == id; });
  return ended == ended_.end() ? nullptr : ended->status;
}

std::vector<BuildShot> Board::open_builds() const {
  const std::scoped_lock lock(mutex_);
  std::vector<BuildShot> builds;
  for (auto entry = open_.rbegin(); entry != open_.rend(); ++entry) builds.push_back(entry->second.status);
  return builds;
}

std::vector<BuildShot> Board::changed_since(std::uint64_t seen) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> changed;
  for (const auto& [id, entry] : open_) {
    if (entry.turn > seen) changed.push_back(entry);
  }
  std::copy_if(ended_.begin(), ended_.end(), std::back_inserter(changed), [seen](const Entry& entry) { return entry.turn > seen; });
  std::sort(changed.begin(), changed.end(), [](const Entry& a, const Entry& b) { return a.turn < b.turn; });
  std::vector<BuildShot> builds;
  for (Entry& entry : changed) builds.push_back(std::move(entry.status));
  return builds;
}

std::shared_ptr<const FleetShot> Board::fleet() const {
  const std::scoped_lock lock(mutex_);
  return fleet_;
}

std::uint64_t Board::ended_count() const {
  const std::scoped_lock lock(mutex_);
  return ended_count_;
}

std::uint64_t Board::turn() const {
  const std::scoped_lock lock(mutex_);
  return turn_;
}

std::uint64_t Board::wait_for_news(std::uint64_t seen, Millis wait) const {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, std::chrono::milliseconds(wait.value), [&] { return turn_ > seen; });
  return turn_;
}

}  // namespace farm::coordinator
