#include "coordinator/app/reading.hpp"

#include <utility>

namespace farm::coordinator {

Reading::Reading(std::size_t waiting_max, Deliver deliver)
    : waiting_max_(waiting_max), deliver_(std::move(deliver)), thread_([this] { run(); }) {}

Reading::~Reading() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  ready_.notify_all();
  thread_.join();
}

bool Reading::ask(Work work) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= waiting_max_) return false;
  waiting_.push_back(std::move(work));
  ready_.notify_one();
  return true;
}

void Reading::run() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (Then then = work()) deliver_(std::move(then));
  }
}

}  // namespace farm::coordinator
