#include "farmctl/local/monitoring.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScrapeInterval = "5s";
constexpr const char* kKeepTime = "--storage.tsdb.retention.time=15d";
constexpr const char* kKeepSize = "--storage.tsdb.retention.size=1GB";
constexpr const char* kGrafanaHome = "/usr/share/grafana";
constexpr int kReadyTries = 300;
constexpr std::chrono::milliseconds kReadyStep{100};
// What the files under dashboards/grafana/provisioning say, for a Grafana that Ansible sets up.
constexpr const char* kDeployedDashboards = "/var/lib/farm-dashboards";
constexpr const char* kDeployedPrometheus = "http://127.0.0.1:9090";

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  std::ofstream file(path + ".new", std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) fs::rename(path + ".new", path, error);
  if (!file || error) return Error{ErrorKind::Unavailable, "writing " + path + ": no room or no permission"};
  return {};
}

std::string http_of(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

// The status of a GET at the port of the loopback interface; 0: no answer.
int http_status(std::uint16_t port, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  const timeval patience{2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
  char answer[16] = {};
  int status = 0;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()) &&
      ::recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0) {
    const std::string_view line(answer);  // "HTTP/1.0 200 OK"
    if (line.starts_with("HTTP/1.") && line.size() >= 12) std::from_chars(line.data() + 9, line.data() + 12, status);
  }
  ::close(fd);
  return status;
}

// Until it answers; one that still reads its files says 503.
Result<void> wait_until_ready(const LocalLayout& layout, const std::string& name, std::uint16_t port, const std::string& path) {
  for (int i = 0; i < kReadyTries && running_pid(layout.pid_file(name)) != 0; ++i) {
    if (const int status = http_status(port, path); status > 0 && status < 500) return {};
    std::this_thread::sleep_for(kReadyStep);
  }
  return Error{ErrorKind::Unavailable,
               name + " did not come up; the end of " + layout.log_file(name) + ":\n" + log_tail(layout.log_file(name))};
}

Result<void> start(const LocalLayout& layout, const std::string& name, std::vector<std::string> command,
                   std::map<std::string, std::string> environment, std::uint16_t port, const std::string& ready) {
  if (running_pid(layout.pid_file(name)) == 0) std::fprintf(stderr, "starting %s\n", name.c_str());
  const Daemon daemon{name, std::move(command), std::move(environment), layout.pid_file(name), layout.log_file(name)};
  if (const Result<void> started = start_daemon(daemon); !started) return started;
  return wait_until_ready(layout, name, port, ready);
}

Result<void> start_prometheus(const LocalLayout& layout, const std::string& share, const std::string& program) {
  const std::string agents = layout.path("prometheus-agents.yml");
  const std::string file = layout.path("prometheus.yml");
  const Result<std::string> config = fill_template(share, "prometheus.yml",
                                                   {{"scrape_interval", kScrapeInterval},
                                                    {"rules", share + "/dashboards/prometheus"},
                                                    {"coordinator", layout.http_address()},
                                                    {"agents", agents}});
  if (!config) return config.error();
  if (const Result<void> written = write_file(agents, agent_targets(layout.ports.agent_metrics)); !written) return written;
  const bool changed = text_of(file) != *config;
  if (const Result<void> written = write_file(file, *config); !written) return written;
  if (const int pid = running_pid(layout.pid_file("prometheus")); pid != 0 && changed) ::kill(pid, SIGHUP);
  return start(layout, "prometheus",
               {program, "--config.file=" + file, "--storage.tsdb.path=" + layout.path("prometheus"), kKeepTime, kKeepSize,
                "--web.listen-address=127.0.0.1:" + std::to_string(layout.ports.prometheus)},
               {}, layout.ports.prometheus, "/-/ready");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

Result<void> start_grafana(const LocalLayout& layout, const std::string& share, const std::string& program) {
  const std::string dashboards = share + "/dashboards/grafana";
  const std::string provisioning = layout.path("grafana/provisioning");
  for (const char* name : {"/dashboards/farm.yml", "/datasources/prometheus.yml"}) {
    const std::string text = text_of(dashboards + "/provisioning" + name);
    if (text.empty()) return Error{ErrorKind::NotFound, dashboards + "/provisioning" + name + " can't be read"};
    const std::string own =
        replaced(replaced(text, kDeployedDashboards, dashboards), kDeployedPrometheus, http_of(layout.ports.prometheus));
    if (const Result<void> written = write_file(provisioning + name, own); !written) return written;
  }
  // On loopback, to look at: who can reach it could read Prometheus as well.
  return start(layout, "grafana", {program, "--homepath", kGrafanaHome},
               {{"GF_PATHS_PROVISIONING", provisioning},
                {"GF_PATHS_DATA", layout.path("grafana/data")},
                {"GF_PATHS_LOGS", layout.path("grafana/log")},
                {"GF_SERVER_HTTP_ADDR", "127.0.0.1"},
                {"GF_SERVER_HTTP_PORT", std::to_string(layout.ports.grafana)},
                {"GF_AUTH_ANONYMOUS_ENABLED", "true"},
                {"GF_ANALYTICS_REPORTING_ENABLED", "false"},
                {"GF_ANALYTICS_CHECK_FOR_UPDATES", "false"}},
               layout.ports.grafana, "/api/health");
}

}  // namespace

Result<MonitoringPrograms> find_monitoring_programs() {
  MonitoringPrograms programs{find_in_path("prometheus"), find_in_path("grafana-server")};
  if (programs.prometheus.empty()) {
    return Error{ErrorKind::NotFound,
                 "starting a local farm with --monitoring: prometheus was not found; `apt-get install --no-install-recommends prometheus`, "
                 "or leave --monitoring out"};
  }
  return programs;
}

bool monitoring_runs(const LocalLayout& layout) { return running_pid(layout.pid_file("prometheus")) != 0; }

Result<void> start_monitoring(const LocalLayout& layout, const std::string& share, const MonitoringPrograms& programs) {
  if (const Result<void> started = start_prometheus(layout, share, programs.prometheus); !started) return started;
  return programs.grafana.empty() ? Result<void>{} : start_grafana(layout, share, programs.grafana);
}

std::string monitoring_addresses(const LocalLayout& layout, const std::string& share) {
  std::string text = "console     http://" + layout.http_address() + "/\nprometheus  " + http_of(layout.ports.prometheus) + "/\n";
  if (running_pid(layout.pid_file("grafana")) != 0) return text + "grafana     " + http_of(layout.ports.grafana) + "/dashboards\n";
  return text + "grafana     not on this machine; farm's dashboards and their provisioning are in " + share + "/dashboards/grafana\n";
}

std::string agent_targets(const std::vector<std::uint16_t>& ports) {
  if (ports.empty()) return "[]\n";
  std::string text;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    text += "- targets: [\"127.0.0.1:" + std::to_string(ports[i]) + "\"]\n";
    text += "  labels: {agent: " + agent_name(static_cast<std::uint32_t>(i + 1)) + "}\n";
  }
  return text;
}

}  // namespace farm::ctl
