#include "farmctl/local/local_farm.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "farmctl/commands/commands.hpp"
#include "farmctl/local/builder.hpp"
#include "farmctl/local/garbage_lock.hpp"
#include "farmctl/local/layout.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kStopPatience{20'000};
constexpr std::chrono::milliseconds kGoodbye{500};  // for agents without jobs; also keeps two signals apart

// Agents first, so that they can say goodbye; the registry last, because BuildKit may still push.
int stop_rank(const std::string& part) {
  if (part == "coordinator" || part == "prometheus" || part == "grafana") return 1;
  if (part == "buildkitd") return 2;
  if (part == "registry") return 3;
  return 0;
}

// Asked once, an agent finishes what it runs, which may take minutes; asked again it ends its jobs, and the next `up` starts them anew.
// All agents at the same time: each alone would wait for its own.
void end_agents(const LocalLayout& layout, const std::vector<std::string>& names) {
  const auto ask = [&] {
    bool any = false;
    for (const std::string& name : names) any = (stop_rank(name) == 0 && ask_to_stop(layout.pid_file(name))) || any;
    return any;
  };
  if (!ask()) return;
  std::this_thread::sleep_for(kGoodbye);
  ask();
}

// The parts that were ever started and not stopped, and those that the farm consists of.
std::vector<std::string> expected_parts(const LocalLayout& layout) {
  std::vector<std::string> names = parts(layout);
  std::vector<std::string> needed = {"coordinator", "registry"};
  if (layout.buildkit == kOwnBuildkit) needed.emplace_back("buildkitd");
  for (std::uint32_t i = 1; i <= layout.agents(); ++i) needed.push_back(agent_name(i));
  for (const std::string& name : needed) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ExitCode run_local_down(const LocalOptions& options) {
  Result<LocalLayout> layout = open_layout();
  if (!layout && layout.error().kind == ErrorKind::NotFound) {
    std::fprintf(stderr, "there is no local farm to stop\n");  // as after a second `down`
    return ExitCode::Ok;
  }
  if (!layout) return report(layout.error());
  std::vector<std::string> names = parts(*layout);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return std::pair(stop_rank(a), a) < std::pair(stop_rank(b), b); });
  std::erase_if(names, [&](const std::string& name) { return running_pid(layout->pid_file(name)) == 0; });
  end_agents(*layout, names);
  std::error_code none;
  std::filesystem::remove(layout->path(kCollectingMark), none);  // what is stopped now is meant to be
  for (const std::string& name : names) {
    stop_daemon(layout->pid_file(name), kStopPatience);
    std::error_code ignored;
    std::filesystem::remove(layout->pid_file(name), ignored);  // of an agent that ended when it was asked
    std::fprintf(stderr, "stopped %s\n", name.c_str());
  }
  if (names.empty()) std::fprintf(stderr, "the local farm does not run\n");
  if (options.purge) {
    std::error_code error;
    std::filesystem::remove_all(layout->root, error);
    if (error) return report({ErrorKind::Unavailable, "removing " + layout->root + ": " + error.message()});
    std::fprintf(stderr, "removed %s\n", layout->root.c_str());
  }
  return ExitCode::Ok;
}

ExitCode run_local_status(const LocalOptions& /*options*/) {
  Result<LocalLayout> layout = open_layout();
  if (!layout) return report(layout.error());
  std::vector<std::vector<std::string>> rows = {{"PART", "PID", "WHERE", "LOG"}};
  bool all = true;
  for (const std::string& name : expected_parts(*layout)) {
    const int pid = running_pid(layout->pid_file(name));
    all = all && pid != 0;
    std::string where = "state in " + layout->path(name);
    if (name == "registry") where = "http://" + layout->registry_address();
    if (name == "prometheus") where = "http://127.0.0.1:" + std::to_string(layout->ports.prometheus);
    if (name == "grafana") where = "http://127.0.0.1:" + std::to_string(layout->ports.grafana);
    if (name == "buildkitd") where = "unix://" + layout->buildkit_socket();
    if (name == "coordinator") where = layout->coordinator_endpoint() + ", console http://" + layout->http_address() + "/";
    rows.push_back({name, pid == 0 ? "stopped" : std::to_string(pid), where, layout->log_file(name)});
  }
  std::fputs(render_columns(rows).c_str(), stdout);
  if (layout->buildkit == kDockerBuildkit) std::printf("it builds with this machine's Docker\n");
  if (layout->buildkit.starts_with("unix://")) std::printf("it builds with the BuildKit at %s\n", layout->buildkit.c_str());
  if (!all) std::printf("`farmctl local up` starts what is stopped\n");
  std::printf("farmctl finds this farm by itself; its configuration is %s\n", layout->path("client.yaml").c_str());
  return all ? ExitCode::Ok : ExitCode::Unreachable;
}

}  // namespace farm::ctl
