#include "farmctl/local/local_farm.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "farmctl/commands/commands.hpp"
#include "farmctl/local/layout.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kStopPatience{20'000};

// Agents first, so that they can say goodbye; the registry last, because BuildKit may still push.
int stop_rank(const std::string& part) {
  if (part == "coordinator") return 1;
  if (part == "buildkitd") return 2;
  if (part == "registry") return 3;
  return 0;
}

}  // namespace

ExitCode run_local_down(const LocalOptions& options) {
  Result<LocalLayout> layout = open_layout();
  if (!layout) return report(layout.error());
  std::vector<std::string> names = parts(*layout);
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return stop_rank(a) < stop_rank(b); });
  for (const std::string& name : names) {
    if (stop_daemon(layout->pid_file(name), kStopPatience)) std::fprintf(stderr, "stopped %s\n", name.c_str());
  }
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
  for (const std::string& name : parts(*layout)) {
    const int pid = running_pid(layout->pid_file(name));
    all = all && pid != 0;
    std::string where = "state in " + layout->path(name);
    if (name == "registry") where = "http://" + layout->registry_address();
    if (name == "buildkitd") where = "unix://" + layout->buildkit_socket();
    if (name == "coordinator") where = layout->coordinator_endpoint() + ", http://" + layout->http_address() + "/metrics";
    rows.push_back({name, pid == 0 ? "stopped" : std::to_string(pid), where, layout->log_file(name)});
  }
  std::fputs(render_columns(rows).c_str(), stdout);
  std::printf("farmctl finds this farm by itself; its configuration is %s\n", layout->path("client.yaml").c_str());
  return all ? ExitCode::Ok : ExitCode::Unreachable;
}

}  // namespace farm::ctl
