// Purpose: reads of the store that are too long for the loop (all results, all statuses), on a thread of their own. A piece of work reads
// and computes there and gives what is to be done with it, which runs in the loop. Nothing that it read is a promise: what the loop then
// relies on, the loop looks at again. Limits: `waiting_max` pieces wait; one runs at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace farm::coordinator {

class Reading {
 public:
  using Then = std::function<void()>;  // runs in the loop
  // Runs on the thread; must not throw, and looks at nothing but what outlives the Reading: the loop's parts go before it.
  using Work = std::function<Then()>;
  using Deliver = std::function<void(Then)>;  // thread-safe
  Reading(std::size_t waiting_max, Deliver deliver);
  // Waits for the piece that runs; those that wait are dropped.
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  // False: so many wait already, and this one is dropped.
  [[nodiscard]] bool ask(Work work);

 private:
  void run();

  const std::size_t waiting_max_;
  Deliver deliver_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Work> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace farm::coordinator
