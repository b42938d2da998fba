// Purpose: farmctl up, down, and the log of a running service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "farmctl/commands/commands.hpp"

namespace farm::ctl {

struct UpCommand {
  SubmitCommand submit;  // how the services are built; project.services: what is started, with what it depends on
  bool detach = false;
};

// Builds, then starts by compose what was built, by digest. BuildFailed where a build fails (then nothing is started) or compose does.
ExitCode run_up(const GlobalOptions& global, const UpCommand& command);

struct DownCommand {
  std::string project_name;
  bool volumes = false;
  std::int64_t timeout_s = -1;  // for each container to end by itself; -1: compose's default
};
ExitCode run_down(const DownCommand& command);

struct LogsCommand {
  std::string word;  // as the user wrote it; empty: all services
  bool follow = false;
  std::optional<std::uint64_t> tail;  // of each container only so many of the last lines
};
// The log of a running service, if the word names one that `farmctl up` started from this folder (or one above it). No value: it doesn't.
std::optional<ExitCode> run_service_logs(const LogsCommand& command);

}  // namespace farm::ctl
