// Purpose: the coordinator over HTTP: /healthz (the process answers), /readyz (it can serve; otherwise 503 and what is wrong, one line
// each), /metrics (Prometheus), /api/v1/… (api.hpp), everything else the console (console_files.hpp). Read-only; reads only thread-safe
// values. Every answer forbids browsers to guess types, to load anything from elsewhere and to be framed.
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

struct StatusServerOptions {
  std::string listen;       // "host:port"; port 0: the kernel's choice
  std::string console_dir;  // empty: there is no console
};

// Errors: InvalidInput (not "host:port"), Unavailable (can't be bound). `metrics`, `health`, `api` outlive the server. `clock`:
// thread-safe.
Result<std::unique_ptr<http::Server>> start_status_server(const StatusServerOptions& options, const metrics::Metrics& metrics,
                                                          const Health& health, Api& api, Instant (*clock)());

}  // namespace farm::coordinator
