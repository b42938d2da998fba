// Purpose: worker threads that come when they are needed and go when they are not: `kept` always, up to `threads_max` while so many tasks
// run. At most `waiting_max` tasks wait; enqueue() blocks its caller beyond that. For the .cpp files of this folder.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <httplib.h>

namespace farm::http {

// httplib's own pool has an endless queue. Here a full queue holds up the accepting thread, so that further connections wait in the kernel.
class Pool final : public httplib::TaskQueue {
 public:
  struct Sizes {
    std::uint32_t kept = 2;
    std::uint32_t threads_max = 2;
    std::uint32_t waiting_max = 16;
  };
  explicit Pool(Sizes sizes);
  void enqueue(std::function<void()> task) override;
  // Runs what waits, then joins all threads.
  void shutdown() override;

 private:
  void add_thread();
  void work();
  bool next(std::function<void()>& task);
  void join_ended(std::unique_lock<std::mutex>& lock);

  const Sizes sizes_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::deque<std::function<void()>> tasks_;
  std::map<std::thread::id, std::thread> threads_;
  std::vector<std::thread> ended_;  // to be joined
  std::uint32_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace farm::http
