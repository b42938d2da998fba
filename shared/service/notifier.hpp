// Purpose: tells the service manager that started the program how it is: ready, alive, stopping. One datagram each to the socket that
// $NOTIFY_SOCKET names (systemd's sd_notify protocol), and nothing where there is none. Never blocks and never fails the program: what the
// manager can't take now is said again with the next sign of life. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::service {

// How the manager wants to be told. Both empty: nobody listens.
struct NotifierOptions {
  std::string socket;        // a path, or "@name" in the abstract namespace
  Millis watchdog_every{0};  // how often it wants a sign of life at least; 0: never
};

using Variable = std::function<std::string(const char*)>;

// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; signs of life go out twice as often as asked for. A variable that is not set is "".
// `pid`: this process; what is meant for another one is ignored. InvalidInput: a value that is no number, or a socket that is no path.
Result<NotifierOptions> notifier_options(const Variable& variable, long pid);

class Notifier {
 public:
  // Error: Unavailable, no socket could be made.
  static Result<Notifier> open(NotifierOptions options);
  // What the environment says. An environment that can't be used is an Error for the log, and no reason not to start.
  static Result<Notifier> from_environment();
  Notifier() = default;  // nobody listens
  ~Notifier();
  Notifier(Notifier&& other) noexcept;
  Notifier& operator=(Notifier&& other) noexcept;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void ready();             // serves from now on
  void alive(Instant now);  // call it often: sends when it is due. `now` of any steady clock
  void stopping();          // asked to stop; running jobs may be finished first

 private:
  bool send(std::string_view state) const;

  NotifierOptions options_;
  int fd_ = -1;
  bool ready_untold_ = false;
  Instant alive_next_;
};

}  // namespace farm::service
