// Purpose: farmctl's verbs. Each takes its options, talks to people on the streams given by main, and answers an exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "farmctl/client/interrupt.hpp"
#include "farmctl/client/read_project.hpp"
#include "farmctl/exit_code.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::ctl {

enum class Output { Text, Json, Dot };

struct GlobalOptions {
  std::string config;  // --config
  bool quiet = false;
};

// What to leave for a CI system. Empty: nothing.
enum class Annotations { Auto, None, GitHub, GitLab };
struct CiOptions {
  std::string junit;                            // file, replaced
  std::string summary;                          // file, appended to
  Annotations annotations = Annotations::Auto;  // Auto: as the environment says
};

struct SubmitCommand {
  ProjectOptions project;
  CiOptions ci;
  protocol::SubmitOptions options;
  bool detach = false;
  Output output = Output::Text;
};

// `ended` (may be null) gets the build where it came to its end.
ExitCode run_submit(const GlobalOptions& global, const SubmitCommand& command, BuildStatus* ended = nullptr);
ExitCode run_plan(const ProjectOptions& project, Output output);
ExitCode run_watch(const GlobalOptions& global, std::uint64_t build, Output output);
struct JobLogCommand {
  std::uint64_t build = 0;  // 0: the newest
  std::string job;
  bool follow = false;
  std::optional<std::uint64_t> tail;  // only so many of the last lines that are there already
};
ExitCode run_logs(const GlobalOptions& global, const JobLogCommand& command);
ExitCode run_ps(const GlobalOptions& global, std::uint32_t count, Output output);
ExitCode run_agents(const GlobalOptions& global, Output output);
ExitCode run_drain(const GlobalOptions& global, const std::string& agent, bool drain);
ExitCode run_cancel(const GlobalOptions& global, std::uint64_t build);
ExitCode run_doctor(const GlobalOptions& global, const ProjectOptions& project, Output output);
ExitCode run_keys_new(const std::string& file, const std::string& name, const std::string& role);
ExitCode run_keys_show(const std::string& file, const std::string& name, const std::string& role);

// "farmctl: message" on stderr, and the exit code that fits. With Output::Json also farm.error.v1 on stdout, so that whoever reads JSON
// gets JSON whatever happens.
ExitCode report(const Error& error, Output output = Output::Text);

}  // namespace farm::ctl
