// Purpose: the reference implementation of compose on this machine: found, asked for its version, run in the foreground.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::ctl {

// {"docker", "compose"} or {"docker-compose"}: the first that answers. Errors: NotFound naming what is missing, Unsupported (too old).
Result<std::vector<std::string>> find_compose();

// Runs a program with our streams and waits for its end, whatever signal comes: Ctrl-C reaches it by itself, SIGTERM is handed on.
// The exit status; 128 + the signal that ended it. Error: NotFound where it can't be started.
Result<int> run_in_foreground(const std::vector<std::string>& command);

}  // namespace farm::ctl
