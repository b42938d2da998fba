// Purpose: a real BuildKit and a real registry for one test, with data in temporary directories, and a small static
// program to run in images made FROM scratch, so that no base image is needed.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "agent/app/job_runner.hpp"
#include "tests/integration/oci/real_registry.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::agent {

// Empty where everything is there; else what is missing and how to get it. FARM_TOOLS_BIN: the folder with buildkitd
// and buildx.
std::string missing_tools();
std::string tool_path(const std::string& name);  // in FARM_TOOLS_BIN, else in PATH; empty: nowhere

class RealBuildkit {
 public:
  RealBuildkit();
  ~RealBuildkit();
  RealBuildkit(const RealBuildkit&) = delete;
  RealBuildkit& operator=(const RealBuildkit&) = delete;
  [[nodiscard]] std::string address() const { return "unix://" + dir_.at("bk.sock"); }
  void kill();  // SIGKILL

 private:
  test::TempDir dir_;
  pid_t pid_ = 0;
  int log_ = -1;
  std::jthread drain_;
};

// The agent's parts that run one job, put together as the agent does.
class BuildBed {
 public:
  BuildBed();

  // Packs the files (path → bytes) as a slice, pushes it and names it in the assignment.
  void add_slice(protocol::StartJob& start, const std::map<std::string, std::string>& files, bool executable = false);
  protocol::StartJob job(const std::string& dockerfile);
  protocol::JobReport run(const protocol::StartJob& start, std::stop_token stop = {});
  // A static program: prints its arguments; "exit N" ends with N; "wait" prints and sleeps until it is killed; "fail"
  // prints like rustc and ends with 7.
  const std::string& program();

  test::TempDir dir;
  RealBuildkit buildkit;
  test::RealRegistry registry;
  exec::PosixProcessRunner runner;
  RegistryPool registries;
  config::AgentConfig config;
  std::unique_ptr<workspace::Workspace> workspace;
  std::unique_ptr<JobRunner> jobs;
  std::string log;
  std::vector<std::string> phases;
  std::function<void(std::string_view)> on_log;
  std::atomic<StopReason> reason = StopReason::None;

 private:
  std::string program_;
  std::uint64_t next_fence_ = 0;
};

}  // namespace farm::agent

#define FARM_NEEDS_BUILDKIT()                                                                                \
  if (const std::string missing = ::farm::agent::missing_tools(); !missing.empty()) GTEST_SKIP() << missing; \
  static_assert(true)
