// Purpose: where an HTTP thread hands an action to the coordinator's loop and waits until it is done and durable.
// Limits: kActionsMax at a time; one that the loop did not take up within kActionWait is withdrawn, so that "not done" is true.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/net/key_book.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kActionsMax = 4;
constexpr Millis kActionWait{10'000};

// What farmctl would ask for, by somebody with a token.
struct Action {
  net::KeyOwner owner;
  protocol::ClientRequestBody body;
};

class ActionDesk {
 public:
  // `wake`: gets the loop to serve(); thread-safe.
  explicit ActionDesk(std::function<void()> wake) : wake_(std::move(wake)) {}

  // ---- HTTP threads
  // Errors: Overloaded (too many wait), Timeout (the loop did not get to it), Unavailable (it stops), and the action's own.
  Result<void> perform(Action action, Millis patience = kActionWait);

  // ---- the loop, each turn
  // True: there was something.
  bool serve(const std::function<Result<void>(const Action&)>& act);
  void answer();  // whoever was served; after the board shows it
  void close();   // nothing is served any more

 private:
  struct Waiting {
    Action action;
    bool taken = false;
    std::optional<Result<void>> outcome;
  };

  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<std::shared_ptr<Waiting>> waiting_;
  std::size_t inside_ = 0;  // threads in perform()
  bool closed_ = false;
  std::vector<std::pair<std::shared_ptr<Waiting>, Result<void>>> served_;  // the loop's own
};

}  // namespace farm::coordinator
