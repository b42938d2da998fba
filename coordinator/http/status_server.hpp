// Purpose: the coordinator over HTTP: /healthz (the process answers), /readyz (it can serve; otherwise 503 and what is wrong, one line
// each), /metrics (Prometheus), /api/v1/… (api.hpp, actions.hpp), everything else the console (console_files.hpp). Reads only thread-safe
// values. A Host that is not this coordinator's gets 421 (host_check.hpp), but for the first three: Prometheus asks by whatever name it was
// given, and a page that gets them learns numbers. Every answer forbids browsers to guess types, to load anything from elsewhere and to be
// framed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/metrics/metrics.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/http/server.hpp"

namespace farm::coordinator {

// What the loop knows about its own health; written by the loop, read by the HTTP threads.
class Health {
 public:
  void store_is(std::string problem);     // empty: fine
  void registry_is(std::string problem);  // empty: fine
  void loop_turned(Instant now);

  // What keeps the coordinator from serving, for people; empty: ready.
  [[nodiscard]] std::vector<std::string> problems(Instant now) const;

 private:
  mutable std::mutex mutex_;
  std::string store_ = "the store is not open yet";
  std::string registry_ = "the registry was not asked yet";
  Instant turned_;
};

constexpr Millis kLoopStallMax{5'000};  // a loop that did not turn for so long is a problem

class Api;
class ActionDesk;
class Callers;

struct StatusServerOptions {
  std::string listen;              // "host:port"; port 0: the kernel's choice
  std::string console_dir;         // empty: there is no console
  std::vector<std::string> hosts;  // names that it is asked by, beside addresses, localhost and this machine's own
};

// What the HTTP threads reach; all of it outlives the server.
struct Served {
  metrics::Metrics& metrics;
  const Health& health;
  Api& api;
  const Callers& callers;
  ActionDesk& desk;
};

// Errors: InvalidInput (not "host:port"), Unavailable (can't be bound). `clock`: thread-safe.
Result<std::unique_ptr<http::Server>> start_status_server(const StatusServerOptions& options, const Served& served, Instant (*clock)());

}  // namespace farm::coordinator
