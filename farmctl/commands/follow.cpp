#include "farmctl/commands/follow.hpp"

#include <chrono>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/terminal.hpp"
#include "farmctl/render/build_view.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kWatchWait{2'000};
constexpr Millis kWatchTimeout{10'000};
constexpr Millis kAwayMax{300'000};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Instant steady() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

// stderr as a place for progress. On a terminal the screen is drawn over itself.
class ProgressWriter {
 public:
  explicit ProgressWriter(bool wanted) : wanted_(wanted), terminal_(can_draw(STDERR_FILENO)), colour_(can_colour(STDERR_FILENO)) {}

  void show(const BuildStatus& status) {
    if (!wanted_) return;
    if (!terminal_) {
      for (const std::string& line : plain_.lines(status)) std::fprintf(stderr, "%s\n", line.c_str());
      return;
    }
    erase();
    const std::vector<std::string> lines = render_screen(status, size(), wall_ms(), colour_);
    for (const std::string& line : lines) std::fprintf(stderr, "%s\x1b[K\n", line.c_str());
    drawn_ = lines.size();
    std::fflush(stderr);
  }
  void say(const std::string& line) {
    erase();
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  void erase() {
    if (drawn_ > 0) std::fprintf(stderr, "\x1b[%zuA\x1b[J", drawn_);
    drawn_ = 0;
  }

 private:
  static ScreenSize size() {
    winsize window{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
    return {window.ws_col, window.ws_row};
  }
  bool wanted_;
  bool terminal_;
  bool colour_;
  std::size_t drawn_ = 0;
  PlainProgress plain_;
};

}  // namespace

Stopwatch::Stopwatch() : start_(steady()) {}
Millis Stopwatch::elapsed() const { return steady() - start_; }

Result<BuildStatus> follow_build(CoordinatorClient& client, BuildStatus status, bool progress, OnInterrupt on_interrupt) {
  ProgressWriter writer(progress);
  writer.show(status);
  bool cancelling = false;
  bool away = false;
  Instant heard = steady();
  while (!is_final(status.state)) {
    if (interrupted.load() && on_interrupt == OnInterrupt::Leave) break;
    if (interrupted.load() && !cancelling) {
      cancelling = true;
      writer.say("cancelling build " + to_string(status.id) + " (again Ctrl-C to leave at once)");
      const Result<protocol::Done> cancelled = client.ask_for<protocol::Done>(protocol::CancelBuild{status.id}, kWatchTimeout);
      if (!cancelled) return Error{cancelled.error().kind, "cancelling build " + to_string(status.id) + ": " + cancelled.error().message};
    }
    Result<BuildStatus> next = client.ask_for<BuildStatus>(protocol::WatchBuild{status.id, status.version, kWatchWait}, kWatchTimeout,
                                                           cancelling ? nullptr : &interrupted);
    if (!next && next.error().kind == ErrorKind::Cancelled) continue;
    if (!next && is_retryable(next.error().kind)) {
      if (steady() - heard > kAwayMax) return std::move(next).error();
      if (!away) writer.say("the coordinator does not answer; the build goes on, waiting for it");
      away = true;
      continue;
    }
    if (!next) return std::move(next).error();
    if (away) writer.say("the coordinator is back");
    away = false;
    heard = steady();
    status = *std::move(next);
    writer.show(status);
  }
  writer.erase();
  return status;
}

}  // namespace farm::ctl
