// submit, plan
#include "farmctl/cli/cli.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, Annotations> kAnnotations = {
    {"auto", Annotations::Auto}, {"github", Annotations::GitHub}, {"gitlab", Annotations::GitLab}, {"none", Annotations::None}};
const std::map<std::string, Output> kPlanOutputs = {{"text", Output::Text}, {"json", Output::Json}, {"dot", Output::Dot}};

struct SubmitOptions : SubmitCommand {
  std::int64_t timeout_s = 0;
  bool parallel_flag = false;  // for the help text; main reads the value
};

struct PlanOptions {
  ProjectOptions project;
  Output output = Output::Text;
};

constexpr const char* kSubmitExamples =
    "Examples:\n"
    "  farmctl submit --parallel all              build every service\n"
    "  farmctl submit orchestrator signal         build two, each named by a part of its name\n"
    "  farmctl submit --parallel=4 --fail-fast    at most four jobs at a time, stop at the first failure\n"
    "  farmctl submit --tag v7 --no-cache         build everything anew and publish it under another tag\n"
    "  farmctl submit --parallel --supersede main --junit farm.xml --summary farm.md    in a CI job (deploy/ci)\n";
constexpr const char* kPlanExamples =
    "Examples:\n"
    "  farmctl plan                            the jobs as a tree, and what keeps them from being shared\n"
    "  farmctl plan orchestrator               those of one service\n"
    "  farmctl plan --output dot | dot -Tsvg   the graph as a picture\n";

void add_ci_options(CLI::App& submit, CiOptions& ci, CLI::Option& detach) {
  submit.add_option("--junit", ci.junit, "write a JUnit report into FILE")->type_name("FILE")->excludes(&detach);
  submit.add_option("--summary", ci.summary, "append a summary in Markdown to FILE, such as $GITHUB_STEP_SUMMARY")
      ->type_name("FILE")
      ->excludes(&detach);
  add_choice(submit, "--annotations", ci.annotations, kAnnotations, "kind of annotations",
             "compiler errors at their file and line: GitHub's workflow commands, or GitLab's gl-code-quality-report.json");
}

void add_submit(CLI::App& app, Cli& cli) {
  auto o = std::make_shared<SubmitOptions>();
  CLI::App* submit = app.add_subcommand("submit", "build services on the farm");
  submit->add_option("services", o->project.services, "services, by name or an unambiguous part of it; none or `all`: every one")
      ->type_name("SERVICE");
  add_project_options(*submit, o->project);
  submit->add_flag("--parallel", o->parallel_flag,
                   "jobs of this build at a time: --parallel no limit, --parallel=N at most N, neither one");
  submit->add_flag("--no-cache", o->options.no_cache, "build everything anew");
  submit->add_flag("--pull", o->options.pull, "ask the registries again what the base images' tags mean");
  submit->add_flag("--fail-fast", o->options.fail_fast, "stop at the first failure");
  CLI::Option* detach = submit->add_flag("-d,--detach", o->detach, "don't wait for the end");
  add_number(*submit, "--timeout", "SECONDS", 1, kTimeoutMax, "seconds that the whole build may take (at most a week)", o->timeout_s);
  submit->add_option("--supersede", o->options.supersede, "cancel this project's open builds that were submitted with the same KEY")
      ->type_name("KEY");
  add_output(*submit, o->output, kOutputs, "text or json");
  add_ci_options(*submit, o->ci, *detach);
  submit->footer(kSubmitExamples);
  submit->callback([&cli, o] {
    o->options.timeout = Millis{o->timeout_s * 1'000};
    cli.run = [&cli, o] {
      o->options.parallel = cli.parallel;
      return run_submit(cli.global, *o);
    };
  });
}

void add_plan(CLI::App& app, Cli& cli) {
  auto o = std::make_shared<PlanOptions>();
  CLI::App* plan = app.add_subcommand("plan", "show the job graph; contacts nothing");
  plan->add_option("services", o->project.services, "services; none or `all`: every one")->type_name("SERVICE");
  add_project_options(*plan, o->project);
  add_output(*plan, o->output, kPlanOutputs, "text (a tree), json or dot");
  plan->footer(kPlanExamples);
  plan->callback([&cli, o] { cli.run = [o] { return run_plan(o->project, o->output); }; });
}

}  // namespace

void add_build_verbs(CLI::App& app, Cli& cli) {
  add_submit(app, cli);
  add_plan(app, cli);
}

}  // namespace farm::ctl
