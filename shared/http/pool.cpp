#include "shared/http/pool.hpp"

#include <utility>

namespace farm::http {

Pool::Pool(Sizes sizes) : sizes_(sizes) {
  const std::scoped_lock lock(mutex_);
  for (std::uint32_t i = 0; i < sizes_.kept; ++i) add_thread();
}

void Pool::add_thread() {
  std::thread thread([this] { work(); });
  const std::thread::id id = thread.get_id();
  threads_.emplace(id, std::move(thread));
}

void Pool::enqueue(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  join_ended(lock);
  room_.wait(lock, [this] { return tasks_.size() < sizes_.waiting_max || stopping_; });
  tasks_.push_back(std::move(task));
  if (idle_ < tasks_.size() && threads_.size() < sizes_.threads_max) add_thread();
  ready_.notify_one();
}

// A thread that leaves has released the lock when it is joined, so waiting for it here can't block it.
void Pool::join_ended(std::unique_lock<std::mutex>& lock) {
  std::vector<std::thread> ended;
  ended.swap(ended_);
  if (ended.empty()) return;
  lock.unlock();
  for (std::thread& thread : ended) thread.join();
  lock.lock();
}

void Pool::shutdown() {
  std::map<std::thread::id, std::thread> threads;
  std::vector<std::thread> ended;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    ended.swap(ended_);
  }
  ready_.notify_all();
  room_.notify_all();
  for (std::thread& thread : ended) thread.join();
  for (auto& [id, thread] : threads) thread.join();
}

void Pool::work() {
  std::function<void()> task;
  while (next(task)) task();
}

// False: this thread is not needed any more.
bool Pool::next(std::function<void()>& task) {
  task = nullptr;
  std::unique_lock lock(mutex_);
  const bool surplus = !stopping_ && tasks_.empty() && idle_ >= sizes_.kept;
  if (surplus) {
    const auto own = threads_.find(std::this_thread::get_id());
    if (own != threads_.end()) {
      ended_.push_back(std::move(own->second));
      threads_.erase(own);
    }
    return false;
  }
  ++idle_;
  ready_.wait(lock, [this] { return !tasks_.empty() || stopping_; });
  --idle_;
  if (tasks_.empty()) return false;
  task = std::move(tasks_.front());
  tasks_.pop_front();
  room_.notify_one();
  return true;
}

}  // namespace farm::http
