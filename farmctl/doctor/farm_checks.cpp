// Coordinator, agents, BuildKit.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "farmctl/doctor/line.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl::doctor {
namespace {

constexpr std::array<int, 3> kBuildkitMin = {0, 28, 1};
constexpr Millis kSkewMax{5'000};
constexpr Millis kSkewBroken{300'000};

// "v0.34.2" → {0, 34, 2}; false where it is no version.
bool read_version(std::string_view text, std::array<int, 3>& version) {
  if (text.starts_with('v')) text.remove_prefix(1);
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i + 1 == version.size()) return true;
    if (!text.starts_with('.')) return i == 1;  // "v0.8+unknown", of Docker 20.10
    text.remove_prefix(1);
  }
  return false;
}

bool is_old(const std::string& text) {
  std::array<int, 3> version{};
  return read_version(text, version) && version < kBuildkitMin;
}

Line config(const FarmFacts& farm) {
  const Draft draft("config", "the farm's configuration", "a file or variables that name a coordinator and a key");
  if (farm.problem.empty() && !farm.coordinator.empty())
    return draft.ok(farm.coordinator + (farm.where.empty() ? "" : " (" + farm.where + ")"));
  return draft.broken(farm.problem.empty() ? "no farm is configured" : farm.problem,
                      "`farmctl local up` starts a farm on this machine; else set FARM_COORDINATOR, or write ~/.config/farm/client.yaml");
}

Line coordinator(const FarmFacts& farm) {
  const Draft draft("coordinator", "the coordinator", "it answers");
  if (farm.coordinator.empty()) return draft.skipped("no farm is configured");
  if (!farm.unreachable) return draft.ok(farm.coordinator + ", version " + farm.version);
  const bool denied = farm.unreachable->kind == ErrorKind::Denied;
  return draft.broken(farm.unreachable->message, denied
                                                     ? "add this key to the coordinator's key book, and check `coordinator_key`"
                                                     : "start it (`farmctl local up`), or see whether its port can be reached from here");
}

Line role(const FarmFacts& farm) {
  const Draft draft("key-role", "what the key may do", "the role client or admin, to submit builds");
  if (farm.role.empty()) return draft.skipped("the coordinator was not asked");
  std::string found = "'" + farm.key_name + "' is " + farm.role + " in zone " + farm.zone;
  if (!farm.projects.empty()) found += ", for " + listed(farm.projects);
  if (farm.role == "client" || farm.role == "admin") return draft.ok(found);
  return draft.warning(found + ": it may look, not build", "change its role in the coordinator's key book");
}

Line clock(const FarmFacts& farm) {
  const Draft draft("clock", "clock skew to the coordinator", "less than " + format_duration(kSkewMax));
  if (farm.role.empty()) return draft.skipped("the coordinator was not asked");
  const Millis skew{std::abs(farm.skew.value)};
  const std::string found = format_duration(skew) + (farm.skew.value < 0 ? " behind" : " ahead") + " (known to " +
                            format_duration(Millis{farm.round_trip.value / 2}) + ")";
  const std::string mend = "let both machines keep time by NTP (`timedatectl set-ntp true`)";
  if (skew.value > kSkewBroken.value) return draft.broken(found, mend);
  return skew.value > kSkewMax.value ? draft.warning(found, mend) : draft.ok(found);
}

Line agents(const FarmFacts& farm) {
  const Draft draft("agents", "agents", "one or more that are up, none that is lost");
  if (farm.role.empty()) return draft.skipped("the coordinator was not asked");
  std::vector<std::string> up;
  std::vector<std::string> others;
  for (const AgentStatus& agent : farm.agents) {
    if (agent.state == "up") {
      up.push_back(agent.name);
    } else {
      others.push_back(agent.name + " is " + agent.state);
    }
  }
  if (up.empty()) {
    return draft.broken(others.empty() ? "none has ever been heard" : listed(others),
                        "start an agent (`farmctl local up`), or let one take jobs again (`farmctl undrain`)");
  }
  if (!others.empty()) return draft.warning(std::to_string(up.size()) + " up; " + listed(others), "see the log of farm-agent on its host");
  return draft.ok(std::to_string(up.size()) + " up: " + listed(up));
}

Line buildkit(const Facts& facts) {
  const Draft draft("buildkit", "BuildKit", "0.28.1 or newer, with every agent");
  std::vector<std::string> good;
  std::vector<std::string> bad;
  const auto judge = [&](const std::string& where, const std::string& version) {
    if (version.empty()) {
      bad.push_back("none answers on " + where);
    } else {
      (is_old(version) ? bad : good).push_back(version + " on " + where);
    }
  };
  for (const AgentStatus& agent : facts.farm.agents) {
    if (agent.state != "lost") judge(agent.name, agent.buildkit);
  }
  if (!facts.builder.version.empty() && facts.builder.own.empty()) judge("this machine", facts.builder.version);
  if (!bad.empty()) return draft.broken(listed(bad), "update BuildKit there (older ones have known security holes), and see that it runs");
  return good.empty() ? draft.skipped("no agent was heard, and there is none on this machine") : draft.ok(listed(good));
}

// What the coordinator told of builds that nobody can try from here.
std::string seen_of_builds(const FarmFacts& farm) {
  std::vector<std::string> versions;
  for (const AgentStatus& agent : farm.agents) {
    if (agent.state == "up" && !agent.buildkit.empty()) versions.push_back(agent.buildkit + " on " + agent.name);
  }
  std::string text = versions.empty() ? "" : "; its agents say that they build with " + listed(versions);
  for (const BuildSummary& build : farm.builds) {
    if (!is_final(build.state)) continue;
    return text + "; its newest build that ended, " + to_string(build.id) + " of " + build.project + ", " +
           std::string(to_string(build.state));
  }
  return text;
}

// Of a farm elsewhere. The user's own builder is no part of it: where that fails the farm may be well.
Line trial_from_here(const Draft& draft, const Facts& facts, const Trial& trial) {
  const BuilderFacts& builder = facts.builder;
  const std::string own =
      builder.own.empty() ? "" : "with this machine's builder '" + builder.own + "', BuildKit " + builder.version + ": ";
  if (trial.done) return draft.ok(own + trial.detail);
  if (!trial.problem.empty()) {
    return draft.warning(own + trial.problem,
                         "see that this machine's BuildKit reaches the farm's registry; builds of the farm don't need it");
  }
  return draft.skipped(own + trial.skipped + (facts.farm.local || facts.farm.role.empty() ? "" : seen_of_builds(facts.farm)));
}

Line trial(const Draft& draft, const Trial& trial, const std::string& mend) {
  if (trial.done) return draft.ok(trial.detail.empty() ? "done" : trial.detail);
  return trial.problem.empty() ? draft.skipped(trial.skipped) : draft.broken(trial.problem, mend);
}

}  // namespace

