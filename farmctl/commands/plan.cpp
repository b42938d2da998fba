#include <cstdio>

#include "farmctl/commands/commands.hpp"
#include "farmctl/render/plan_text.hpp"

namespace farm::ctl {

ExitCode run_plan(const ProjectOptions& options, Output output) {
  Result<ReadProject> project = read_project(options);
  if (!project) return report(project.error(), output);
  const Plan& plan = project->plan.plan;
  const std::string text = output == Output::Json  ? render_plan_json(plan)
                           : output == Output::Dot ? render_plan_dot(plan)
                                                   : render_plan_tree(plan);
  std::fputs(text.c_str(), stdout);
  for (const Diagnostic& diagnostic : project->diagnostics) std::fprintf(stderr, "%s\n", to_string(diagnostic).c_str());
  return ExitCode::Ok;
}

}  // namespace farm::ctl
