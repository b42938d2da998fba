// farmctl: the user's program. cli/ reads the options of each verb; the verbs are in commands/ and local/.
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "farmctl/cli/cli.hpp"
#include "farmctl/cli/describe.hpp"
#include "farmctl/commands/help.hpp"
#include "farmctl/commands/parallel.hpp"
#include "farmctl/commands/words.hpp"
#include "farmctl/local/collect_garbage.hpp"

namespace farm::ctl {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 built, 1 a build failed or was cancelled, 2 bad input, 3 farm unreachable, 4 our own fault.\n"
    "Examples:\n"
    "  farmctl local up                        a farm on this machine\n"
    "  farmctl submit --parallel all           build every service\n"
    "  farmctl submit orchestrator             build one, named by a part of its name\n"
    "  farmctl plan --output dot | dot -Tsvg   the job graph as a picture\n"
    "  farmctl help submit                     what a verb does and takes\n";

constexpr std::array<std::string_view, 6> kNeedRegistry = {"submit", "up", "du", "prune", "clean", "doctor"};

// Whether JSON was asked for, where the arguments could not be understood as a whole.
Output wanted_output(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool next = (arguments[i] == "-o" || arguments[i] == "--output") && i + 1 < arguments.size() && arguments[i + 1] == "json";
    if (next || arguments[i] == "--output=json" || arguments[i] == "-ojson") return Output::Json;
  }
  return Output::Text;
}

// What is wrong, and what was probably meant.
std::string complaint(const CLI::App& app, const CLI::App& verb, const CLI::ParseError& error) {
  const CommandDoc known = describe(verb);
  const bool wants_verb = !known.subcommands.empty();
  const bool too_much = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  const std::vector<std::string> unexpected = app.remaining(true);
  if (unexpected.empty() && wants_verb) return "a verb is missing";
  if (unexpected.empty() || (!too_much && !wants_verb)) return plain_complaint(error.what(), known);
  const std::string& word = unexpected.front();
  if (word.starts_with('-')) return wrong_option(word, known);
  return wants_verb ? "there is no verb '" + word + "'" + meant_verb(word, known) : "'" + word + "' is one word too many";
}

// The parser's complaint as one sentence of ours. Help and version are no complaints: they are printed, and that is all.
ExitCode usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const CLI::App* deepest = &app;
  std::string help = "farmctl";
  while (!deepest->get_subcommands().empty()) {
    deepest = deepest->get_subcommands().front();
    help += " " + deepest->get_name();
  }
  // `frobnicate --help` is a wrong verb, not a wish for the help of all.
  const bool unknown_verb = deepest->get_require_subcommand_min() > 0 && !app.remaining(true).empty();
  if (error.get_exit_code() == 0 && !unknown_verb) return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::OurFault;
  return report({ErrorKind::InvalidInput, complaint(app, *deepest, error) + "; see `" + help + " --help`"}, wanted_output(arguments));
}

// An answer that nobody got is no success.
ExitCode written(ExitCode code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fprintf(stderr, "farmctl: writing the standard output: no room, or it is closed\n");
  return code == ExitCode::Ok ? ExitCode::OurFault : code;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("builds compose projects on a farm of Docker hosts", "farmctl");
  Cli cli;
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("farmctl " FARM_VERSION));
  app.add_option("--config", cli.global.config, "farmctl's configuration file")->type_name("FILE");
  app.require_subcommand(1);
  app.fallthrough();
  for (const auto add : {add_build_verbs, add_query_verbs, add_keys_verbs, add_local_verbs, add_upkeep_verbs, add_project_verbs,
                         add_doctor_verbs, add_history_verbs, add_help_verbs})
    add(app, cli);

  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string hidden = arguments.empty() ? "" : arguments.front();
  if (hidden == "__complete") {
    const bool help = arguments.size() > 2 && arguments[1] == "help";  // then come the same verbs
    return run_complete(describe(app), {arguments.begin() + (help ? 2 : 1), arguments.end()});
  }
  if (hidden == kGarbageKeeper) return run_garbage_keeper({arguments.begin() + 1, arguments.end()});
  if (hidden == "__parse") arguments.erase(arguments.begin());  // for tests of command lines in documents: read them and do nothing
  arguments = with_help_as_option(std::move(arguments));
  std::vector<std::string> rest;
  const Result<std::uint32_t> parallel = parse_parallel(arguments, rest);
  if (!parallel) return report(parallel.error(), wanted_output(arguments));
  cli.parallel = *parallel;
  std::reverse(rest.begin(), rest.end());  // as CLI11 takes a vector
  try {
    app.parse(rest);
  } catch (const CLI::ParseError& error) {
    return usage(app, error, arguments);
  }
  if (hidden == kGarbageKeeper) return run_garbage_keeper({arguments.begin() + 1, arguments.end()});
  if (hidden == "__parse") return ExitCode::Ok;
  catch_interrupts();
  const std::string verb = app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name();
  if (std::find(kNeedRegistry.begin(), kNeedRegistry.end(), verb) != kNeedRegistry.end()) mend_registry();
  return cli.run ? written(cli.run()) : ExitCode::BadInput;
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
