// local up, local down, local status
#include "farmctl/cli/cli.hpp"
#include "farmctl/local/builder.hpp"
#include "farmctl/local/local_farm.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, std::string> kStandIns = {{"always", "always"}, {"auto", "auto"}, {"never", "never"}};

}  // namespace

void add_local_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<LocalOptions>();
  CLI::App* local = app.add_subcommand("local", "a farm on this machine, without configuration");
  local->require_subcommand(1);
  local->footer("Examples:\n  farmctl local up\n  farmctl local status\n  farmctl local down\n");
  CLI::App* up = local->add_subcommand("up", "start registry, BuildKit, coordinator and agents");
  add_number(*up, "--agents", "N", 1, 64, "how many agents, at most 64 (default: as it was last started; at first 1)", o->agents);
  add_number(*up, "--slots", "N", 1, 256, "jobs at a time on each agent, at most 256 (default: as last; at first 2)", o->slots);
  up->add_option("--image", o->images, "base image that must be there (default: those of the project in this folder)")
      ->allow_extra_args(false)
      ->type_name("IMAGE");
  add_choice(*up, "--stand-ins", o->stand_ins, kStandIns, "kind of stand-ins", "auto: where Docker Hub can't be reached; always; never");
  up->add_option(
        "--buildkit", o->buildkit,
        "what builds: farm (a BuildKit of its own), docker (this machine's), or unix:///PATH of one that runs (default: as last; at "
        "first farm)")
      ->check(CLI::Validator(wrong_buildkit, ""))
      ->type_name("WHICH");
  up->footer(
      "Examples:\n"
      "  farmctl local up                         in a project's folder: its base images are there too\n"
      "  farmctl local up --agents 2 --slots 2\n"
      "  farmctl local up --buildkit docker       build with Docker Engine 29 or later instead\n"
      "  farmctl local up --monitoring            with Prometheus, and Grafana where it is installed\n");
  up->add_flag("--monitoring", o->monitoring, "start Prometheus too, and Grafana where it is installed");
  up->callback([&cli, o] { cli.run = [o] { return run_local_up(*o); }; });
  CLI::App* down = local->add_subcommand("down", "stop it; what it built stays");
  down->add_flag("--purge", o->purge, "remove its data too");
  down->footer("Examples:\n  farmctl local down\n  farmctl local down --purge\n");
  down->callback([&cli, o] { cli.run = [o] { return run_local_down(*o); }; });
  CLI::App* status = local->add_subcommand("status", "what runs, and where everything is");
  status->footer("Examples:\n  farmctl local status\n");
  status->callback([&cli, o] { cli.run = [o] { return run_local_status(*o); }; });
}

}  // namespace farm::ctl
