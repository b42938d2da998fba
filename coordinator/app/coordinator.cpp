#include "coordinator/app/coordinator.hpp"

#include <utility>

#include "coordinator/app/clock.hpp"
#include "coordinator/app/explain.hpp"
#include "coordinator/app/parts.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/http/console_files.hpp"

namespace farm::coordinator {
namespace {

constexpr std::uint32_t kRegistryThreads = 4;
constexpr std::size_t kRegistryWaitingMax = 20'000;
constexpr std::size_t kReadingsWaitingMax = 256;

Result<Opened> open_files(const config::CoordinatorConfig& config) {
  Opened opened;
  Result<net::KeyPair> keys = net::read_key_file(config.key_file);
  if (!keys) return std::move(keys).error().with("reading the coordinator's key");
  opened.keys = std::move(*keys);
  Result<net::KeyBook> book = net::load_key_book(config.key_book);
  if (!book) return std::move(book).error().with("reading the key book");
  opened.book = std::move(*book);
  Result<std::unique_ptr<store::Store>> store = store::open_rocks_store({config.state_dir, false});
  if (!store) return std::move(store).error().with("opening the state in " + config.state_dir);
  opened.store = std::move(*store);
  return opened;
}

}  // namespace

scheduler::SchedulerOptions scheduler_options(const config::CoordinatorConfig& config) {
  const auto seconds = [](std::uint32_t value) { return Millis{static_cast<std::int64_t>(value) * 1'000}; };
  scheduler::SchedulerOptions options;
  options.agent_silence = seconds(config.agent_lost_after_s);
  options.job_timeout = seconds(config.job_timeout_s);
  options.build_timeout = seconds(config.build_timeout_s);
  options.no_agents_grace = seconds(config.no_agent_grace_s);
  options.impossible_grace = std::min(options.impossible_grace, options.no_agents_grace);
  return options;
}

Coordinator::Parts::Parts(const config::CoordinatorConfig& config_, log::Logger& log_, Opened opened)
    : config(config_),
      log(log_),
      public_key(opened.keys.public_key),
      store(std::move(opened.store)),
      scheduler(scheduler_options(config_)),
      calls(config_),
      work(
          kRegistryThreads, kRegistryWaitingMax, [this](const RegistryRequest& request) { return calls.perform(request); },
          [this](RegistryAnswer answer) { answers.push(std::move(answer)); }, metrics),
      reading(kReadingsWaitingMax, [this](Reading::Then then) { readings.push(std::move(then)); }),
      first_book(std::move(opened.book)) {
  metrics.set(metrics::Metric::BuildInfo, 1, {"coordinator", FARM_VERSION});
}

Result<void> Coordinator::Parts::start(net::KeyPair keys) {
  const auto on_rejected = [this](const net::Rejection& rejection) { rejections.push(rejection); };
  Result<std::unique_ptr<net::Gatekeeper>> gate = net::Gatekeeper::start(context, first_book, on_rejected);
  if (!gate) return std::move(gate).error();
  gatekeeper = std::move(*gate);
  net::RouterOptions options;
  options.endpoint = config.listen;
  options.keys = std::move(keys);
  Result<std::unique_ptr<net::RouterLink>> router = net::RouterLink::bind(context, options);
  if (!router) return std::move(router).error().with("listening on " + config.listen);
  link = std::make_unique<Link>(std::move(*router));
  core = std::make_unique<Core>(
      Core{config, *store, scheduler, log, metrics, health, *link, work, reading, first_book, read_clock(), std::nullopt});
  figures = std::make_unique<Figures>(*core);
  tags = std::make_unique<TagBoard>(*core, memory);
  watchers = std::make_unique<Watchers>(*core, book);
  logs = std::make_unique<JobLogs>(*core);
  effects = std::make_unique<Effects>(*core, book, memory, *tags, *watchers, *logs);
  submissions = std::make_unique<Submissions>(*core, book, memory, *tags, *effects);
  upkeep = std::make_unique<Upkeep>(*core, book, memory, *effects, *submissions);
  clients = std::make_unique<Clients>(*core, book, *effects, *submissions, *watchers, *logs, *upkeep);
  agents = std::make_unique<Agents>(*core, *effects, *logs, *upkeep);
  if (auto restored = restore(*core, book); !restored) return restored.error();
  resume(*core, book, *effects);
  if (core->broken) return *core->broken;
  health.store_is("");
  health.loop_turned(core->now);
  return config.http_listen.empty() ? Result<void>{} : start_http();
}

Result<void> Coordinator::Parts::start_http() {
  const auto explain = [this](const BuildStatus& build, const JobStatus& job) { return explain_down(*store, build, job); };
  const Api::About about{FARM_VERSION, clients_registry(config), core->now, config.http_read == "token"};
  api = std::make_unique<Api>(*store, board, health, callers, &read_clock, about, explain);
  publisher = std::make_unique<BoardPublisher>(*core, book, board);
  publisher->flush({}, false);
  const std::string console = find_console(config.console_dir);
  callers.book_is(core->book);
  const StatusServerOptions options{config.http_listen, console, config.http_hosts};
  Result<std::unique_ptr<http::Server>> server = start_status_server(options, {metrics, health, *api, callers, desk}, &read_clock);
  if (!server) return std::move(server).error();
  http = std::move(*server);
  return {};
}

Coordinator::Coordinator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Coordinator::~Coordinator() = default;

Result<std::unique_ptr<Coordinator>> Coordinator::start(const config::CoordinatorConfig& config, log::Logger& log) {
  Result<Opened> opened = open_files(config);
  if (!opened) return std::move(opened).error();
  net::KeyPair keys = opened->keys;
  auto parts = std::make_unique<Parts>(config, log, std::move(*opened));
  if (auto started = parts->start(std::move(keys)); !started) return started.error();
  return std::unique_ptr<Coordinator>(new Coordinator(std::move(parts)));
}

Result<void> Coordinator::run(const std::function<void(Instant)>& turned) { return parts_->run(turned); }

void Coordinator::stop() noexcept {
  parts_->stopping.store(true);
  parts_->waker.wake();
}

void Coordinator::reload_keys() noexcept {
  parts_->reloading.store(true);
  parts_->waker.wake();
}

std::string Coordinator::endpoint() const { return parts_->link->router().endpoint(); }
std::uint16_t Coordinator::http_port() const { return parts_->http ? parts_->http->port() : 0; }
std::string Coordinator::public_key() const { return parts_->public_key; }

}  // namespace farm::coordinator
