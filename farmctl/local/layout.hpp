// Purpose: where a local farm's files and ports are, and which programs it is made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "farmctl/local/daemon.hpp"
#include "shared/base/result.hpp"

namespace farm::ctl {

// Ports are drawn once and kept in a file, so that addresses stay over restarts; one that is taken by somebody else is drawn anew.
struct LocalPorts {
  std::uint16_t registry = 0;
  std::uint16_t coordinator = 0;
  std::uint16_t http = 0;
  std::vector<std::uint16_t> agent_metrics;
  std::uint16_t prometheus = 0;  // these two: 0 until monitoring was asked for
  std::uint16_t grafana = 0;
};

struct LocalLayout {
  std::string root;  // "$XDG_STATE_HOME/farm/local"
  LocalPorts ports;
  std::uint32_t slots = 2;  // jobs at a time on each agent
  std::string buildkit{};   // what it builds with: builder.hpp

  // As the farm was last started.
  [[nodiscard]] std::uint32_t agents() const { return static_cast<std::uint32_t>(ports.agent_metrics.size()); }

  [[nodiscard]] std::string path(const std::string& name) const { return root + "/" + name; }
  [[nodiscard]] std::string pid_file(const std::string& name) const { return root + "/run/" + name + ".pid"; }
  [[nodiscard]] std::string log_file(const std::string& name) const { return root + "/log/" + name + ".log"; }
  [[nodiscard]] std::string registry_address() const { return "127.0.0.1:" + std::to_string(ports.registry); }
  [[nodiscard]] std::string coordinator_endpoint() const { return "tcp://127.0.0.1:" + std::to_string(ports.coordinator); }
  [[nodiscard]] std::string http_address() const { return "127.0.0.1:" + std::to_string(ports.http); }
  [[nodiscard]] std::string buildkit_socket() const { return root + "/run/buildkitd.sock"; }
  // "unix://…". Docker's is where DOCKER_HOST says.
  [[nodiscard]] std::string buildkit_address() const;
};

inline std::string agent_name(std::uint32_t number) { return "local-" + std::to_string(number); }

// The existing farm's layout. NotFound where there is none.
Result<LocalLayout> open_layout();
// Makes folders and draws ports. `agents` and `slots` of 0: as the farm was last started (at first one agent with two slots).
// An empty `buildkit` is the one of last time, too.
Result<LocalLayout> make_layout(std::uint32_t agents, bool monitoring = false, std::uint32_t slots = 0, const std::string& buildkit = "");
// Names of all parts that have a pid file.
std::vector<std::string> parts(const LocalLayout& layout);

// Those of them that are agents beyond the farm's number.
std::vector<std::string> surplus_agents(const LocalLayout& layout);

struct Programs {
  std::string registry;
  std::string buildkitd;  // empty where the farm starts none
  std::string buildx;
  std::string coordinator;
  std::string agent;
  std::string share;  // folder that holds deploy/: the source tree, or PREFIX/share/farm
};
// In PATH or /usr/bin; empty where it is in neither.
std::string find_in_path(const std::string& name);
// Errors: NotFound naming what is missing and how to get it. A buildkitd is made and wanted only where the farm starts it.
Result<Programs> find_programs(bool own_buildkit = true);

// The text of deploy/templates/NAME with {{ key }} replaced. Error: NotFound, Internal (a key without a value).
Result<std::string> fill_template(const std::string& share, const std::string& name, const std::map<std::string, std::string>& values);

// Runs a program to its end; the first megabyte of its standard output. Its standard error goes to ours. Error: Unavailable with the exit
// status.
Result<std::string> run_program(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment);

}  // namespace farm::ctl
