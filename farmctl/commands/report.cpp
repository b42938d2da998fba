#include <cstdio>

#include "farmctl/commands/commands.hpp"
#include "shared/json/status_json.hpp"

namespace farm::ctl {

ExitCode report(const Error& error, Output output) {
  const ExitCode code = exit_code_of(error.kind);
  std::fprintf(stderr, "farmctl: %s\n", error.message.c_str());
  if (output == Output::Json) std::fputs(render_error_json(error, static_cast<int>(code)).c_str(), stdout);
  return code;
}

}  // namespace farm::ctl
