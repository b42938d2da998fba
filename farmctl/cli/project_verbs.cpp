// init, up, down
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/init.hpp"

namespace farm::ctl {
namespace {

constexpr const char* kInitExamples =
    "Writes Dockerfile.rust-optimized, .dockerignore and an override of the compose file. A file that differs is shown and kept.\n"
    "Exit status: 0 every file is as init would write it, 1 some were kept or (--dry-run) would be written, 2 bad input.\n"
    "Examples:\n"
    "  farmctl init              write what is missing, show what differs\n"
    "  farmctl init --dry-run    show all, write nothing\n"
    "  farmctl init --force      write anew what differs, too\n";

void add_init(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<InitCommand>();
  CLI::App* init = app.add_subcommand("init", "write the files that make a project's Rust services build fast");
  add_compose_options(*init, o->project);
  init->add_flag("--force", o->force, "replace files that differ");
  init->add_flag("--dry-run", o->dry_run, "write nothing");
  add_output(*init, o->output, kOutputs, "text or json");
  init->footer(kInitExamples);
  init->callback([&cli, o] { cli.run = [o] { return run_init(*o); }; });
}

}  // namespace

void add_project_verbs(CLI::App& app, Cli& cli) { add_init(app, cli); }

}  // namespace farm::ctl
