// farm-agent --config FILE: runs jobs for a coordinator until it is told to stop.
// SIGTERM or SIGINT: finish what runs, take nothing new, leave. Once more: end what runs, report it, leave.
// Exit codes: 0 stopped as asked, 2 bad configuration or a BuildKit that is too old, 4 our own fault or the system's.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "agent/app/agent_loop.hpp"
#include "agent/app/prober.hpp"
#include "agent/build/metadata.hpp"
#include "agent/exec/spawn.hpp"
#include "shared/config/config.hpp"
#include "shared/http/server.hpp"
#include "shared/net/keys.hpp"

namespace farm::agent {
namespace {

constexpr int kBadInput = 2;
constexpr int kFault = 4;

LoopInbox* signalled = nullptr;

void on_signal(int) {
  ++signalled->stop_signals;
  signalled->waker.wake();
}

void handle_signals(LoopInbox& inbox) {
  signalled = &inbox;
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "farm-agent: %s\n", message.c_str());
  return code;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** variable = ::environ; *variable != nullptr; ++variable) out.emplace_back(*variable);
  return out;
}

AgentOptions machine_options(const config::AgentConfig& config, Session session) {
  AgentOptions options;
  options.name = config.name;
  options.session = session;
  options.slots = config.slots;
  options.platform = config.platform;
  options.labels = config.labels;
  options.farm_version = FARM_VERSION;
  options.seed = std::random_device{}();
  return options;
}

log::Options log_options(const config::LogConfig& config) {
  log::Options options;
  options.level = log::parse_level(config.level).value_or(log::Level::Info);
  options.file = config.file;
  options.file_bytes_max = config.file_bytes_max;
  return options;
}

// "host:port"; the port is checked by the configuration's reader or by the bind.
Result<std::unique_ptr<http::Server>> serve_metrics(const std::string& listen, const AgentMetrics& metrics) {
  const std::size_t colon = listen.rfind(':');
  const int port = colon == std::string::npos ? -1 : std::atoi(listen.c_str() + colon + 1);
  if (port < 0 || port > 65'535) return Error{ErrorKind::InvalidInput, "metrics_listen \"" + listen + "\" is no host:port"};
  http::ServerOptions options;
  options.host = listen.substr(0, colon);
  options.port = static_cast<std::uint16_t>(port);
  options.threads = 1;
  http::Handler text = [&metrics](const http::Request&) {
    return http::Answer{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
  http::Handler healthy = [](const http::Request&) { return http::Answer{200, "text/plain; charset=utf-8", "ok\n"}; };
  return http::Server::start(options, {{"/metrics", std::move(text)}, {"/healthz", std::move(healthy)}});
}

// Two agents in one directory would remove each other's jobs. Held until the process ends, however it ends.
Result<exec::Descriptor> lock_state(const std::string& state_dir) {
  const std::string path = state_dir + "/lock";
  exec::Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.open()) return Error{ErrorKind::Denied, "opening " + path + ": " + std::strerror(errno)};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorKind::Conflict, "another farm-agent uses " + state_dir + ": give each agent a state_dir of its own"};
  }
  return lock;
}

