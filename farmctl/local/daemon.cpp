#include "farmctl/local/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace farm::ctl {
namespace {

constexpr std::size_t kTailBytes = 2'048;

// Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot. Empty where there is no such process or it is a zombie.
std::string start_time(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22 && fields >> field; ++i) {
    if (i == 3 && field == "Z") return "";
  }
  return field;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_of(const Daemon& daemon) {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!daemon.environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : daemon.environment) variables.push_back(name + "=" + value);
  return variables;
}

// In the child: only calls that are safe after fork. Never returns.
[[noreturn]] void become(const char* program, char** arguments, char** variables, int log, int null, int report) {
  ::setsid();
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(program, arguments, variables);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

int running_pid(const std::string& pid_file) {
  std::ifstream file(pid_file);
  int pid = 0;
  std::string started;
  if (!(file >> pid >> started) || pid <= 0) return 0;
  return start_time(pid) == started ? pid : 0;
}

Result<void> start_daemon(const Daemon& daemon) {
  if (running_pid(daemon.pid_file) != 0) return {};
  const int log = ::open(daemon.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int report[2] = {-1, -1};
  if (log < 0 || null < 0 || ::pipe2(report, O_CLOEXEC) != 0) {
    return Error{ErrorKind::Unavailable, "starting " + daemon.name + ": " + daemon.log_file + " can't be opened: " + std::strerror(errno)};
  }
  std::vector<std::string> command = daemon.command;
  std::vector<std::string> variables = environment_of(daemon);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> environment = pointers(variables);
  const pid_t pid = ::fork();
  if (pid == 0)
    become(command.front().c_str(), const_cast<char**>(arguments.data()), const_cast<char**>(environment.data()), log, null, report[1]);
  ::close(report[1]);
  ::close(log);
  ::close(null);
  int error = 0;
  const bool failed = pid < 0 || ::read(report[0], &error, sizeof error) > 0;
  ::close(report[0]);
  if (failed) {
    return Error{ErrorKind::Unavailable,
                 "starting " + daemon.name + ": " + daemon.command.front() + ": " + std::strerror(error == 0 ? errno : error)};
  }
  std::ofstream file(daemon.pid_file, std::ios::trunc);
  file << pid << ' ' << start_time(pid) << '\n';
  return {};
}

bool ask_to_stop(const std::string& pid_file) {
  const int pid = running_pid(pid_file);
  return pid != 0 && ::kill(pid, SIGTERM) == 0;
}

bool stop_daemon(const std::string& pid_file, Millis patience) {
  const int pid = running_pid(pid_file);
  if (pid == 0) return false;
  ::kill(pid, SIGTERM);
  constexpr std::int64_t kStep = 50;
  for (std::int64_t waited = 0; waited < patience.value && running_pid(pid_file) == pid; waited += kStep) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kStep));
    ::waitpid(pid, nullptr, WNOHANG);  // where it is our own child
  }
  if (running_pid(pid_file) == pid) ::kill(pid, SIGKILL);
  ::unlink(pid_file.c_str());
  return true;
}

std::string log_tail(const std::string& log_file) {
  std::ifstream file(log_file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text.size() <= kTailBytes ? text : text.substr(text.size() - kTailBytes);
}

}  // namespace farm::ctl
