// farmctl: the user's program. Options are read here; the verbs are in commands/ and local/.
#include <cstdio>
#include <exception>
#include <functional>

#include <CLI/CLI.hpp>

#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/parallel.hpp"
#include "farmctl/local/local_farm.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, Output> kOutputs = {{"text", Output::Text}, {"json", Output::Json}};
const std::map<std::string, Output> kPlanOutputs = {{"text", Output::Text}, {"json", Output::Json}, {"dot", Output::Dot}};

constexpr const char* kFooter =
    "Exit status: 0 built, 1 a build failed or was cancelled, 2 bad input, 3 farm unreachable, 4 our own fault.\n"
    "Examples:\n"
    "  farmctl local up                        a farm on this machine\n"
    "  farmctl submit --parallel all           build every service\n"
    "  farmctl submit orchestrator             build one, named by a part of its name\n"
    "  farmctl plan --output dot | dot -Tsvg   the job graph as a picture\n";

void add_project_options(CLI::App& verb, ProjectOptions& project) {
  verb.add_option("-f,--file", project.files, "compose file (may be given several times; default: as docker compose finds it)")
      ->allow_extra_args(false);
  verb.add_option("--project-directory", project.project_directory,
                  "folder that relative paths start from (default: that of the first file)");
  verb.add_option("-p,--project-name", project.project_name, "name of the project");
  verb.add_option("--profile", project.profiles, "compose profile to switch on (may be given several times)")->allow_extra_args(false);
  verb.add_option("--env-file", project.env_files, "file of variables instead of .env (may be given several times)")
      ->allow_extra_args(false);
  verb.add_option("--tag", project.tag, "tag of the published images (default: as compose names them)");
  verb.add_option("--platform", project.platform, "platform where compose names none, e.g. linux/amd64");
  verb.add_flag_callback("--no-index", [&project] { project.use_index = false; }, "hash every file instead of trusting the stat index");
}

template <typename Map>
std::string joined_names(const Map& map) {
  std::string text = "take one of";
  for (const auto& [name, value] : map) text += " " + name;
  return text;
}

template <typename Map>
void add_output(CLI::App& verb, Output& output, const Map& outputs, const char* help) {
  const auto read = [&output, &outputs](const std::string& word) {
    const auto found = outputs.find(word);
    if (found == outputs.end()) throw CLI::ValidationError("--output", "there is no output '" + word + "'; " + joined_names(outputs));
    output = found->second;
  };
  verb.add_option_function<std::string>("-o,--output", read, help)->type_name("FORMAT");
}

// The options of all verbs, kept together because CLI11 writes into them.
struct Options {
  GlobalOptions global;
  SubmitCommand submit;
  ProjectOptions plan_project;
  Output plan_output = Output::Text;
  Output output = Output::Text;
  std::int64_t timeout_s = 0;
  std::uint64_t build = 0;
  std::string job;
  bool follow = false;
  bool all = false;
  std::uint32_t count = 20;
  std::string agent;
  std::string key_file;
  std::string key_name;
  std::string key_role = "client";
  LocalOptions local;
};

using Verb = std::function<ExitCode()>;

