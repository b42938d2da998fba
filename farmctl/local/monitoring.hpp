// Purpose: Prometheus, and Grafana where it is installed, for a farm on one machine: their configuration from what the farm consists of,
// and the processes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "farmctl/local/layout.hpp"
#include "shared/base/result.hpp"

namespace farm::ctl {

struct MonitoringPrograms {
  std::string prometheus;
  std::string grafana;  // empty: not on this machine
};

// Error: NotFound, naming the package.
Result<MonitoringPrograms> find_monitoring_programs();

// True where `local up --monitoring` started it and nobody stopped it since.
bool monitoring_runs(const LocalLayout& layout);

// Writes the configuration and starts what does not run. A Prometheus that runs takes the new configuration up.
Result<void> start_monitoring(const LocalLayout& layout, const std::string& share, const MonitoringPrograms& programs);

// Where to look, for people: a line each for the console, Prometheus and Grafana.
std::string monitoring_addresses(const LocalLayout& layout, const std::string& share);

// ---- pure parts

// The file of Prometheus' targets for agents: one entry each, with the agent's name as a label.
std::string agent_targets(const std::vector<std::uint16_t>& ports);

}  // namespace farm::ctl
