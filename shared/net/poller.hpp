// Purpose: lets one thread sleep until a link has an event, another thread handed something in, a descriptor is readable, or a time passed.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::net {

class RouterLink;
class DealerLink;

// An eventfd. wake() is thread-safe and may be called from a signal handler.
class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  void wake() const noexcept;
  void drain() const noexcept;  // by the sleeping thread, before it looks at what was handed in
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// A bounded queue into the loop: push from any thread, pop from the loop's.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(const Waker& waker, std::size_t items_max = 100'000) : waker_(waker), items_max_(items_max) {}
  // False: full, and `item` is dropped.
  bool push(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= items_max_) return false;
      items_.push_back(std::move(item));
    }
    waker_.wake();
    return true;
  }
  std::optional<T> pop() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  const Waker& waker_;
  const std::size_t items_max_;
  std::mutex mutex_;
  std::deque<T> items_;
};

// One thread. What is added must outlive the poller.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  void add(RouterLink& link);
  void add(DealerLink& link);  // also after its reconnect()
  void add(const Waker& waker);
  void add_readable(int fd);
  // True: something is ready (call receive() until it gives none, drain the waker, then look into mailboxes); false: the time passed.
  // A signal ends the sleep early with false. Error: Internal.
  Result<bool> wait(Millis timeout);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::net
