// Purpose: what may be changed over HTTP, with a token: cancel a build, drain an agent and take that back. Asks for the page's origin, the
// token, then hands the action to the loop, which decides by the same rules as for farmctl. No cookie stands for anybody, no other origin
// gets a permission (no CORS), a body is not looked at. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "coordinator/http/action_desk.hpp"
#include "coordinator/http/callers.hpp"
#include "coordinator/http/host_check.hpp"
#include "coordinator/metrics/metrics.hpp"

namespace farm::coordinator {

// POST /api/v1/builds/{build}/cancel, /api/v1/agents/{agent}/drain, /api/v1/agents/{agent}/undrain. Nothing: the path is none of these.
// Errors: InvalidInput (no such build number, too long a name).
std::optional<Result<protocol::ClientRequestBody>> read_action(const std::string& path);

class Actions {
 public:
  // All outlive it.
  Actions(const HostCheck& hosts, const Callers& callers, ActionDesk& desk, metrics::Metrics& metrics)
      : hosts_(hosts), callers_(callers), desk_(desk), metrics_(metrics) {}

  // POST: 200 done (farm.done.v1), 400, 401, 403, 404, 405, 503.
  http::Answer answer(const http::Request& request);

 private:
  const HostCheck& hosts_;
  const Callers& callers_;
  ActionDesk& desk_;
  metrics::Metrics& metrics_;
};

}  // namespace farm::coordinator
