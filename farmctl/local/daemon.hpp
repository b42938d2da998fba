// Purpose: processes that outlive farmctl: started in a session of their own, found again by a pid file that also holds the process's start
// time (so that a pid used again is not taken for ours), stopped by SIGTERM and after a while SIGKILL.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::ctl {

struct Daemon {
  std::string name;
  std::vector<std::string> command;                // absolute program first
  std::map<std::string, std::string> environment;  // beside this process's
  std::string pid_file;
  std::string log_file;  // stdout and stderr are appended
};

// The pid where it runs, 0 where it does not.
int running_pid(const std::string& pid_file);
// Does nothing where it runs. Error: Unavailable, with the log's place.
Result<void> start_daemon(const Daemon& daemon);
// Sends SIGTERM and doesn't wait. True where it ran.
bool ask_to_stop(const std::string& pid_file);
// True where it ran. Waits at most `patience` before SIGKILL.
bool stop_daemon(const std::string& pid_file, Millis patience);
// The last lines of a log, for a message; at most 2 KiB.
std::string log_tail(const std::string& log_file);

}  // namespace farm::ctl
