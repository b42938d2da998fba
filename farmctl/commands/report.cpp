#include <csignal>
#include <cstdio>

#include "farmctl/commands/commands.hpp"
#include "shared/json/status_json.hpp"

namespace farm::ctl {

std::atomic<bool> interrupted{false};

namespace {

void on_signal(int signal) {
  if (interrupted.exchange(true)) {  // the second time at once, as every other tool
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

ExitCode report(const Error& error, Output output) {
  const ExitCode code = exit_code_of(error.kind);
  std::fprintf(stderr, "farmctl: %s\n", error.message.c_str());
  if (output == Output::Json) std::fputs(render_error_json(error, static_cast<int>(code)).c_str(), stdout);
  return code;
}

}  // namespace farm::ctl
