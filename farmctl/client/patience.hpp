// Purpose: asking again while the coordinator says that it takes nothing now (Overloaded: a prune's collection holds builds, a limit is
// met), for a bounded time, with the reason shown. Pure: time and waiting are arguments.
#pragma once

#include <functional>
#include <string>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::ctl {

constexpr Millis kAskAgainAfter{2'000};
constexpr Millis kPatienceDefault{600'000};

struct Patience {
  Millis most = kPatienceDefault;  // from the first refusal's question on
  std::function<Instant()> now;
  std::function<bool(Millis)> wait;             // false: interrupted
  std::function<void(const std::string&)> say;  // a line for the user; each reason once
};

// The answer, or the last refusal. Other errors are passed on at once. Error: Cancelled where the wait was interrupted.
Result<protocol::Accepted> ask_patiently(const std::function<Result<protocol::Accepted>()>& ask, const Patience& patience);

}  // namespace farm::ctl
