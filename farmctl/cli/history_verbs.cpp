// explain, report
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/history.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, ReportFormat> kFormats = {
    {"text", ReportFormat::Text}, {"json", ReportFormat::Json}, {"markdown", ReportFormat::Markdown}};

constexpr const char* kProjectHelp = "name of the project (default: the one in this folder, else that of the newest build)";

void add_explain(CLI::App& app, Cli& cli) {
  auto o = std::make_shared<ExplainCommand>();
  CLI::App* explain = app.add_subcommand("explain", "why a service or job was rebuilt, waits, runs where it runs, or hit");
  explain->add_option("job", o->job, "a service's or a job's name, or an unambiguous part of one")->required()->type_name("SERVICE");
  add_build_number(*explain, "--build", 0, "number of the build (default, and 0: the newest of the project)", o->build);
  explain->add_option("-p,--project-name", o->project, kProjectHelp)->type_name("NAME");
  add_output(*explain, o->output, kOutputs, "text or json");
  explain->footer(
      "Examples:\n"
      "  farmctl explain orchestrator              in the newest build\n"
      "  farmctl explain deps --build 12           a layer, in build 12\n");
  explain->callback([&cli, o] { cli.run = [&cli, o] { return run_explain(cli.global, *o); }; });
}

void add_report(CLI::App& app, Cli& cli) {
  auto o = std::make_shared<ReportCommand>();
  CLI::App* report = app.add_subcommand("report", "build times: cold, code change, no change; and what bound a build");
  report->add_option("-p,--project-name", o->project, kProjectHelp)->type_name("NAME");
  add_number(*report, "--last", "N", 1, 1000, "how many builds to look at (at most 1000)", o->last);
  add_build_number(*report, "--build", 0, "number of the build whose critical path is shown (default, and 0: the newest)", o->build);
  add_choice(*report, "-o,--output", o->format, kFormats, "output", "text, json or markdown");
  report->footer(
      "Examples:\n"
      "  farmctl report                              of the project that was built last\n"
      "  farmctl report --last 200 -o markdown       for a wiki\n");
  report->callback([&cli, o] { cli.run = [&cli, o] { return run_report(cli.global, *o); }; });
}

}  // namespace

void add_history_verbs(CLI::App& app, Cli& cli) {
  add_explain(app, cli);
  add_report(app, cli);
}

}  // namespace farm::ctl
