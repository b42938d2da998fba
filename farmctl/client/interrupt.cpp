#include "farmctl/client/interrupt.hpp"

#include <csignal>

namespace farm::ctl {

std::atomic<bool> interrupted{false};

namespace {

void on_signal(int signal) {
  if (interrupted.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

}  // namespace farm::ctl
