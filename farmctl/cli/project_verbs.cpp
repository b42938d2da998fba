// init, up, down
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/init.hpp"
#include "farmctl/commands/up.hpp"

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

constexpr const char* kUpExamples =
    "Needs compose (`docker compose` or `docker-compose`, 2.24.4 or newer) and a Docker engine that reaches the farm's registry.\n"
    "Examples:\n"
    "  farmctl up -d --parallel           build every service, start the whole project in the background\n"
    "  farmctl up -d orchestrator_rust    one service, with what it depends on\n"
    "  farmctl up                         in the foreground, until Ctrl-C\n";
constexpr const char* kDownExamples =
    "Examples:\n"
    "  farmctl down             stop and remove what `farmctl up` started from this folder\n"
    "  farmctl down --volumes   and its volumes\n";

struct UpOptions : UpCommand {
  std::int64_t timeout_s = 0;
  bool parallel_flag = false;  // for the help text; main reads the value
};

void add_up(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<UpOptions>();
  CLI::App* up = app.add_subcommand("up", "build services, then start them with exactly what was built");
  up->add_option("services", o->submit.project.services, "services, with what they depend on; none or `all`: every one")
      ->type_name("SERVICE");
  add_project_options(*up, o->submit.project);
  up->add_flag("-d,--detach", o->detach, "start them in the background");
  up->add_flag_callback("--build", [] {}, "as compose has it; nothing else: `up` always builds what changed");
  up->add_flag("--parallel", o->parallel_flag, "jobs of the build at a time: --parallel no limit, --parallel=N at most N, neither one");
  up->add_flag("--no-cache", o->submit.options.no_cache, "build everything anew");
  up->add_flag("--pull", o->submit.options.pull, "ask the registries again what the base images' tags mean");
  up->add_flag("--fail-fast", o->submit.options.fail_fast, "stop at the first failure");
  add_number(*up, "--timeout", "SECONDS", 1, kTimeoutMax, "seconds that the whole build may take (at most a week)", o->timeout_s);
  up->footer(kUpExamples);
  up->callback([&cli, o] {
    o->submit.options.timeout = Millis{o->timeout_s * 1'000};
    cli.run = [&cli, o] {
      o->submit.options.parallel = cli.parallel;
      return run_up(cli.global, *o);
    };
  });
}

void add_down(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<DownCommand>();
  CLI::App* down = app.add_subcommand("down", "stop and remove what `farmctl up` started");
  down->add_option("-p,--project-name", o->project_name,
                   "name of the project, where several were started from here, or from another folder")
      ->type_name("NAME");
  down->add_flag("-v,--volumes", o->volumes, "remove its volumes too");
  add_number(*down, "-t,--timeout", "SECONDS", 0, 24 * 3600, "seconds for each container to end by itself (at most a day)", o->timeout_s);
  down->footer(kDownExamples);
  down->callback([&cli, o] { cli.run = [o] { return run_down(*o); }; });
}

}  // namespace

void add_project_verbs(CLI::App& app, Cli& cli) {
  add_init(app, cli);
  add_up(app, cli);
  add_down(app, cli);
}

}  // namespace farm::ctl
