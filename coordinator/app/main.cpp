// farm-coordinator --config FILE: runs the coordinator until SIGTERM or SIGINT; SIGHUP reads the key book again.
// Exit codes: 0 stopped on request, 2 bad configuration, 4 it can't start or go on.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "coordinator/app/coordinator.hpp"
#include "shared/service/notifier.hpp"

namespace {

constexpr int kExitConfig = 2;
constexpr int kExitFault = 4;

std::atomic<farm::coordinator::Coordinator*> g_running{nullptr};  // only for the signal handler

void on_signal(int signal) {
  farm::coordinator::Coordinator* running = g_running.load();
  if (running == nullptr) return;
  if (signal == SIGHUP) {
    running->reload_keys();
  } else {
    running->stop();
  }
}

void handle_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "farm-coordinator: %s\n", message.c_str());
  return code;
}

int serve(const farm::config::CoordinatorConfig& config) {
  farm::log::Options log_options;
  const auto level = farm::log::parse_level(config.log.level);
  if (!level) return fail(kExitConfig, level.error().message);
  log_options.level = *level;
  log_options.file = config.log.file;
  log_options.file_bytes_max = config.log.file_bytes_max;
  const auto log = farm::log::Logger::open(log_options);
  if (!log) return fail(kExitFault, log.error().message);
  handle_signals();
  farm::Result<farm::service::Notifier> manager = farm::service::Notifier::from_environment();
  if (!manager) (*log)->warning("no service manager", {{"error", manager.error().message}});
  farm::service::Notifier notifier = manager ? std::move(*manager) : farm::service::Notifier();
  const auto coordinator = farm::coordinator::Coordinator::start(config, **log);
  if (!coordinator) return fail(kExitFault, coordinator.error().message);
  g_running.store(coordinator->get());
  notifier.ready();
  const farm::Result<void> served = (*coordinator)->run([&](farm::Instant now) { notifier.alive(now); });
  notifier.stopping();
  g_running.store(nullptr);
  return served ? 0 : fail(kExitFault, served.error().message);
}

int run(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--version") {
    std::printf("farm-coordinator %s\n", FARM_VERSION);
    return 0;
  }
  if (count != 3 || std::string_view(arguments[1]) != "--config")
    return fail(kExitConfig, "usage: farm-coordinator --config FILE | --version");
  const auto config = farm::config::load_coordinator_config(arguments[2]);
  for (const farm::Diagnostic& diagnostic : config.diagnostics) std::fprintf(stderr, "%s\n", farm::to_string(diagnostic).c_str());
  return config.ok() ? serve(config.value) : kExitConfig;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {
    return fail(kExitFault, std::string("our own fault: ") + error.what());
  }
}
