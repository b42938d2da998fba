#include "farmctl/client/patience.hpp"

namespace farm::ctl {

Result<protocol::Accepted> ask_patiently(const std::function<Result<protocol::Accepted>()>& ask, const Patience& patience) {
  const Instant end = patience.now() + patience.most;
  std::string said;
  for (;;) {
    Result<protocol::Accepted> answer = ask();
    if (answer || answer.error().kind != ErrorKind::Overloaded) return answer;
    const Instant now = patience.now();
    if (now + kAskAgainAfter >= end) return answer;
    if (answer.error().message != said) {
      said = answer.error().message;
      patience.say(said + "\nwaiting for it, at most " + std::to_string((end - now).value / 1'000) + " s (Ctrl-C ends the wait)");
    }
    if (!patience.wait(kAskAgainAfter)) return Error{ErrorKind::Cancelled, "interrupted while waiting: " + said};
  }
}

}  // namespace farm::ctl
