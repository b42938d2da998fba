#include "agent/exec/spawn.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace farm::exec {
namespace {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{ErrorKind::Overloaded, std::string("no pipe: ") + std::strerror(errno)};
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// The program's path. Done before the fork: between fork and exec only async-signal-safe calls are allowed.
Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody changes our environment
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return Error{ErrorKind::NotFound, "no program \"" + name + "\" in PATH: install it, or name its path in the configuration"};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execve doesn't write
  out.push_back(nullptr);
  return out;
}

struct ChildPlan {
  const char* program;
  char** argv;
  char** env;
  const char* directory;  // null: unchanged
  pid_t parent;
  int null_fd;
  int out_fd;
  int err_fd;
  int failure_fd;
};

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);  // NOLINT: refused ones (KILL, STOP) stay as they are
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Runs in the child. Async-signal-safe calls only; never returns.
[[noreturn]] void become(const ChildPlan& plan) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above: then nobody would tell us.
  const bool orphan = ::getppid() != plan.parent;
  const bool ready = !orphan && ::dup2(plan.null_fd, 0) == 0 && ::dup2(plan.out_fd, 1) == 1 && ::dup2(plan.err_fd, 2) == 2 &&
                     (plan.directory == nullptr || ::chdir(plan.directory) == 0);
  if (ready) {
    reset_signals();
    // All of ours are close-on-exec; this is for descriptors that a library opened without the flag.
    ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    ::execve(plan.program, plan.argv, plan.env);
  }
  const int failure = errno;
  const ssize_t ignored = ::write(plan.failure_fd, &failure, sizeof failure);
  static_cast<void>(ignored);
  ::_exit(127);
}

// The errno of a failed exec; 0 where it succeeded (the pipe was closed by it).
int read_failure(int fd) {
  int failure = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd, &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof failure) ? failure : 0;
}

Error exec_error(const std::string& program, int failure) {
  const std::string text = "can't run \"" + program + "\": " + std::strerror(failure);
  if (failure == ENOENT || failure == ENOTDIR) return Error{ErrorKind::NotFound, text};
  if (failure == EACCES || failure == EPERM || failure == ENOEXEC) return Error{ErrorKind::Denied, text};
  if (failure == E2BIG) return Error{ErrorKind::Overloaded, text};
  return Error{ErrorKind::Unavailable, text};
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Child> spawn(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) return Error{ErrorKind::InvalidInput, "can't run a program without a name"};
  Result<std::string> program = find_program(spec.argv[0]);
  if (!program) return program.error();
  Result<Pipe> out = make_pipe();
  Result<Pipe> err = make_pipe();
  Result<Pipe> failure = make_pipe();
  if (!out) return out.error();
  if (!err) return err.error();
  if (!failure) return failure.error();
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.open()) return Error{ErrorKind::Overloaded, std::string("can't open /dev/null: ") + std::strerror(errno)};

  std::vector<char*> argv = pointers(spec.argv);
  std::vector<char*> env = pointers(spec.env);
  const ChildPlan plan{program->c_str(),    argv.data(), env.data(),       spec.directory.empty() ? nullptr : spec.directory.c_str(),
                       ::getpid(),          null.get(),  out->write.get(), err->write.get(),
                       failure->write.get()};
  Child child;
  child.pid = ::fork();
  if (child.pid < 0) return Error{ErrorKind::Overloaded, std::string("can't fork: ") + std::strerror(errno)};
  if (child.pid == 0) become(plan);

  failure->write.reset();
  if (const int code = read_failure(failure->read.get()); code != 0) {
    ::waitpid(child.pid, nullptr, 0);
    return exec_error(spec.directory.empty() || code != ENOENT ? *program : *program + " in " + spec.directory, code);
  }
  child.pidfd = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0U)));
  if (!child.pidfd.open()) {
    const int code = errno;
    ::kill(-child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    return Error{ErrorKind::Overloaded, std::string("can't watch a process (Linux 5.3 is needed): ") + std::strerror(code)};
  }
  child.out = std::move(out->read);
  child.err = std::move(err->read);
  set_nonblocking(child.out.get());
  set_nonblocking(child.err.get());
  return child;
}

}  // namespace farm::exec
