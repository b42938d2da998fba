#include "agent/exec/process_runner.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "agent/exec/spawn.hpp"

namespace farm::exec {
namespace {

using Clock = std::chrono::steady_clock;

// After the child's end: how long a process that left the group may keep our pipes open before we stop reading.
constexpr std::int64_t kDrainMs = 500;
// So that a child that prints without end can't keep us from noticing the stop request.
constexpr std::size_t kReadBytes = 64U << 10U;

std::int64_t ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

// One stream of the child: its pipe, lines and sink.
class Stream {
 public:
  Stream(Descriptor fd, std::size_t line_bytes_max, LineSink sink) : fd_(std::move(fd)), lines_(line_bytes_max), sink_(std::move(sink)) {
    if (!sink_) sink_ = [](std::string_view, bool) {};
  }
  [[nodiscard]] int fd() const { return fd_.get(); }  // -1 at its end; poll() skips it then
  void read_some() {
    std::array<char, kReadBytes> buffer{};
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got > 0) return lines_.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)), sink_);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    fd_.reset();
  }
  void finish() {
    lines_.finish(sink_);
    fd_.reset();
  }

 private:
  Descriptor fd_;
  LineReader lines_;
  LineSink sink_;
};

// Waits for one child: moves its output, carries out stop and timeout, reaps it.
class Watch {
 public:
  Watch(const ProcessSpec& spec, const ProcessSinks& sinks, Child child)
      : spec_(spec),
        pid_(child.pid),
        pidfd_(std::move(child.pidfd)),
        out_(std::move(child.out), spec.line_bytes_max, sinks.out),
        err_(std::move(child.err), spec.line_bytes_max, sinks.err) {}

  ProcessEnd wait(const std::stop_token& stop, int wake_fd) {
    while (!ended_ || (out_.fd() >= 0 || err_.fd() >= 0)) {
      if (ended_ && ms_between(ended_at_, Clock::now()) >= kDrainMs) break;
      look_at_limits(stop);
      sleep(asked_ ? -1 : wake_fd);
    }
    out_.finish();
    err_.finish();
    return reap();
  }

 private:
  void look_at_limits(const std::stop_token& stop) {
    if (ended_) return;
    const Clock::time_point now = Clock::now();
    if (!asked_ && stop.stop_requested()) ask(end_.stopped, now);
    if (!asked_ && spec_.timeout.value > 0 && ms_between(started_, now) >= spec_.timeout.value) ask(end_.timed_out, now);
    if (asked_ && !killed_ && ms_between(asked_at_, now) >= spec_.term_grace.value) {
      ::kill(-pid_, SIGKILL);
      killed_ = true;
    }
  }
  void ask(bool& reason, Clock::time_point now) {
    reason = true;
    asked_ = true;
    asked_at_ = now;
    ::kill(-pid_, SIGTERM);
  }
  // Until something happens or the next limit is due.
  void sleep(int wake_fd) {
    const Clock::time_point now = Clock::now();
    std::int64_t wait = -1;
    const auto due = [&](std::int64_t left) {
      wait = wait < 0 ? std::max<std::int64_t>(left, 0) : std::clamp<std::int64_t>(left, 0, wait);
    };
    if (ended_) due(kDrainMs - ms_between(ended_at_, now));
    if (!ended_ && !asked_ && spec_.timeout.value > 0) due(spec_.timeout.value - ms_between(started_, now));
    if (!ended_ && asked_ && !killed_) due(spec_.term_grace.value - ms_between(asked_at_, now));
    const int timeout = static_cast<int>(std::min<std::int64_t>(wait, 60'000));

    std::array<pollfd, 4> fds{pollfd{out_.fd(), POLLIN, 0}, pollfd{err_.fd(), POLLIN, 0}, pollfd{ended_ ? -1 : pidfd_.get(), POLLIN, 0},
                              pollfd{ended_ ? -1 : wake_fd, POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), timeout) <= 0) return;
    if (fds[0].revents != 0) out_.read_some();
    if (fds[1].revents != 0) err_.read_some();
    if (fds[2].revents != 0) on_child_end();
  }
  // The child is a zombie still, so its number can't be another's: the safe moment to kill what is left of its group.
  void on_child_end() {
    ended_ = true;
    ended_at_ = Clock::now();
    ::kill(-pid_, SIGKILL);
  }
  ProcessEnd reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    end_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + end_.signal;
    end_.wall = Millis{ms_between(started_, ended_at_)};
    return end_;
  }

  const ProcessSpec& spec_;
  pid_t pid_;
  Descriptor pidfd_;
  Stream out_;
  Stream err_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point asked_at_;
  Clock::time_point ended_at_;
  bool asked_ = false;
  bool killed_ = false;
  bool ended_ = false;
  ProcessEnd end_;
};

}  // namespace

Result<ProcessEnd> PosixProcessRunner::run(const ProcessSpec& spec, const ProcessSinks& sinks, std::stop_token stop) {
  if (stop.stop_requested()) {
    ProcessEnd end;
    end.stopped = true;
    return end;
  }
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.open())
    return Error{ErrorKind::Overloaded, "no descriptor left to run \"" + (spec.argv.empty() ? std::string() : spec.argv[0]) + "\""};
  Result<Child> child = spawn(spec);
  if (!child) return child.error();
  const std::stop_callback on_stop(stop, [&wake] {
    const std::uint64_t one = 1;
    const ssize_t ignored = ::write(wake.get(), &one, sizeof one);
    static_cast<void>(ignored);
  });
  return Watch(spec, sinks, std::move(*child)).wait(stop, wake.get());
}

Result<ProcessText> run_for_text(ProcessRunner& runner, const ProcessSpec& spec, std::size_t bytes_max, std::stop_token stop) {
  ProcessText text;
  const auto collect = [bytes_max](std::string& into) {
    return [&into, bytes_max](std::string_view line, bool) {
      if (into.size() + line.size() + 1 > bytes_max) return;
      into += line;
      into += '\n';
    };
  };
  Result<ProcessEnd> end = runner.run(spec, ProcessSinks{collect(text.out), collect(text.err)}, std::move(stop));
  if (!end) return end.error();
  text.end = *end;
  return text;
}

}  // namespace farm::exec
