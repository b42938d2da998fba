#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "farmctl/client/find_farm.hpp"
#include "farmctl/probe/probe.hpp"

namespace farm::ctl::probe {
namespace {

constexpr std::size_t kTextBytesMax = 1U << 20U;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread
  return value == nullptr ? "" : value;
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

doctor::HostFacts host_facts() {
  doctor::HostFacts facts;
  facts.farmctl_version = FARM_VERSION;
  facts.cpus = std::thread::hardware_concurrency();
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0) facts.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  std::string folder = variable("XDG_CACHE_HOME");
  if (folder.empty()) folder = variable("HOME");
  struct statvfs space{};
  if (!folder.empty() && ::statvfs(folder.c_str(), &space) == 0) {
    facts.disk_folder = folder;
    facts.disk_free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  }
  for (const char* name : {"DOCKER_BUILDKIT", "COMPOSE_DOCKER_CLI_BUILD", "BUILDKIT_PROGRESS"}) {
    if (const std::string value = variable(name); !value.empty()) facts.environment[name] = value;
  }
  return facts;
}

doctor::KeyFacts key_facts(const std::string& file) {
  doctor::KeyFacts facts;
  facts.file = file;
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    facts.problem = "can't be read: there is no such file, or no permission";
    return facts;
  }
  facts.mode = status.st_mode & 07777U;
  if (const Result<net::KeyPair> keys = read_own_key(file); !keys) facts.problem = keys.error().message;
  return facts;
}

Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& environment, int seconds) {
  std::string line = "exec env";
  for (const std::string& entry : environment) line += " " + quoted(entry);
  line += " timeout -k 5 " + std::to_string(seconds);
  for (const std::string& word : argv) line += " " + quoted(word);
  FILE* pipe = ::popen((line + " 2>&1 </dev/null").c_str(), "re");
  if (pipe == nullptr) return {127, "no process could be made"};
  Ran ran;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    if (ran.text.size() < kTextBytesMax) ran.text.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return ran;
}

}  // namespace farm::ctl::probe
