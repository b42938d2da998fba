#include "shared/oci/helper.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/snapshot/posix.hpp"

extern char** environ;

namespace farm::oci {
namespace {

using Clock = std::chrono::steady_clock;

// The input as a file without a name: no pipe that the helper could close on us.
Result<Fd> input_file(const std::string& input) {
  Fd fd(::memfd_create("farm-helper-input", MFD_CLOEXEC));
  if (!fd || ::pwrite(fd.get(), input.data(), input.size(), 0) != static_cast<ssize_t>(input.size())) {
    return posix_error(errno, "preparing a credential helper's input");
  }
  return fd;
}

Result<pid_t> spawn(const std::string& program, int in, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP);  // a group of its own, so that what it starts dies with it
  std::string name = program;
  std::array<char, 4> verb = {'g', 'e', 't', '\0'};
  std::array<char*, 3> arguments = {name.data(), verb.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, program.c_str(), &files, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return Error{ErrorKind::Unavailable, "running " + program + " (named in Docker's config.json): " + std::strerror(failed) +
                                             "; install it or run `docker login` without it"};
  }
  return pid;
}

Result<std::string> read_until_end(int fd, const std::string& program, std::size_t bytes_max, Clock::time_point end) {
  std::string output;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return Error{ErrorKind::Timeout, "running " + program + ": it gave no answer in time"};
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "running " + program);
    if (got == 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > bytes_max) return Error{ErrorKind::Overloaded, "running " + program + ": its answer is too long"};
  }
}

// Waits for the process, without reaping it.
bool ended_before(pid_t pid, Clock::time_point end) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  while (process) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{process.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left)) > 0) return true;
  }
  return false;
}

}  // namespace

Result<HelperAnswer> run_helper(const std::string& program, const std::string& input, std::size_t bytes_max, Millis timeout) {
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(timeout.value);
  const Result<Fd> in = input_file(input);
  if (!in) return in.error();
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return posix_error(errno, "running " + program);
  const Fd from_helper(pipe_ends[0]);
  Fd to_us(pipe_ends[1]);
  const Result<pid_t> pid = spawn(program, in->get(), to_us.get());
  if (!pid) return pid.error();
  to_us.close();
  Result<std::string> output = read_until_end(from_helper.get(), program, bytes_max, end);
  if (!output || !ended_before(*pid, end)) ::kill(-*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!output) return output.error();
  return HelperAnswer{WIFEXITED(status) ? WEXITSTATUS(status) : 128, *std::move(output)};
}

}  // namespace farm::oci
