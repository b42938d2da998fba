#include <chrono>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/probe/probe.hpp"

namespace farm::ctl::probe {
namespace {

constexpr Millis kAnswerTimeout{5'000};
constexpr std::uint32_t kBuildsMax = 100;

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Registry {
  std::string address;
  bool insecure = false;
};

Registry ask_coordinator(const config::ClientConfig& config, doctor::FarmFacts& facts) {
  Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(config);
  if (!client) {
    facts.unreachable = client.error();
    return {};
  }
  // The first answer waits for the connection; the second one's way is short, so the clocks are compared by it.
  if (const auto first = (*client)->ask_for<protocol::FarmInfo>(protocol::GetFarm{}, kAnswerTimeout, &interrupted); !first) {
    facts.unreachable = first.error();
    return {};
  }
  const std::int64_t before = wall_ms();
  const auto info = (*client)->ask_for<protocol::FarmInfo>(protocol::GetFarm{}, kAnswerTimeout, &interrupted);
  const std::int64_t after = wall_ms();
  if (!info) {
    facts.unreachable = info.error();
    return {};
  }
  facts.version = info->version;
  facts.key_name = info->key_name;
  facts.role = info->role;
  facts.zone = info->zone;
  facts.projects = info->projects;
  facts.round_trip = Millis{after - before};
  facts.skew = Millis{(before + after) / 2 - info->now_ms};
  if (auto agents = (*client)->ask_for<protocol::AgentList>(protocol::ListAgents{}, kAnswerTimeout, &interrupted))
    facts.agents = std::move(agents->agents);
  if (auto builds = (*client)->ask_for<protocol::BuildList>(protocol::ListBuilds{kBuildsMax}, kAnswerTimeout, &interrupted))
    facts.builds = std::move(builds->builds);
  const bool own = !config.registry.empty();
  return {own ? config.registry : info->registry, (own ? config.registry_insecure : info->registry_insecure) || config.registry_insecure};
}

}  // namespace

void ask_farm(const GlobalOptions& global, doctor::Facts& facts) {
  const Result<config::ClientConfig> config = find_farm(global.config);
  if (!config) {
    facts.farm.problem = config.error().message;
    return;
  }
  const bool local = facts.farm.local = is_local_farm(*config);
  facts.farm.coordinator = config->coordinator;
  facts.farm.where = local ? "the farm that `farmctl local up` started here" : "";
  facts.key = key_facts(config->key_file);
  const Registry registry = ask_coordinator(*config, facts.farm);
  if (registry.address.empty()) return;
  facts.registry = try_registry(registry.address, registry.insecure);
  if (!local && !facts.registry.push.done) {
    facts.builder.build = facts.builder.cache = doctor::Trial::none("nothing can be pushed from here");
  } else {
    facts.builder = local ? try_builder(registry.address) : try_own_builder(registry.address, registry.insecure);
  }
  ask_for_images(facts.registry, registry.insecure, facts.project);
}

}  // namespace farm::ctl::probe
