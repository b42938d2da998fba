// Purpose: a client that submits until it is answered, pushes its slices, watches until its build ends, and sometimes cancels.
#pragma once

#include <functional>

#include "tests/support/sim/sim_coordinator.hpp"

namespace farm::sim {

class SimClient {
 public:
  SimClient(World& world, Network& network, const Universe& universe, SimCoordinator& coordinator, Models& models, Peer peer);

  void start() { act(); }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const Submission& submission() const { return submission_; }

 private:
  void act();  // says what it wants now, again and again until it has ended
  void answered(const ClientAnswer& answer);
  void ask(const std::function<std::optional<ClientAnswer>()>& request);

  World& world_;
  Network& network_;
  SimCoordinator& coordinator_;
  Models& models_;
  Peer peer_;
  Submission submission_;
  enum class Phase : std::uint8_t { Submitting, Pushing, Watching } phase_ = Phase::Submitting;
  Instant cancel_at_{INT64_MAX};
  bool ended_ = false;
};

}  // namespace farm::sim
