#include "coordinator/app/tag_board.hpp"

#include <algorithm>

#include "coordinator/app/open_build.hpp"

namespace farm::coordinator {

bool TagBoard::ask(const std::string& reference, const std::string& from_repository, const Digest& image) {
  const auto known = entries_.find(reference);
  if (known == entries_.end()) {
    const Digest* there = memory_.tags.find(reference, {core_.now.ms - kPresenceTtl.value});
    if (there != nullptr && *there == image) return true;
  }
  const Published published = split_reference(reference);
  Entry& entry = entries_[reference];
  const bool same = std::any_of(entry.moves.begin(), entry.moves.end(), [&](const MoveTag& move) { return move.image == image; });
  if (same && entry.moves.back().image == image) return false;
  entry.moves.push_back({from_repository, image, published.repository, published.tag});
  if (entry.moves.size() == 1) start(entry);
  return false;
}

void TagBoard::start(Entry& entry) {
  ++entry.attempts;
  entry.again_at = {};
  core_.registry.ask(entry.moves.front());
}

std::optional<TagBoard::Ended> TagBoard::done(const TagMoved& answer) {
  const std::string reference = answer.move.repository + ":" + answer.move.tag;
  const auto found = entries_.find(reference);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  if (!answer.outcome && is_retryable(answer.outcome.error().kind) && entry.attempts < kMoveAttemptsMax) {
    entry.again_at = core_.now + kMoveRetryWait * (1 << (entry.attempts - 1));
    return std::nullopt;
  }
  if (answer.outcome) memory_.tags.put(reference, answer.move.image, core_.now);
  entry.moves.pop_front();
  entry.attempts = 0;
  if (entry.moves.empty()) {
    entries_.erase(found);
  } else {
    memory_.tags.erase(reference);
    start(entry);
  }
  return Ended{reference, answer.move.image, answer.outcome};
}

void TagBoard::tick() {
  for (auto& [reference, entry] : entries_) {
    if (entry.again_at.ms != 0 && entry.again_at <= core_.now) start(entry);
  }
}

}  // namespace farm::coordinator