void add_build_verbs(CLI::App& app, Options& o, Verb& verb) {
  CLI::App* submit = app.add_subcommand("submit", "build services on the farm");
  submit->add_option("services", o.submit.project.services, "services, by name or an unambiguous part of it; none or `all`: every one");
  add_project_options(*submit, o.submit.project);
  bool* unused = &o.all;
  submit->add_flag("--parallel", *unused, "jobs of this build at a time: --parallel no limit, --parallel=N at most N, neither one");
  submit->add_flag("--no-cache", o.submit.options.no_cache, "build everything anew");
  submit->add_flag("--pull", o.submit.options.pull, "ask the registries again what the base images' tags mean");
  submit->add_flag("--fail-fast", o.submit.options.fail_fast, "stop at the first failure");
  submit->add_flag("-d,--detach", o.submit.detach, "don't wait for the end");
  submit->add_option("--timeout", o.timeout_s, "seconds that the whole build may take")->check(CLI::Range(1, 7 * 24 * 3600));
  add_output(*submit, o.submit.output, kOutputs, "text or json");
  submit->callback([&] {
    o.submit.options.timeout = Millis{o.timeout_s * 1'000};
    verb = [&] { return run_submit(o.global, o.submit); };
  });

  CLI::App* plan = app.add_subcommand("plan", "show the job graph; contacts nothing");
  plan->add_option("services", o.plan_project.services, "services; none or `all`: every one");
  add_project_options(*plan, o.plan_project);
  add_output(*plan, o.plan_output, kPlanOutputs, "text (a tree), json or dot");
  plan->callback([&] { verb = [&] { return run_plan(o.plan_project, o.plan_output); }; });
}

void add_query_verbs(CLI::App& app, Options& o, Verb& verb) {
  CLI::App* watch = app.add_subcommand("watch", "follow a build to its end");
  watch->add_option("build", o.build, "number of the build (default: the newest)");
  add_output(*watch, o.output, kOutputs, "text or json");
  watch->callback([&] { verb = [&] { return run_watch(o.global, o.build, o.output); }; });

  CLI::App* logs = app.add_subcommand("logs", "print the log of a job");
  logs->add_option("job", o.job, "a job's or a service's name")->required();
  logs->add_option("--build", o.build, "number of the build (default: the newest)");
  logs->add_flag("--follow", o.follow, "go on while the job runs");
  logs->callback([&] { verb = [&] { return run_logs(o.global, o.build, o.job, o.follow); }; });

  CLI::App* ps = app.add_subcommand("ps", "list builds, the newest first");
  ps->add_option("-n,--count", o.count, "how many")->check(CLI::Range(1, 1000));
  add_output(*ps, o.output, kOutputs, "text or json");
  ps->callback([&] { verb = [&] { return run_ps(o.global, o.count, o.output); }; });

  CLI::App* agents = app.add_subcommand("agents", "list agents");
  add_output(*agents, o.output, kOutputs, "text or json");
  agents->callback([&] { verb = [&] { return run_agents(o.global, o.output); }; });

  CLI::App* drain = app.add_subcommand("drain", "let an agent finish what it runs and give it nothing new");
  drain->add_option("agent", o.agent)->required();
  drain->callback([&] { verb = [&] { return run_drain(o.global, o.agent, true); }; });
  CLI::App* undrain = app.add_subcommand("undrain", "give an agent jobs again");
  undrain->add_option("agent", o.agent)->required();
  undrain->callback([&] { verb = [&] { return run_drain(o.global, o.agent, false); }; });

  CLI::App* cancel = app.add_subcommand("cancel", "cancel a build");
  cancel->add_option("build", o.build, "number of the build")->required()->check(CLI::PositiveNumber);
  cancel->callback([&] { verb = [&] { return run_cancel(o.global, o.build); }; });
}

void add_keys_verbs(CLI::App& app, Options& o, Verb& verb) {
  CLI::App* keys = app.add_subcommand("keys", "make and show the keys by which programs know each other");
  keys->require_subcommand(1);
  for (CLI::App* sub : {keys->add_subcommand("new", "write a new key file and print its public side"),
                        keys->add_subcommand("show", "print a key file's public side")}) {
    sub->add_option("file", o.key_file, "the key file")->required();
    sub->add_option("--name", o.key_name, "print a line for the key book, with this name");
    sub->add_option("--role", o.key_role, "agent, client, admin or reader");
    const bool make = sub->get_name() == "new";
    sub->callback([&o, &verb, make] {
      verb = [&o, make] {
        return make ? run_keys_new(o.key_file, o.key_name, o.key_role) : run_keys_show(o.key_file, o.key_name, o.key_role);
      };
    });
  }
}

void add_local_verbs(CLI::App& app, Options& o, Verb& verb) {
  CLI::App* local = app.add_subcommand("local", "a farm on this machine, without configuration");
  local->require_subcommand(1);
  CLI::App* up = local->add_subcommand("up", "start registry, BuildKit, coordinator and agents");
  up->add_option("--agents", o.local.agents, "how many agents")->check(CLI::Range(1, 64));
  up->add_option("--slots", o.local.slots, "jobs at a time on each agent")->check(CLI::Range(1, 256));
  up->add_option("--image", o.local.images, "base image that must be there (default: those of the project in this folder)")
      ->allow_extra_args(false);
  up->add_option("--stand-ins", o.local.stand_ins, "auto: where Docker Hub can't be reached; always; never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  up->callback([&] { verb = [&] { return run_local_up(o.local); }; });
  CLI::App* down = local->add_subcommand("down", "stop it; what it built stays");
  down->add_flag("--purge", o.local.purge, "remove its data too");
  down->callback([&] { verb = [&] { return run_local_down(o.local); }; });
  CLI::App* status = local->add_subcommand("status", "what runs, and where everything is");
  status->callback([&] { verb = [&] { return run_local_status(o.local); }; });
}

// Whether JSON was asked for, where the arguments could not be understood as a whole.
Output wanted_output(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool next = (arguments[i] == "-o" || arguments[i] == "--output") && i + 1 < arguments.size() && arguments[i + 1] == "json";
    if (next || arguments[i] == "--output=json" || arguments[i] == "-ojson") return Output::Json;
  }
  return Output::Text;
}

// The parser's complaint as one sentence of ours. Help and version are no complaints: they are printed, and that is all.
ExitCode usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  if (error.get_exit_code() == 0) return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::OurFault;
  const CLI::App* deepest = &app;
  std::string help = "farmctl";
  while (!deepest->get_subcommands().empty()) {
    deepest = deepest->get_subcommands().front();
    help += " " + deepest->get_name();
  }
  std::string message = error.what();
  if (deepest->get_require_subcommand_min() > 0) {
    const std::vector<std::string> unknown = app.remaining(true);
    message = unknown.empty() ? "a verb is missing" : "there is no verb '" + unknown.front() + "'";
  }
  return report({ErrorKind::InvalidInput, message + "; see `" + help + " --help`"}, wanted_output(arguments));
}

