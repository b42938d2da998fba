#include "tests/integration/oci/real_registry.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace farm::test {
namespace {

constexpr int kStartMsMax = 20'000;

std::string config_of(const std::string& data, const std::string& htpasswd_file) {
  std::string text = "version: 0.1\nstorage:\n  filesystem: {rootdirectory: " + data + "}\n  delete: {enabled: true}\n" +
                     "http: {addr: \"127.0.0.1:0\"}\n";
  if (!htpasswd_file.empty()) text += "auth:\n  htpasswd: {realm: farm, path: " + htpasswd_file + "}\n";
  return text;
}

// The registry says on stderr which port it got.
std::string wait_for_address(int log) {
  std::string text;
  char buffer[4096];
  const std::string mark = "listening on 127.0.0.1:";
  while (true) {
    pollfd wait{log, POLLIN, 0};
    if (::poll(&wait, 1, kStartMsMax) <= 0) return "";
    const ssize_t got = ::read(log, buffer, sizeof(buffer));
    if (got <= 0) return "";
    text.append(buffer, static_cast<std::size_t>(got));
    const std::size_t at = text.find(mark);
    const std::size_t end = at == std::string::npos ? at : text.find('"', at);
    if (end == std::string::npos) continue;
    return "127.0.0.1:" + text.substr(at + mark.size(), end - at - mark.size());
  }
}

}  // namespace

std::string docker_registry_program() {
  const char* path = std::getenv("PATH");
  std::string all = std::string(path != nullptr ? path : "") + ":/usr/bin:";
  while (!all.empty()) {
    const std::size_t colon = all.find(':');
    const std::string program = all.substr(0, colon) + "/docker-registry";
    all.erase(0, colon + 1);
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

RealRegistry::RealRegistry(const Options& options) : data_(options.data.empty() ? dir_.at("data") : options.data) {
  const std::string htpasswd = options.htpasswd.empty() ? "" : dir_.write("htpasswd", options.htpasswd);
  const std::string config = dir_.write("config.yml", config_of(data_, htpasswd));
  const std::string program = docker_registry_program();
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execl(program.c_str(), "docker-registry", "serve", config.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  log_ = ends[0];
  address_ = wait_for_address(log_);
  EXPECT_FALSE(address_.empty()) << "docker-registry did not start";
  drain_ = std::jthread([log = log_] {  // or the pipe would fill and the registry would wait
    char buffer[4096];
    while (::read(log, buffer, sizeof(buffer)) > 0) {
    }
  });
}

void RealRegistry::stop() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

RealRegistry::~RealRegistry() {
  stop();
  if (drain_.joinable()) drain_.join();
  ::close(log_);
}

}  // namespace farm::test
