#include "tests/support/sim/sim_farm.hpp"

#include <cstdio>
#include <memory>
#include <vector>

#include "shared/base/assert.hpp"
#include "tests/support/sim/sim_agent.hpp"
#include "tests/support/sim/sim_client.hpp"
#include "tests/support/sim/sim_coordinator.hpp"

namespace farm::sim {
namespace {

const World* running_world = nullptr;  // for the assert hook only

void print_seed() {
  if (running_world == nullptr) return;
  std::fprintf(stderr, "simulated farm: FARM_SIM_SEED=%llu replays it. %s\n", static_cast<unsigned long long>(running_world->options.seed),
               describe(running_world->options).c_str());
  for (const std::string& line : running_world->trace()) std::fprintf(stderr, "  %s\n", line.c_str());
}

class Farm {
 public:
  Farm(const SimOptions& options, bool tracing)
      : world_(options, tracing),
        network_(world_),
        universe_(world_),
        models_(world_, disk_, registry_, universe_),
        coordinator_(world_, disk_, registry_, universe_, models_,
                     [this](const std::string& agent, const protocol::ToAgent& message) { to_agent(agent, message); }) {
    for (Peer peer = 0; peer < options.agents; ++peer) {
      agents_.push_back(std::make_unique<SimAgent>(
          world_, network_, registry_, universe_, models_, peer, [this, peer](const protocol::FromAgent& message, const std::string& name) {
            network_.send(peer, Way::ToCoordinator, [this, message, name] { coordinator_.hear(message, name); });
          }));
    }
    for (Peer peer = 0; peer < options.builds; ++peer) {
      clients_.push_back(std::make_unique<SimClient>(world_, network_, universe_, coordinator_, models_, kFirstClient + peer));
    }
  }

