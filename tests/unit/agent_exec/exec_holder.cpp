// A stand-in for the agent: runs the program that it is given and relays its lines, until a test kills it.
#include <cstdio>

#include "agent/exec/process_runner.hpp"

int main(int argc, char** argv) {
  farm::exec::ProcessSpec spec;
  spec.argv.assign(argv + 1, argv + argc);
  farm::exec::PosixProcessRunner runner;
  const auto relay = [](std::string_view line, bool) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  };
  const farm::Result<farm::exec::ProcessEnd> end = runner.run(spec, {relay, relay}, {});
  return end ? end->exit_code : 99;
}
