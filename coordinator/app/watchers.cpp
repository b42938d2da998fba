#include "coordinator/app/watchers.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/app/starts.hpp"
#include "coordinator/app/status_view.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {

Result<BuildStatus> find_status(const Core& core, BuildBook& book, BuildId id) {
  if (!id) {
    const auto newest = store::newest_statuses(core.store, 1);
    if (!newest) return newest.error();
    if (newest->empty()) return Error{ErrorKind::NotFound, "the farm has no builds yet; `farmctl submit` makes one"};
    id = newest->front().id;
  }
  if (const OpenBuild* build = book.find(id)) return make_status(*build, core.scheduler, core.now, clients_registry(core.config));
  Result<BuildStatus> stored = store::get_status(core.store, id);
  if (stored || stored.error().kind != ErrorKind::NotFound) return stored;
  return Error{ErrorKind::NotFound, "there is no build " + to_string(id) + "; `farmctl ps` lists them"};
}

void Watchers::watch(const std::string& peer, std::uint64_t request, BuildStatus now, std::uint64_t seen_version, Millis wait) {
  const bool answer_now = now.version > seen_version || is_final(now.state) || wait.value <= 0 || waiting_.size() >= kWatchersMax;
  if (answer_now) {
    (void)core_.link.answer(peer, {request, std::move(now)});
    return;
  }
  // A repeat of the request replaces the first one.
  std::erase_if(waiting_, [&](const Waiting& entry) { return entry.peer == peer && entry.request == request; });
  waiting_.push_back({peer, request, now.id, seen_version, core_.now + std::min(wait, kWatchWaitMax)});
}

bool Watchers::may_answer(BuildId id) const {
  if (book_.find(id) == nullptr) return true;
  const auto last = answered_.find(id);
  return last == answered_.end() || core_.now - last->second >= kWatchPause;
}

void Watchers::flush() {
  if (waiting_.empty()) {
    changed_.clear();
    answered_.clear();
    return;
  }
  std::map<BuildId, BuildStatus> statuses;
  const auto due = [&](const Waiting& entry) {
    return core_.now >= entry.deadline || (changed_.contains(entry.build) && may_answer(entry.build));
  };
  for (const Waiting& entry : waiting_) {
    if (!due(entry) || statuses.contains(entry.build)) continue;
    if (Result<BuildStatus> status = find_status(core_, book_, entry.build)) statuses.emplace(entry.build, std::move(*status));
  }
  std::erase_if(waiting_, [&](const Waiting& entry) {
    if (!due(entry)) return false;
    const auto status = statuses.find(entry.build);
    if (status != statuses.end()) (void)core_.link.answer(entry.peer, {entry.request, status->second});
    return true;
  });
  for (const auto& [id, status] : statuses) {
    if (book_.find(id) != nullptr) answered_[id] = core_.now;
    changed_.erase(id);
  }
  std::erase_if(answered_, [this](const auto& entry) { return core_.now - entry.second >= kWatchPause; });  // says nothing any more
  std::erase_if(changed_, [this](BuildId id) {
    return std::none_of(waiting_.begin(), waiting_.end(), [id](const Waiting& entry) { return entry.build == id; });
  });
}

void Watchers::drop(const std::string& peer) {
  std::erase_if(waiting_, [&](const Waiting& entry) { return entry.peer == peer; });
}

Instant Watchers::next_due() const {
  Instant due{core_.now.ms + kWatchWaitMax.value};
  for (const Waiting& entry : waiting_) {
    due = std::min(due, entry.deadline);
    if (!changed_.contains(entry.build)) continue;
    const auto last = answered_.find(entry.build);
    due = std::min(due, last == answered_.end() ? core_.now : last->second + kWatchPause);
  }
  return due;
}

}  // namespace farm::coordinator