  SimResult run() {
    running_world = &world_;
    set_assert_hook(print_seed);
    begin();
    const Instant faults_end = world_.now + world_.options.fault_time;
    while (world_.now < faults_end && world_.turn()) {
    }
    heal();
    const Instant bound = world_.now + world_.options.calm_time_most;
    while (!all_ended() && world_.turn()) {
      if (world_.now > bound) complain();
    }
    const Instant quiet_end = world_.now + Millis{30'000};
    while (world_.now < quiet_end && !nothing_left() && world_.turn()) {
    }
    if (!world_.failure() && !nothing_left()) world_.fail("leftovers: " + leftovers());
    running_world = nullptr;
    set_assert_hook(nullptr);
    return result();
  }

 private:
  void begin() {
    coordinator_.start();
    for (auto& agent : agents_) world_.after(Millis{world_.rng.between(0, 2'000)}, [&agent] { agent->start(); });
    for (auto& client : clients_) world_.after(Millis{world_.rng.between(0, 6'000)}, [&client] { client->start(); });
    if (!world_.options.calm) next_fault();
  }

  void to_agent(const std::string& name, const protocol::ToAgent& message) {
    const Peer peer = static_cast<Peer>(name.at(1) - '0');
    network_.send(peer, Way::FromCoordinator, [this, peer, message] { agents_[peer]->hear(message); });
  }

  void next_fault() {
    world_.after(Millis{world_.rng.between(1, world_.options.fault_every.value)}, [this] {
      if (!world_.faults) return;
      fault();
      next_fault();
    });
  }

  void fault() {
    const SimOptions& o = world_.options;
    const std::uint32_t weights[] = {o.agent_crash_weight, o.agent_stop_weight,    o.coordinator_crash_weight,
                                     o.partition_weight,   o.broken_link_weight,   o.drain_weight,
                                     o.disconnect_weight,  o.registry_loss_weight, o.registry_away_weight};
    std::uint32_t sum = 0;
    for (const std::uint32_t weight : weights) sum += weight;
    if (sum == 0) return;
    auto drawn = static_cast<std::uint32_t>(world_.rng.below(sum));
    int which = 0;
    while (drawn >= weights[which]) drawn -= weights[which++];
    const auto peer = static_cast<Peer>(world_.rng.below(agents_.size()));
    SimAgent& agent = *agents_[peer];
    world_.note(40, static_cast<std::uint64_t>(which), peer,
                [&] { return "fault " + std::to_string(which) + " at a" + std::to_string(peer); });
    switch (which) {
      case 0: return crash_agent(agent);
      case 1: return agent.stop();
      case 2: return coordinator_.up() ? coordinator_.crash() : void();
      case 3: return partition(peer);
      case 4: return network_.break_link(peer);
      case 5: return coordinator_.drain(agent.name(), world_.rng.chance(500));
      case 6: return coordinator_.disconnected(agent.name());
      case 7: return lose_image();
      default: return registry_goes_away();
    }
  }

  void registry_goes_away() {
    if (registry_.away) return;
    registry_.away = true;
    world_.after(Millis{world_.rng.between(1, world_.options.registry_away_most.value)}, [this] { registry_.away = false; });
  }

  void crash_agent(SimAgent& agent) {
    if (!agent.up()) return;
    agent.crash();
    if (!world_.rng.chance(500)) return;
    world_.after(Millis{world_.rng.between(1, 300)}, [this, &agent] { coordinator_.disconnected(agent.name()); });
  }

  void partition(Peer peer) {
    const auto kind = world_.rng.below(3);
    const Millis length{world_.rng.between(500, 12'000)};
    for (const Way way : {Way::ToCoordinator, Way::FromCoordinator}) {
      if (kind != 2 && kind != static_cast<std::uint64_t>(way)) continue;
      network_.cut(peer, way, true);
      world_.after(length, [this, peer, way] { network_.cut(peer, way, false); });
    }
  }

  void lose_image() {
    if (disk_.results.empty()) return;
    auto lost = disk_.results.begin();
    std::advance(lost, static_cast<std::int64_t>(world_.rng.below(disk_.results.size())));
    if (registry_.images.erase(lost->second) > 0) models_.lost_image(lost->first);
  }

  void heal() {
    world_.faults = false;
    network_.heal();
    registry_.away = false;
    world_.note(41, 0, 0, [] { return std::string("the faults end"); });
    for (auto& agent : agents_) {
      // Drains of the operator are taken back, however often that must be said.
      lift_drain(*agent);
    }
  }

  void lift_drain(SimAgent& agent) {
    if (coordinator_.up()) return coordinator_.drain(agent.name(), false);
    world_.after(Millis{1'000}, [this, &agent] { lift_drain(agent); });
  }

  [[nodiscard]] bool all_ended() const {
    for (const auto& client : clients_) {
      if (!client->ended()) return false;
    }
    return true;
  }

  void complain() {
    for (const auto& client : clients_) {
      if (client->ended()) continue;
      std::string why = "the coordinator is down";
      if (coordinator_.up()) {
        why = "not known";
        if (const scheduler::Build* build = coordinator_.scheduler().find_token(client->submission().token)) {
          why = std::string(to_string(build->state));
          for (const JobId id : build->jobs) {
            const scheduler::Job* job = coordinator_.scheduler().find_job(id);
            if (job != nullptr && !is_final(job->state)) {
              why += "; job " + to_string(id) + " " + std::string(to_string(job->state)) + " at " + job->agent + ": " +
                     coordinator_.scheduler().explain(id, world_.now);
            }
          }
        }
      }
      return world_.fail("liveness: " + client->submission().token + " did not end: " + why);
    }
  }

  [[nodiscard]] bool nothing_left() const { return leftovers().empty(); }

  [[nodiscard]] std::string leftovers() const {
    if (!coordinator_.up()) return "the coordinator is down";
    for (const auto& [id, job] : coordinator_.scheduler().jobs()) {
      if (!is_final(job.state)) return "job " + to_string(id) + " is open";
    }
    for (const auto& agent : agents_) {
      if (!agent->up()) return agent->name() + " is down";
      if (agent->machine()->held_count() != 0) return agent->name() + " holds jobs that nobody waits for";
      const scheduler::Agent* known = coordinator_.scheduler().find_agent(agent->name());
      if (known == nullptr || !known->up) return agent->name() + " is not known to be up";
    }
    return {};
  }

  SimResult result() {
    SimResult result;
    result.ok = !world_.failure().has_value();
    result.hash = world_.hash() ^ world_.rng.next();
    result.virtual_ms = world_.now.ms - 1'000'000;
    result.counts = models_.counts;
    if (result.ok) return result;
    result.failure = *world_.failure() + "\n  at t=" + std::to_string(result.virtual_ms) +
                     " ms; FARM_SIM_SEED=" + std::to_string(world_.options.seed) + " replays it\n  " + describe(world_.options);
    for (const std::string& line : world_.trace()) result.failure += "\n    " + line;
    return result;
  }

  World world_;
  Network network_;
  Disk disk_;
  Registry registry_;
  Universe universe_;
  Models models_;
  SimCoordinator coordinator_;
  std::vector<std::unique_ptr<SimAgent>> agents_;
  std::vector<std::unique_ptr<SimClient>> clients_;
};

}  // namespace

SimResult run_farm(std::uint64_t seed, const Planted& planted, bool tracing) {
  const SimOptions options = draw_options(seed, planted);
  return Farm(options, tracing).run();
}

SimResult run_farm_explained(std::uint64_t seed, const Planted& planted) {
  SimResult result = run_farm(seed, planted);
  return result.ok ? result : run_farm(seed, planted, true);
}

}  // namespace farm::sim
