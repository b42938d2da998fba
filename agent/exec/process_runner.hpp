// Purpose: runs one program to its end, in a session and process group of its own, so that all it started can be ended
// with it.
//
// The child sees: the given environment and nothing else, /dev/null as stdin, no descriptor of ours, default signals.
// When this process dies, however it dies, the kernel kills the child (PR_SET_PDEATHSIG): no buildx goes on for a job
// that nobody holds. Once the child has ended, whatever is left of its group is killed. run() blocks its thread; the
// thread that calls it must live as long as the child, which it does by waiting here. Any number of threads may run
// programs at the same time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/exec/line_reader.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::exec {

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0]: a path, or a name that is looked up in this process's PATH
  std::vector<std::string> env;   // "NAME=value"
  std::string directory;          // empty: where we are
  Millis timeout;                 // 0: none
  Millis term_grace{10'000};      // between SIGTERM and SIGKILL to the group, after a stop request or the timeout
  std::size_t line_bytes_max = limits::kLogLineBytesMax;
};

// Called on the thread that calls run(), in the order of the bytes of each stream. May be empty.
struct ProcessSinks {
  LineSink out;
  LineSink err;
};

struct ProcessEnd {
  int exit_code = 0;       // 128 + signal where a signal ended it
  int signal = 0;          // 0: it exited by itself
  bool timed_out = false;  // ended by us because the time was over
  bool stopped = false;    // ended by us because of the stop request
  Millis wall;
  [[nodiscard]] bool ok() const { return exit_code == 0 && signal == 0 && !timed_out && !stopped; }
};

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  // Errors: NotFound (no such program), Denied (not executable), Overloaded (no process or descriptor left),
  // InvalidInput (empty argv). A program that fails is no Error.
  virtual Result<ProcessEnd> run(const ProcessSpec& spec, const ProcessSinks& sinks, std::stop_token stop) = 0;
};

class PosixProcessRunner final : public ProcessRunner {
 public:
  Result<ProcessEnd> run(const ProcessSpec& spec, const ProcessSinks& sinks, std::stop_token stop) override;
};

struct ProcessText {
  ProcessEnd end;
  std::string out;
  std::string err;
};
// For short programs: the first `bytes_max` bytes of each stream, in lines.
Result<ProcessText> run_for_text(ProcessRunner& runner, const ProcessSpec& spec, std::size_t bytes_max, std::stop_token stop = {});

}  // namespace farm::exec
