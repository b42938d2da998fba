#include "coordinator/http/action_desk.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace farm::coordinator {

Result<void> ActionDesk::perform(Action action, Millis patience) {
  const auto waiting = std::make_shared<Waiting>(Waiting{std::move(action), false, std::nullopt});
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return Error{ErrorKind::Unavailable, "the coordinator stops; nothing was done"};
    if (inside_ >= kActionsMax) return Error{ErrorKind::Overloaded, "other actions wait for the coordinator; nothing was done, try again"};
    ++inside_;
    waiting_.push_back(waiting);
  }
  wake_();
  std::unique_lock lock(mutex_);
  const auto over = [&] { return waiting->outcome.has_value() || closed_; };
  answered_.wait_for(lock, std::chrono::milliseconds(patience.value), over);
  // Once the loop has taken it up, it ends: the truth is near.
  if (waiting->taken) answered_.wait(lock, over);
  --inside_;
  std::erase(waiting_, waiting);
  if (waiting->outcome) return *waiting->outcome;
  if (closed_) return Error{ErrorKind::Unavailable, "the coordinator stops; nothing was done"};
  return Error{ErrorKind::Timeout, "the coordinator has too much to do; nothing was done, try again"};
}

bool ActionDesk::serve(const std::function<Result<void>(const Action&)>& act) {
  while (true) {
    std::shared_ptr<Waiting> next;
    {
      const std::scoped_lock lock(mutex_);
      if (waiting_.empty()) return !served_.empty();
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->taken = true;
    }
    Result<void> outcome = act(next->action);
    served_.emplace_back(std::move(next), std::move(outcome));
  }
}

void ActionDesk::answer() {
  if (served_.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [waiting, outcome] : served_) waiting->outcome = std::move(outcome);
  }
  served_.clear();
  answered_.notify_all();
}

void ActionDesk::close() {
  answer();
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  answered_.notify_all();
}

}  // namespace farm::coordinator