ExitCode run(int argc, char** argv) {
  CLI::App app("farmctl builds compose projects on a farm of Docker hosts", "farmctl");
  Options options;
  Verb verb;
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("farmctl " FARM_VERSION));
  app.add_option("--config", options.global.config, "farmctl's configuration file");
  app.require_subcommand(1);
  app.fallthrough();
  add_build_verbs(app, options, verb);
  add_query_verbs(app, options, verb);
  add_keys_verbs(app, options, verb);
  add_local_verbs(app, options, verb);

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::vector<std::string> rest;
  const Result<std::uint32_t> parallel = parse_parallel(arguments, rest);
  if (!parallel) return report(parallel.error(), wanted_output(arguments));
  options.submit.options.parallel = *parallel;
  std::reverse(rest.begin(), rest.end());  // as CLI11 takes a vector
  try {
    app.parse(rest);
  } catch (const CLI::ParseError& error) {
    return usage(app, error, arguments);
  }
  catch_interrupts();
  return verb ? verb() : ExitCode::BadInput;
}

}  // namespace
}  // namespace farm::ctl

int main(int argc, char** argv) {
  try {
    return static_cast<int>(farm::ctl::run(argc, argv));
  } catch (const std::exception& error) {  // the only catch-all: whatever comes here is a bug of ours
    std::fprintf(stderr, "farmctl: internal error: %s\n", error.what());
    return static_cast<int>(farm::ctl::ExitCode::OurFault);
  }
}
