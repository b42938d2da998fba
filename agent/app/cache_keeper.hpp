// Purpose: the agent's caches (slices, BuildKit): tells how big they are and frees them when the coordinator asks, on a thread of its own,
// since BuildKit may take minutes. What jobs use meanwhile stays: slices are pinned, and BuildKit keeps what a running build stands on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "agent/app/builder.hpp"
#include "agent/workspace/workspace.hpp"
#include "shared/log/log.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::agent {

class CacheKeeper {
 public:
  struct Told {
    std::function<void(std::uint64_t)> buildkit_bytes;          // measured anew
    std::function<void(const protocol::CachePruned&)> cleaned;  // once for each clean()
  };
  // `told` is called on the keeper's thread.
  CacheKeeper(exec::ProcessRunner& runner, Builder builder, workspace::Workspace& workspace, log::Logger& log, Told told)
      : runner_(runner),
        builder_(std::move(builder)),
        workspace_(workspace),
        log_(log),
        told_(std::move(told)),
        thread_([this](const std::stop_token& stop) { work(stop); }) {}

  void clean(const protocol::PruneCache& prune);
  // Something was built: measure again before long.
  void changed();

 private:
  using Clock = std::chrono::steady_clock;
  void work(const std::stop_token& stop);
  void measure(const std::stop_token& stop);
  protocol::CachePruned carry_out(const protocol::PruneCache& prune, const std::stop_token& stop);

  exec::ProcessRunner& runner_;
  Builder builder_;
  workspace::Workspace& workspace_;
  log::Logger& log_;
  Told told_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<protocol::PruneCache> waiting_;  // the machine asks for one at a time
  Clock::time_point measure_at_ = Clock::now();
  Clock::time_point measured_;
  std::jthread thread_;  // last: joined first
};

}  // namespace farm::agent
