// Purpose: takes agents' messages (authorised by the caller) to the scheduler and the logs, and refuses agents that farm can't work with.
#pragma once

#include <string>

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"
#include "coordinator/app/upkeep.hpp"

namespace farm::coordinator {

// Why an agent gets no work; empty: it may. BuildKit below 0.28.1 has known holes (facts.md section 4). An unknown version is let in: a
// builder that the host chose may not tell it.
std::string refusal_of(const protocol::AgentHeartbeat& heartbeat);

class Agents {
 public:
  Agents(Core& core, Effects& effects, JobLogs& logs, Upkeep& upkeep) : core_(core), effects_(effects), logs_(logs), upkeep_(upkeep) {}
  void take(const std::string& agent, const std::string& peer, const protocol::FromAgent& message);
  void gone(const std::string& agent) { effects_.run(scheduler::AgentDisconnected{agent}); }

 private:
  void keep_steps(const std::string& agent, const protocol::JobReport& report);

  Core& core_;
  Effects& effects_;
  JobLogs& logs_;
  Upkeep& upkeep_;
};

}  // namespace farm::coordinator