int run(config::AgentConfig config) {
  std::error_code code;
  config.state_dir = std::filesystem::absolute(config.state_dir, code).string();  // jobs run in other directories
  std::filesystem::create_directories(config.state_dir, code);
  if (code) return fail(kFault, "creating " + config.state_dir + ": " + code.message());
  const Result<exec::Descriptor> lock = lock_state(config.state_dir);
  if (!lock) return fail(kBadInput, lock.error().message);
  const Result<std::unique_ptr<log::Logger>> logger = log::Logger::open(log_options(config.log));
  if (!logger) return fail(kFault, logger.error().message);
  log::Logger& log = **logger;
  const Result<net::KeyPair> keys = net::read_key_file(config.key_file);
  if (!keys) return fail(kBadInput, keys.error().message);
  const Result<Session> session = next_session(config.state_dir);
  if (!session) return fail(kFault, session.error().message);
  Result<ReportStore> reports = ReportStore::open(config.state_dir);
  if (!reports) return fail(kFault, reports.error().message);
  const Result<std::unique_ptr<workspace::Workspace>> workspace =
      workspace::Workspace::open(config.state_dir, config.slice_cache_bytes_max);
  if (!workspace) return fail(kFault, workspace.error().message);

  exec::PosixProcessRunner runner;
  const Result<Builder> builder = make_builder(runner, config, own_environment());
  if (!builder) return fail(kBadInput, builder.error().message);
  if (const Result<std::string> version = ask_buildkit_version(runner, *builder); version) {
    if (const Result<void> good = build::check_buildkit_version(*version); !good) return fail(kBadInput, good.error().message);
  }

  LoopInbox inbox;
  handle_signals(inbox);
  AgentMetrics metrics(FARM_VERSION);
  std::unique_ptr<http::Server> server;
  if (!config.metrics_listen.empty()) {
    Result<std::unique_ptr<http::Server>> started = serve_metrics(config.metrics_listen, metrics);
    if (!started) return fail(kBadInput, started.error().message);
    server = std::move(*started);
    log.info("metrics are served", {{"port", server->port()}});
  }
  net::Context context;
  net::DealerOptions dealer;
  dealer.endpoint = config.coordinator;
  dealer.server_key = config.coordinator_key;
  dealer.keys = *keys;
  const Result<std::unique_ptr<net::DealerLink>> link = net::DealerLink::connect(context, dealer);
  if (!link) return fail(kBadInput, link.error().message);

  RegistryPool registries;
  JobRunner jobs({*builder, config.registry, config.state_dir, config.disk_free_bytes_min, Millis{10'000}}, **workspace, runner,
                 registries);
  Result<service::Notifier> manager = service::Notifier::from_environment();
  if (!manager) log.warning("no service manager", {{"error", manager.error().message}});
  service::Notifier notifier = manager ? std::move(*manager) : service::Notifier();
  LogOutbox outbox;
  Executor executor(jobs, outbox, inbox.waker);
  CacheKeeper caches(runner, *builder, **workspace, log,
                     {[&inbox](std::uint64_t bytes) { inbox.buildkit_bytes.push(bytes); },
                      [&inbox](const protocol::CachePruned& cleaned) { inbox.cleaned.push(cleaned); }});
  Prober prober(runner, *builder, log, [&inbox](const std::string& version) { inbox.buildkit_versions.push(version); });
  log.info(
      "farm-agent starts",
      {{"agent", config.name}, {"version", FARM_VERSION}, {"session", *session}, {"slots", config.slots}, {"address", config.coordinator}});
  AgentLoop loop({machine_options(config, *session), config.state_dir, **link, inbox, executor, outbox, *reports, **workspace, caches,
                  metrics, notifier, log});
  if (const Result<void> ended = loop.run(); !ended) {
    log.error("farm-agent fails", {{"error", ended.error().message}});
    return kFault;
  }
  log.info("farm-agent stops", {{"agent", config.name}});
  return 0;
}

int main_of(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::printf("farm-agent %s\n", FARM_VERSION);
    return 0;
  }
  if (argc != 3 || std::strcmp(argv[1], "--config") != 0) return fail(kBadInput, "usage: farm-agent --config FILE | --version");
  const Parsed<config::AgentConfig> config = config::load_agent_config(argv[2]);
  for (const Diagnostic& diagnostic : config.diagnostics) std::fprintf(stderr, "farm-agent: %s\n", to_string(diagnostic).c_str());
  if (!config.ok()) return kBadInput;
  return run(config.value);
}

}  // namespace
}  // namespace farm::agent

int main(int argc, char** argv) {
  try {
    return farm::agent::main_of(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "farm-agent: %s\n", failure.what());
    return 4;
  }
}
