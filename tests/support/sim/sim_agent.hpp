// Purpose: an agent's shell around the real AgentMachine: processes that take virtual time, crashes, restarts, a new session for each life.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/core/agent_machine.hpp"
#include "tests/support/sim/sim_models.hpp"
#include "tests/support/sim/sim_network.hpp"

namespace farm::sim {

class SimAgent {
 public:
  using ToCoordinator = std::function<void(const protocol::FromAgent&, const std::string& agent)>;

  SimAgent(World& world, Network& network, Registry& registry, const Universe& universe, Models& models, Peer peer, ToCoordinator send);

  void start();
  void crash();
  void stop();  // SIGTERM
  void hear(const protocol::ToAgent& message);
  [[nodiscard]] bool up() const { return machine_.has_value(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::optional<agent::AgentMachine>& machine() const { return machine_; }

 private:
  using Run = std::pair<JobId, Fence>;
  void tick(std::uint64_t life);
  void step(const agent::AgentEvent& event);
  void carry_out(const agent::AgentCommand& command);
  void execute(const protocol::StartJob& start);
  void end_run(std::uint64_t life, Run run, protocol::JobReport report);
  void check_cancel(const protocol::CancelJob& cancel);
  [[nodiscard]] protocol::JobReport fate_of(const protocol::StartJob& start, const Key& key, Millis& duration);

  World& world_;
  Network& network_;
  Registry& registry_;
  const Universe& universe_;
  Models& models_;
  Peer peer_;
  std::string name_;
  ToCoordinator send_;
  std::optional<agent::AgentMachine> machine_;
  std::uint64_t life_ = 0;  // kept on the agent's disk: becomes the session
  std::uint32_t slots_ = 1;
  std::map<Run, bool> running_;  // true: it was told to end
};

}  // namespace farm::sim
