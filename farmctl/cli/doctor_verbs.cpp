// doctor
#include "farmctl/cli/cli.hpp"

namespace farm::ctl {
namespace {

struct DoctorOptions {
  ProjectOptions project;
  Output output = Output::Text;
};

constexpr const char* kExamples =
    "Exit status: 0 all is well, or there are warnings only; 1 something is broken.\n"
    "Examples:\n"
    "  farmctl doctor                  this machine, the farm, and the project in this folder\n"
    "  farmctl doctor --output json | jq -r '.checks[] | select(.level == \"broken\") | .mend'\n";

}  // namespace

void add_doctor_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<DoctorOptions>();
  CLI::App* doctor = app.add_subcommand("doctor", "examine this machine, the farm and the project, and say how to mend what is wrong");
  add_project_options(*doctor, o->project);
  add_output(*doctor, o->output, kOutputs, "text or json");
  doctor->footer(kExamples);
  doctor->callback([&cli, o] { cli.run = [&cli, o] { return run_doctor(cli.global, o->project, o->output); }; });
}

}  // namespace farm::ctl
