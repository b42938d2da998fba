#include "agent/app/cache_keeper.hpp"

#include <algorithm>

namespace farm::agent {
namespace {

constexpr std::chrono::minutes kMeasureEvery{10};
constexpr std::chrono::seconds kMeasureApart{60};  // after a change, at the earliest

}  // namespace

void CacheKeeper::clean(const protocol::PruneCache& prune) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(prune);
  }
  wake_.notify_all();
}

void CacheKeeper::changed() {
  {
    const std::scoped_lock lock(mutex_);
    measure_at_ = std::min(measure_at_, std::max(Clock::now(), measured_ + kMeasureApart));
  }
  wake_.notify_all();
}

void CacheKeeper::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<protocol::PruneCache> prune;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, stop, measure_at_, [this] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      if (!waiting_.empty()) {
        prune = std::move(waiting_.front());
        waiting_.pop_front();
      } else if (Clock::now() < measure_at_) {
        continue;  // changed() moved it
      }
    }
    if (prune) {
      const protocol::CachePruned pruned = carry_out(*prune, stop);
      if (!stop.stop_requested()) told_.cleaned(pruned);
    } else {
      measure(stop);
    }
  }
}

void CacheKeeper::measure(const std::stop_token& stop) {
  const Result<std::vector<build::CacheEntry>> entries = ask_cache_entries(runner_, builder_, stop);
  if (!entries) log_.debug("the size of BuildKit's cache is not known", {{"error", entries.error().message}});
  if (entries) told_.buildkit_bytes(build::bytes_of(*entries));
  const std::scoped_lock lock(mutex_);
  measured_ = Clock::now();
  measure_at_ = measured_ + kMeasureEvery;
}

protocol::CachePruned CacheKeeper::carry_out(const protocol::PruneCache& prune, const std::stop_token& stop) {
  protocol::CachePruned pruned;
  pruned.id = prune.id;
  const std::int64_t age = prune.older_than_ms;
  pruned.slice_bytes =
      workspace_.prune_slices({age, prune.keep_bytes, {prune.drop_slices.begin(), prune.drop_slices.end()}, prune.dry_run});
  pruned.slice_cache_bytes = workspace_.cache_stats().bytes;
  const bool buildkit = age >= 0 || prune.keep_bytes != protocol::kNoByteLimit;
  if (buildkit && !prune.dry_run) {
    const Result<std::uint64_t> freed = prune_buildkit(runner_, builder_, age, prune.keep_bytes, stop);
    if (freed) pruned.buildkit_bytes = *freed;
    if (!freed) pruned.error = freed.error().message;
  }
  const Result<std::vector<build::CacheEntry>> entries = ask_cache_entries(runner_, builder_, stop);
  if (!entries && pruned.error.empty()) pruned.error = entries.error().message;
  if (entries) {
    pruned.buildkit_cache_bytes = build::bytes_of(*entries);
    if (buildkit && prune.dry_run) pruned.buildkit_bytes = build::prunable_bytes(*entries, age, prune.keep_bytes);
    told_.buildkit_bytes(pruned.buildkit_cache_bytes);
  }
  if (!prune.dry_run) {
    log_.info("caches are pruned",
              {{"slice_bytes", pruned.slice_bytes}, {"buildkit_bytes", pruned.buildkit_bytes}, {"error", pruned.error}});
  }
  return pruned;
}

}  // namespace farm::agent
