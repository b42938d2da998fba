// Purpose: du, prune, clean.
#pragma once

#include <string>

#include "farmctl/commands/commands.hpp"

namespace farm::ctl {

struct PruneCommand {
  protocol::Prune prune;
  bool collect = true;  // the local registry's disk too
  bool verbose = false;
  Output output = Output::Text;
};
struct CleanCommand {
  ProjectOptions project;  // project_name, where given, is enough
  bool yes = false;
  bool force = false;
  bool dry_run = false;
  Output output = Output::Text;
};

ExitCode run_du(const GlobalOptions& global, Output output);
ExitCode run_prune(const GlobalOptions& global, const PruneCommand& command);
ExitCode run_clean(const GlobalOptions& global, const CleanCommand& command);

}  // namespace farm::ctl
