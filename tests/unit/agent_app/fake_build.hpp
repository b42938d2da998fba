// A buildx that does what a test says, and the parts around it.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>

#include "agent/app/job_runner.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::agent {

class ScriptedBuildx final : public exec::ProcessRunner {
 public:
  using Script = std::function<exec::ProcessEnd(const exec::ProcessSpec&, const exec::ProcessSinks&, const std::stop_token&)>;
  Result<exec::ProcessEnd> run(const exec::ProcessSpec& spec, const exec::ProcessSinks& sinks, std::stop_token stop) override {
    return script(spec, sinks, stop);
  }
  Script script;
};

// Where the command says the digest goes.
inline std::string metadata_path(const exec::ProcessSpec& spec) {
  const std::string option = "--metadata-file=";
  for (const std::string& word : spec.argv) {
    if (word.rfind(option, 0) == 0) return word.substr(option.size());
  }
  return "";
}

// Waits for the stop request, as a build that is cancelled does.
inline exec::ProcessEnd wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
  exec::ProcessEnd end;
  end.stopped = true;
  end.signal = 15;
  return end;
}

inline constexpr const char* kSomeDigest = "sha256:5555555555555555555555555555555555555555555555555555555555555555";

struct FakeBed {
  FakeBed() {
    workspace = std::move(*workspace::Workspace::open(dir.path(), 1'000));
    jobs = std::make_unique<JobRunner>(JobRunnerOptions{{{"buildx"}, "farm", {"PATH=/bin"}}, "", dir.path(), 0, Millis{10}}, *workspace,
                                       buildx, registries);
    // A port that nothing listens on: the size of a result stays unknown, and nothing waits for it.
    start.registry = "127.0.0.1:1";
    start.registry_insecure = true;
    start.job = JobId{1};
    start.fence = Fence{1};
    start.spec.name = "image a";
    start.spec.repository = "it/a";
    start.spec.dockerfile = "FROM scratch\n";
  }
  test::TempDir dir;
  ScriptedBuildx buildx;
  RegistryPool registries;
  std::unique_ptr<workspace::Workspace> workspace;
  std::unique_ptr<JobRunner> jobs;
  protocol::StartJob start;
};

}  // namespace farm::agent
