// Purpose: one assignment from beginning to end on the calling thread: sources fetched, context laid out, buildx run,
// digest read, outcome judged. Always ends in a report; never throws. Several threads may run jobs at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/app/builder.hpp"
#include "agent/app/registry_pool.hpp"
#include "agent/build/buildx_command.hpp"
#include "agent/build/progress.hpp"
#include "agent/exec/process_runner.hpp"
#include "agent/workspace/workspace.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::agent {

enum class StopReason : std::uint8_t { None, Cancelled, TimedOut };

struct JobRunnerOptions {
  Builder builder;
  std::string registry;                   // instead of the one the coordinator names; empty: no
  std::string state_dir;                  // whose free disk counts
  std::uint64_t disk_free_bytes_min = 0;  // below it a job fails at once, and is tried on another host
  Millis term_grace{10'000};
};

// Called on the job's thread; must be quick.
struct JobHooks {
  std::function<void(const std::string& phase, std::uint32_t permille)> progress;
  std::function<void(std::string_view lines)> log;
};

class JobRunner {
 public:
  JobRunner(JobRunnerOptions options, workspace::Workspace& workspace, exec::ProcessRunner& runner, RegistryPool& registries)
      : options_(std::move(options)), workspace_(workspace), runner_(runner), registries_(registries) {}

  // After a stop request, `reason` says whether the job was cancelled or its time was over. The log is given as it
  // comes: redacting is the caller's.
  protocol::JobReport run(const protocol::StartJob& start, const JobHooks& hooks, std::stop_token stop,
                          const std::atomic<StopReason>& reason);

 private:
  struct Run;
  JobOutcome carry_out(Run& run);
  JobOutcome build(Run& run, const workspace::JobFiles& files);
  JobOutcome judge(Run& run, const workspace::JobFiles& files, const build::BuildProgress& progress, const exec::ProcessEnd& end);
  JobOutcome succeed(Run& run, const Digest& digest);
  [[nodiscard]] build::BuildxOptions buildx_options() const { return {options_.builder.command, options_.builder.name, options_.registry}; }
  oci::RegistryClient& registry_of(const protocol::StartJob& start);

  JobRunnerOptions options_;
  workspace::Workspace& workspace_;
  exec::ProcessRunner& runner_;
  RegistryPool& registries_;
};

}  // namespace farm::agent
