#include "farmctl/client/compose_program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "farmctl/render/up_state.hpp"

namespace farm::ctl {
namespace {

volatile std::sig_atomic_t terminated = 0;

void on_terminate(int) { terminated = 1; }

std::vector<char*> arguments_of(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

// What `<program> version --short` prints; "" where it doesn't answer.
std::string version_of(const std::string& program) {
  FILE* pipe = ::popen((program + " version --short 2>/dev/null </dev/null").c_str(), "re");
  if (pipe == nullptr) return "";
  char buffer[256];
  const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe);
  std::string text(buffer, size);
  if (::pclose(pipe) != 0) return "";
  return text.substr(0, text.find_first_of("\r\n "));
}

// Signals while another program has the terminal.
class ForegroundSignals {
 public:
  ForegroundSignals() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &interrupt_);
    struct sigaction hand_on{};
    hand_on.sa_handler = on_terminate;
    ::sigaction(SIGTERM, &hand_on, &terminate_);
    terminated = 0;
  }
  ForegroundSignals(const ForegroundSignals&) = delete;
  ForegroundSignals& operator=(const ForegroundSignals&) = delete;
  ~ForegroundSignals() {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGTERM, &terminate_, nullptr);
  }

 private:
  struct sigaction interrupt_{};
  struct sigaction terminate_{};
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    if (terminated != 0) ::kill(child, SIGTERM);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

}  // namespace

Result<std::vector<std::string>> find_compose() {
  const std::vector<std::vector<std::string>> known = {{"docker", "compose"}, {"docker-compose"}};
  std::string too_old;
  for (const std::vector<std::string>& command : known) {
    const std::string program = command.size() == 2 ? command[0] + " " + command[1] : command[0];
    const std::string version = version_of(program);
    if (version.empty()) continue;
    if (is_new_enough_compose(version)) return command;
    too_old = program + " " + version;
  }
  if (!too_old.empty())
    return Error{ErrorKind::Unsupported, "starting services needs compose 2.24.4 or newer, and here is " + too_old + "; upgrade it"};
  return Error{ErrorKind::NotFound,
               "starting services needs `docker compose` or `docker-compose`, and neither answers; install Docker's compose plugin "
               "(`farmctl submit` builds without it)"};
}

Result<int> run_in_foreground(const std::vector<std::string>& command) {
  const ForegroundSignals signals;
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGINT);
  ::sigaddset(&usual, SIGTERM);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::fflush(stdout);
  std::fflush(stderr);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, command.front().c_str(), nullptr, &attributes, arguments_of(command).data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return Error{ErrorKind::NotFound, "starting " + command.front() + ": " + std::strerror(failed)};  // NOLINT(concurrency-mt-unsafe)
  return wait_for(child);
}

}  // namespace farm::ctl
