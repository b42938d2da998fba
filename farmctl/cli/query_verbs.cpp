// watch, logs, ps, agents, drain, undrain, cancel
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/up.hpp"
#include "farmctl/commands/words.hpp"

namespace farm::ctl {
namespace {

struct QueryOptions {
  Output output = Output::Text;
  std::uint64_t build = 0;
  std::string job;
  bool follow = false;
  std::optional<std::uint64_t> tail;  // none: all lines
  std::uint32_t count = 20;
  std::string agent;
};
using Shared = std::shared_ptr<QueryOptions>;

constexpr std::uint64_t kTailMax = 1'000'000'000;

// As `docker compose logs --tail` takes it.
auto read_tail(const Shared& o) {
  return [o](const std::string& text) {
    o->tail.reset();
    if (text == "all") return;
    const Result<std::uint64_t> lines = parse_number(text, 0, kTailMax);
    if (!lines) throw CLI::ValidationError("--tail", lines.error().message + ", or `all`");
    o->tail = *lines;
  };
}

void add_build_queries(CLI::App& app, Cli& cli, const Shared& o) {
  CLI::App* watch = app.add_subcommand("watch", "follow a build to its end");
  add_build_number(*watch, "build", 0, "number of the build (default, and 0: the newest)", o->build);
  add_output(*watch, o->output, kOutputs, "text or json");
  watch->footer(
      "Examples:\n"
      "  farmctl watch                    follow the newest build\n"
      "  farmctl watch 42 --output json   wait for build 42, then print it as JSON\n");
  watch->callback([&cli, o] { cli.run = [&cli, o] { return run_watch(cli.global, o->build, o->output); }; });

  CLI::App* logs = app.add_subcommand("logs", "print the log of a running service, or of a job of a build");
  logs->add_option("job", o->job, "a service's or a job's name (none: every service that `farmctl up` started)")->type_name("SERVICE");
  CLI::Option* build = add_build_number(*logs, "--build", 0, "the log of this build's job (0: of the newest build)", o->build);
  logs->add_flag("-f,--follow", o->follow, "go on while it runs");
  logs->add_option_function<std::string>("-n,--tail", read_tail(o), "only so many of the last lines (default: all)")->type_name("LINES");
  logs->footer(
      "A service that `farmctl up` started from this folder, or one above it: what its containers print. Everything else, and everything\n"
      "with --build: what a job of a build printed.\n"
      "Examples:\n"
      "  farmctl logs -f                            follow all services\n"
      "  farmctl logs -f orchestrator_rust          follow one\n"
      "  farmctl logs --tail 20 orchestrator_rust   the last 20 lines of each of its containers\n"
      "  farmctl logs orchestrator_rust --build 0   what its image job of the newest build printed\n"
      "  farmctl logs deps --build 42               the cook of build 42\n");
  logs->callback([&cli, o, build] {
    const bool of_build = build->count() > 0;
    if (of_build && o->job.empty()) throw CLI::RequiredError("job");
    cli.run = [&cli, o, of_build] {
      const std::optional<ExitCode> shown = of_build ? std::nullopt : run_service_logs({o->job, o->follow, o->tail});
      return shown ? *shown : run_logs(cli.global, {o->build, o->job, o->follow, o->tail});
    };
  });

  CLI::App* ps = app.add_subcommand("ps", "list builds, the newest first");
  add_number(*ps, "-n,--count", "N", 1, 1000, "how many (at most 1000; default: 20)", o->count);
  add_output(*ps, o->output, kOutputs, "text or json");
  ps->footer(
      "Examples:\n"
      "  farmctl ps          the newest builds\n"
      "  farmctl ps -n 100 --output json\n");
  ps->callback([&cli, o] { cli.run = [&cli, o] { return run_ps(cli.global, o->count, o->output); }; });

  CLI::App* cancel = app.add_subcommand("cancel", "cancel a build");
  add_build_number(*cancel, "build", 1, "number of the build", o->build)->required();
  cancel->footer("Examples:\n  farmctl cancel 42\n");
  cancel->callback([&cli, o] { cli.run = [&cli, o] { return run_cancel(cli.global, o->build); }; });
}

void add_agent_queries(CLI::App& app, Cli& cli, const Shared& o) {
  CLI::App* agents = app.add_subcommand("agents", "list agents");
  add_output(*agents, o->output, kOutputs, "text or json");
  agents->footer(
      "Examples:\n"
      "  farmctl agents\n"
      "  farmctl agents --output json | jq -r '.agents[] | select(.state == \"lost\") | .name'\n");
  agents->callback([&cli, o] { cli.run = [&cli, o] { return run_agents(cli.global, o->output); }; });

  CLI::App* drain = app.add_subcommand("drain", "let an agent finish what it runs and give it nothing new");
  drain->add_option("agent", o->agent, "the agent's name")->required()->type_name("AGENT");
  drain->footer("Examples:\n  farmctl drain build-host-3\n");
  drain->callback([&cli, o] { cli.run = [&cli, o] { return run_drain(cli.global, o->agent, true); }; });
  CLI::App* undrain = app.add_subcommand("undrain", "give an agent jobs again");
  undrain->add_option("agent", o->agent, "the agent's name")->required()->type_name("AGENT");
  undrain->footer("Examples:\n  farmctl undrain build-host-3\n");
  undrain->callback([&cli, o] { cli.run = [&cli, o] { return run_drain(cli.global, o->agent, false); }; });
}

}  // namespace

void add_query_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<QueryOptions>();
  add_build_queries(app, cli, o);
  add_agent_queries(app, cli, o);
}

}  // namespace farm::ctl