void examine_farm(const Facts& facts, std::vector<Line>& lines) {
  for (Line (*check)(const FarmFacts&) : {config, coordinator, role, clock, agents}) lines.push_back(check(facts.farm));
  lines.push_back(buildkit(facts));
  const Draft builder("builder", "a build of one file", "it succeeds");
  const Draft cache("cache", "a cache taken to the registry and back", "both succeed");
  if (!facts.farm.local) {
    lines.push_back(trial_from_here(builder, facts, facts.builder.build));
    lines.push_back(trial_from_here(cache, facts, facts.builder.cache));
    return;
  }
  lines.push_back(trial(builder, facts.builder.build,
                        "see BuildKit's log (`farmctl local status` says where it is); `farmctl local down` and `up` start it anew"));
  lines.push_back(trial(cache, facts.builder.cache, "see that BuildKit reaches the registry and may push to it"));
}

void examine_registry(const Facts& facts, std::vector<Line>& lines) {
  const RegistryFacts& registry = facts.registry;
  const std::string where = registry.address.empty() ? "the registry" : "registry " + registry.address;
  lines.push_back(trial(Draft("registry-push", where + ": push", "a blob and a manifest are taken"), registry.push,
                        "see that it runs, that this machine reaches it, and that you may push (`docker login`)"));
  lines.push_back(trial(Draft("registry-pull", where + ": pull", "they come back unchanged"), registry.pull,
                        "see that it runs and that you may pull (`docker login`)"));
  Line remove = trial(Draft("registry-delete", where + ": delete", "a manifest can be deleted, so that `farmctl prune` frees space"),
                      registry.remove, "switch deletion on (docker-registry: `storage.delete.enabled: true`)");
  if (remove.level == Level::Broken) remove.level = Level::Warning;  // builds go on without it
  lines.push_back(std::move(remove));
}

}  // namespace farm::ctl::doctor
