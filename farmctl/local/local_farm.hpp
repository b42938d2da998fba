// Purpose: a farm on one machine without configuration: registry, BuildKit, coordinator and agents as processes of this user, on loopback,
// with generated keys, data below the user's state directory. The same programs with the same flags as elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "farmctl/exit_code.hpp"

namespace farm::ctl {

struct LocalOptions {
  std::uint32_t agents = 0;  // these two: 0 as the farm was last started, at first one agent with two slots
  std::uint32_t slots = 0;
  std::vector<std::string> images;
  std::string stand_ins = "auto";
  std::string buildkit;  // builder.hpp; empty: the one of last time, at first farm's own
  bool purge = false;
  bool monitoring = false;  // Prometheus too, and Grafana where it is installed
};

// Starts what does not run yet, and stops agents beyond the number that is asked for; doing it twice is harmless.
ExitCode run_local_up(const LocalOptions& options);
ExitCode run_local_down(const LocalOptions& options);
ExitCode run_local_status(const LocalOptions& options);

}  // namespace farm::ctl
