#include <cstdio>

#include <unistd.h>

#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/terminal.hpp"
#include "farmctl/doctor/checks.hpp"
#include "farmctl/probe/probe.hpp"

namespace farm::ctl {

ExitCode run_doctor(const GlobalOptions& global, const ProjectOptions& project, Output output) {
  doctor::Facts facts;
  facts.host = probe::host_facts();
  facts.project = probe::project_facts(project);
  probe::ask_farm(global, facts);
  const std::vector<doctor::Line> lines = doctor::examine(facts);
  const std::string text = output == Output::Json ? doctor::render_json(lines) : doctor::render_text(lines, can_colour(STDOUT_FILENO));
  std::fputs(text.c_str(), stdout);
  return doctor::worst(lines) == doctor::Level::Broken ? ExitCode::BuildFailed : ExitCode::Ok;
}

}  // namespace farm::ctl
