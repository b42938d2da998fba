// Purpose: the coordinator's loop around the real Scheduler: records of a step first, in one batch, then the sends; it may crash before the
// batch, after it, or between two sends. Admission and verification are modelled.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "coordinator/scheduler/scheduler.hpp"
#include "tests/support/sim/sim_models.hpp"
#include "tests/support/sim/sim_network.hpp"

namespace farm::sim {

// What the coordinator tells a client.
struct ClientAnswer {
  enum class What : std::uint8_t { PushSlices, Status, Refused } what = What::Status;
  BuildId build;
  BuildState state = BuildState::Running;
};

class SimCoordinator {
 public:
  using ToAgent = std::function<void(const std::string& agent, const protocol::ToAgent&)>;

  SimCoordinator(World& world, Disk& disk, Registry& registry, const Universe& universe, Models& models, ToAgent to_agent);

  void start();  // the process: reads the disk, then ticks
  void crash();
  [[nodiscard]] bool up() const { return scheduler_.has_value(); }
  [[nodiscard]] const scheduler::Scheduler& scheduler() const { return *scheduler_; }

  // ---- messages that arrived; ignored while down
  void hear(const protocol::FromAgent& message, const std::string& agent);
  void disconnected(const std::string& agent);
  void drain(const std::string& agent, bool on);
  std::optional<ClientAnswer> submit(const Submission& submission);
  std::optional<ClientAnswer> slices_pushed(const std::string& token);
  std::optional<ClientAnswer> watch(const std::string& token);
  std::optional<ClientAnswer> cancel(const std::string& token);

 private:
  void tick(std::uint64_t life);
  void drop_old(scheduler::SavedState& saved);
  bool step(const scheduler::Event& event, const Submission* submission = nullptr);  // false: it crashed
  bool write(const std::vector<scheduler::Command>& commands, const Submission* submission);
  bool send_all(const std::vector<scheduler::Command>& commands);
  void send(const scheduler::Command& command);
  void verify(const scheduler::VerifyResult& request);
  bool crash_point();
  [[nodiscard]] bool has_result(const Key& key) const;
  [[nodiscard]] ClientAnswer status_of(const std::string& token) const;

  World& world_;
  Disk& disk_;
  Registry& registry_;
  const Universe& universe_;
  Models& models_;
  ToAgent to_agent_;
  std::optional<scheduler::Scheduler> scheduler_;
  std::uint64_t life_ = 0;
  std::set<std::pair<JobId, Fence>> running_;  // assignments that this life found running
};

}  // namespace farm::sim
