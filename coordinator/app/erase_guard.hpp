// Purpose: lets one thread delete manifests while others verify, look up and publish results. What was looked at since begin() is not
// deleted, and what is being deleted is not looked at meanwhile: so a result that was seen to be there stays there. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <shared_mutex>

#include "shared/base/digest.hpp"

namespace farm::coordinator {

class EraseGuard {
 public:
  // Held while a call to the registry relies on something that is there.
  class Use {
   public:
    explicit Use(EraseGuard& guard) : guard_(guard), lock_(guard.erasing_) {}
    // It was there, and somebody counts on it now.
    void of(const Digest& digest) {
      const std::scoped_lock lock(guard_.seen_mutex_);
      if (guard_.seen_.size() < kSeenMax) guard_.seen_.insert(digest);
    }

   private:
    EraseGuard& guard_;
    std::shared_lock<std::shared_mutex> lock_;
  };

  // A new run of deletions begins: only what is looked at from now on counts.
  void begin() {
    const std::scoped_lock lock(seen_mutex_);
    seen_.clear();
  }
  // Nobody looks at anything while it lives.
  [[nodiscard]] std::unique_lock<std::shared_mutex> erasing() { return std::unique_lock(erasing_); }
  // Also where so many were seen that not all are remembered.
  [[nodiscard]] bool was_seen(const Digest& digest) {
    const std::scoped_lock lock(seen_mutex_);
    return seen_.size() >= kSeenMax || seen_.contains(digest);
  }

 private:
  static constexpr std::size_t kSeenMax = 200'000;
  std::shared_mutex erasing_;
  std::mutex seen_mutex_;
  std::set<Digest> seen_;
};

}  // namespace farm::coordinator
