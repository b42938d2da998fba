// Purpose: what the parts of the coordinator's loop share. Owned by EventLoop, used by the loop's thread only (the members that other
// threads use say so themselves).
#pragma once

#include <optional>
#include <string>

#include "coordinator/http/status_server.hpp"
#include "coordinator/metrics/metrics.hpp"
#include "coordinator/net/link.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "coordinator/store/store.hpp"
#include "shared/config/config.hpp"
#include "shared/log/log.hpp"
#include "shared/net/key_book.hpp"

namespace farm::coordinator {

class Reading;
class RegistryWork;

struct Core {
  const config::CoordinatorConfig& config;
  store::Store& store;
  scheduler::Scheduler& scheduler;
  log::Logger& log;
  metrics::Metrics& metrics;
  Health& health;
  Link& link;
  RegistryWork& registry;
  Reading& reading;
  net::KeyBook book;            // who may speak; replaced on SIGHUP
  Instant now;                  // of this turn of the loop
  std::optional<Error> broken;  // the loop can't go on (the store does not take records): it ends with this
};

}  // namespace farm::coordinator
