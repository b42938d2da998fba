// Purpose: farmctl init.
#pragma once

#include "farmctl/commands/commands.hpp"

namespace farm::ctl {

struct InitCommand {
  ProjectOptions project;
  bool force = false;    // replace files that differ
  bool dry_run = false;  // write nothing
  Output output = Output::Text;
};

// Ok: every file is now as init would write it. BuildFailed (1): some differ and were kept, or --dry-run found some that differ.
ExitCode run_init(const InitCommand& command);

}  // namespace farm::ctl
