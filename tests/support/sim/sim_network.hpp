// Purpose: a network that drops, doubles, delays and so reorders messages, and that can be cut one way or both, per peer of the
// coordinator.
#pragma once

#include <set>
#include <utility>

#include "tests/support/sim/sim_world.hpp"

namespace farm::sim {

enum class Way : std::uint8_t { ToCoordinator, FromCoordinator };
using Peer = std::uint32_t;  // agents from 0, clients from kFirstClient
constexpr Peer kFirstClient = 100;

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  // `arrive` is carried out once, never or twice, some time later.
  void send(Peer peer, Way way, const std::function<void()>& arrive) {
    if (lost(peer, way)) {
      world_.note(1, peer, static_cast<std::uint64_t>(way), [&] { return "network: lost a message of peer " + std::to_string(peer); });
      return;
    }
    deliver(peer, way, arrive);
    if (world_.faults && world_.rng.chance(world_.options.double_permille)) deliver(peer, way, arrive);
  }

  void cut(Peer peer, Way way, bool on) { on ? void(cut_.insert({peer, way})) : void(cut_.erase({peer, way})); }
  // A connection that is dead until the peer reconnects.
  void break_link(Peer peer) { broken_.insert(peer); }
  void reconnect(Peer peer) { broken_.erase(peer); }
  void heal() { cut_.clear(); }  // broken links stay: reconnecting is the agent's job

 private:
  bool lost(Peer peer, Way way) {
    if (broken_.contains(peer) || cut_.contains({peer, way})) return true;
    return world_.faults && world_.rng.chance(world_.options.drop_permille);
  }
  void deliver(Peer peer, Way way, const std::function<void()>& arrive) {
    const Millis most = world_.faults ? world_.options.delay_most : Millis{20};
    world_.after(Millis{world_.rng.between(1, most.value)}, [this, peer, way, arrive] {
      if (!cut_.contains({peer, way}) && !broken_.contains(peer)) arrive();
    });
  }

  World& world_;
  std::set<std::pair<Peer, Way>> cut_;
  std::set<Peer> broken_;
};

}  // namespace farm::sim
