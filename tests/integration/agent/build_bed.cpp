#include "tests/integration/agent/build_bed.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "shared/archive/slice_archive.hpp"

namespace farm::agent {
namespace {

constexpr int kStartMsMax = 30'000;

constexpr const char* kProgram = R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char** words) {
  for (int i = 1; i < count; i++) printf("word %s\n", words[i]);
  fflush(stdout);
  if (count > 2 && !strcmp(words[1], "exit")) return (int)strtol(words[2], 0, 10);
  if (count > 1 && !strcmp(words[1], "wait")) for (;;) pause();
  if (count > 2 && !strcmp(words[1], "cat")) {
    FILE* file = fopen(words[2], "r");
    char text[256];
    if (!file) { perror(words[2]); return 3; }
    while (fgets(text, sizeof text, file)) printf("read %s\n", text);
  }
  if (count > 1 && !strcmp(words[1], "fail")) {
    fprintf(stderr, "error[E0308]: mismatched types\n --> src/main.rs:3:5\n");
    return 7;
  }
  return 0;
}
)";

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** variable = ::environ; *variable != nullptr; ++variable) out.emplace_back(*variable);
  return out;
}

}  // namespace

std::string tool_path(const std::string& name) {
  const char* tools = std::getenv("FARM_TOOLS_BIN");
  const char* path = std::getenv("PATH");
  std::string all = std::string(tools != nullptr ? tools : "") + ":" + (path != nullptr ? path : "") + ":";
  while (!all.empty()) {
    const std::size_t colon = all.find(':');
    const std::string program = all.substr(0, colon) + "/" + name;
    all.erase(0, colon + 1);
    if (program.size() > name.size() + 1 && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

std::string missing_tools() {
  for (const char* name : {"buildkitd", "buildx", "runc", "docker-registry", "gcc"}) {
    if (tool_path(name).empty())
      return std::string(name) + " is not there: tools/install.sh makes the tools; set FARM_TOOLS_BIN to their folder";
  }
  return ::geteuid() == 0 ? "" : "buildkitd needs root here";
}

RealBuildkit::RealBuildkit() {
  const std::string program = tool_path("buildkitd");
  const std::string address = this->address();
  const std::string root = dir_.at("root");
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execl(program.c_str(), "buildkitd", "--oci-worker-binary", "runc", "--containerd-worker=false", "--root", root.c_str(), "--addr",
            address.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  log_ = ends[0];
  std::string text;
  char buffer[4096];
  while (text.find("running server on") == std::string::npos) {
    pollfd wait{log_, POLLIN, 0};
    const ssize_t got = ::poll(&wait, 1, kStartMsMax) > 0 ? ::read(log_, buffer, sizeof(buffer)) : 0;
    if (got <= 0) {
      ADD_FAILURE() << "buildkitd did not start: " << text;
      break;
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
  drain_ = std::jthread([log = log_] {
    char bytes[4096];
    while (::read(log, bytes, sizeof(bytes)) > 0) {
    }
  });
}

// One that was killed left its mounts: the directory below them could not be removed.
static void unmount_below(const std::string& directory) {
  std::vector<std::string> mounts;
  std::ifstream table("/proc/self/mounts");
  for (std::string device, path, rest; table >> device >> path && std::getline(table, rest);) {
    if (path.starts_with(directory + "/")) mounts.push_back(path);
  }
  for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) ::umount2(mount->c_str(), MNT_DETACH);
}

void RealBuildkit::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

RealBuildkit::~RealBuildkit() {
  if (pid_ != 0) {
    // Orderly, so that it unmounts what is below the directory that goes now.
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  if (drain_.joinable()) drain_.join();
  ::close(log_);
  unmount_below(dir_.path());
}

BuildBed::BuildBed() {
  config.state_dir = dir.at("state");
  config.buildx = {tool_path("buildx")};
  config.buildkit.address = buildkit.address();
  Result<std::unique_ptr<workspace::Workspace>> opened = workspace::Workspace::open(config.state_dir, 1U << 30U);
  EXPECT_TRUE(opened);
  workspace = std::move(*opened);
  const Result<Builder> builder = make_builder(runner, config, environment());
  EXPECT_TRUE(builder) << builder.error().message;
  jobs = std::make_unique<JobRunner>(JobRunnerOptions{*builder, "", config.state_dir, 0, Millis{10'000}}, *workspace, runner, registries);
}

const std::string& BuildBed::program() {
  if (!program_.empty()) return program_;
  const std::string source = dir.write("program.c", kProgram);
  exec::ProcessSpec spec;
  spec.argv = {tool_path("gcc"), "-static", "-Os", "-s", "-o", dir.at("program"), source};
  spec.env = {"PATH=/usr/bin:/bin"};
  const Result<exec::ProcessText> made = exec::run_for_text(runner, spec, 10'000);
  EXPECT_TRUE(made && made->end.ok()) << (made ? made->err : made.error().message);
  return program_ = dir.read("program");
}

void BuildBed::add_slice(protocol::StartJob& start, const std::map<std::string, std::string>& files, bool executable) {
  std::vector<SliceFile> list;
  for (const auto& [path, bytes] : files) list.push_back(inline_file(path, bytes, executable ? FileMode::Executable : FileMode::Plain));
  const Slice slice = make_slice("s", std::move(list));
  const Result<PackedSlice> packed = pack_slice(slice, dir.path(), dir.at("packed"));
  ASSERT_TRUE(packed) << packed.error().message;
  const Result<void> pushed = registries.at(registry.address(), true).push_blob(start.slice_repository, packed->blob, dir.at("packed"));
  ASSERT_TRUE(pushed) << pushed.error().message;
  start.blobs.push_back({slice.id, packed->blob, packed->bytes});
  start.spec.slices.push_back({slice.id, false});
}

protocol::StartJob BuildBed::job(const std::string& dockerfile) {
  protocol::StartJob start;
  start.job = JobId{1};
  start.fence = Fence{++next_fence_};
  start.build_name = "it";
  start.registry = registry.address();
  start.registry_insecure = true;
  start.slice_repository = "farm/slices";
  start.spec.kind = JobKind::Image;
  start.spec.name = "image it";
  start.spec.repository = "it/image";
  start.spec.dockerfile = dockerfile;
  add_slice(start, {{"program", program()}}, true);
  return start;
}

protocol::JobReport BuildBed::run(const protocol::StartJob& start, std::stop_token stop) {
  log.clear();
  phases.clear();
  JobHooks hooks;
  hooks.log = [this](std::string_view text) {
    log += text;
    if (on_log) on_log(text);
  };
  hooks.progress = [this](const std::string& phase, std::uint32_t) {
    if (phases.empty() || phases.back() != phase) phases.push_back(phase);
  };
  return jobs->run(start, hooks, std::move(stop), reason);
}

}  // namespace farm::agent
