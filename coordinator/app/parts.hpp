// Purpose: what a Coordinator is made of, in the order of construction; the loop's dispatch. Private to coordinator/app.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>

#include "coordinator/app/agents.hpp"
#include "coordinator/app/board_publisher.hpp"
#include "coordinator/app/clients.hpp"
#include "coordinator/app/coordinator.hpp"
#include "coordinator/app/core.hpp"
#include "coordinator/app/figures.hpp"
#include "coordinator/app/reading.hpp"
#include "coordinator/app/registry_calls.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/restart.hpp"
#include "coordinator/app/upkeep.hpp"
#include "coordinator/http/action_desk.hpp"
#include "coordinator/http/api.hpp"
#include "coordinator/http/callers.hpp"
#include "coordinator/store/retention.hpp"
#include "shared/net/context.hpp"
#include "shared/net/gatekeeper.hpp"
#include "shared/net/keys.hpp"

namespace farm::coordinator {

scheduler::SchedulerOptions scheduler_options(const config::CoordinatorConfig& config);

struct Opened {
  std::unique_ptr<store::Store> store;
  net::KeyPair keys;
  net::KeyBook book;
};

struct Coordinator::Parts {
  Parts(const config::CoordinatorConfig& config_, log::Logger& log_, Opened opened);
  Result<void> start(net::KeyPair keys);  // sockets
  Result<void> start_http();
  Result<void> run(const std::function<void(Instant)>& turned);

  void drain_link();
  void drain_answers();
  void drain_rejections();
  void tick();
  void housekeeping();
  void forget_old(Result<store::PrunePlan> plan);
  void reload();
  void take(Arrived arrived);
  void take(const Unreadable& unreadable);
  void take(RegistryAnswer& answer);
  void drain_readings();
  void ended(const TagBoard::Ended& ended);
  [[nodiscard]] Millis sleep_time() const;

  const config::CoordinatorConfig config;
  log::Logger& log;
  std::string public_key;
  net::Waker waker;
  std::atomic<bool> stopping{false};
  std::atomic<bool> reloading{false};
  metrics::Metrics metrics;
  Health health;
  std::unique_ptr<store::Store> store;
  scheduler::Scheduler scheduler;
  net::Mailbox<net::Rejection> rejections{waker, 1'000};
  net::Mailbox<RegistryAnswer> answers{waker, 1'000'000};
  net::Mailbox<Reading::Then> readings{waker, 10'000};
  net::Context context;
  std::unique_ptr<net::Gatekeeper> gatekeeper;
  std::unique_ptr<Link> link;
  RegistryCalls calls;
  RegistryWork work;
  Reading reading;
  std::unique_ptr<Core> core;
  BuildBook book;
  RegistryMemory memory;
  std::unique_ptr<Figures> figures;
  std::unique_ptr<TagBoard> tags;
  std::unique_ptr<Watchers> watchers;
  std::unique_ptr<JobLogs> logs;
  std::unique_ptr<Effects> effects;
  std::unique_ptr<Submissions> submissions;
  std::unique_ptr<Upkeep> upkeep;
  std::unique_ptr<Clients> clients;
  std::unique_ptr<Agents> agents;
  Board board;
  std::unique_ptr<BoardPublisher> publisher;
  Callers callers{metrics};
  ActionDesk desk{[this] { waker.wake(); }};
  std::unique_ptr<Api> api;
  std::unique_ptr<http::Server> http;
  net::KeyBook first_book;
  Instant next_tick;
  Instant next_ping;
  Instant next_prune;
  bool more_frames = false;
  bool more_readings = false;
};

}  // namespace farm::coordinator
