// du, prune, clean
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/upkeep.hpp"
#include "farmctl/render/amounts.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kDefaultAge{168LL * 3'600'000};

struct DuOptions {
  Output output = Output::Text;
};

void add_du(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<DuOptions>();
  CLI::App* du = app.add_subcommand("du", "tell what takes the space: in the registry by kind and project, and on each agent");
  add_output(*du, o->output, kOutputs, "text or json");
  du->footer(
      "Sizes of the registry count each blob once in a line, so lines that share blobs add up to more than the registry holds.\n"
      "Examples:\n"
      "  farmctl du\n"
      "  farmctl du --output json | jq .prunable_bytes\n");
  du->callback([&cli, o] { cli.run = [&cli, o] { return run_du(cli.global, o->output); }; });
}

void add_prune(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<PruneCommand>();
  CLI::App* prune = app.add_subcommand("prune", "free what nobody used for long, or what is over a budget; never what is in use");
  const auto age = [o](const std::string& text) {
    const Result<Millis> parsed = parse_age(text);
    if (!parsed) throw CLI::ValidationError("--older-than", parsed.error().message);
    o->prune.older_than_ms = parsed->value;
  };
  const auto size = [o](const std::string& text) {
    const Result<std::uint64_t> parsed = parse_bytes(text);
    if (!parsed) throw CLI::ValidationError("--keep-storage", parsed.error().message);
    o->prune.keep_bytes = *parsed;
  };
  prune->add_option_function<std::string>("--older-than", age, "not used for so long (default, without --keep-storage: 168h)")
      ->type_name("AGE");
  prune
      ->add_option_function<std::string>("--keep-storage", size,
                                         "then the least recently used, until the registry, and each cache of each agent, is this small")
      ->type_name("SIZE");
  prune->add_flag("--dry-run", o->prune.dry_run, "only tell what would go");
  prune->add_flag("-a,--all", o->prune.all,
                  "also published tags that are no service's newest image, and what farm's records don't name (the registry must be this "
                  "farm's alone)");
  prune->add_flag_callback("--no-gc", [o] { o->collect = false; }, "leave the local registry's disk as it is");
  prune->add_flag("-v,--verbose", o->verbose, "list what went, one by one");
  add_output(*prune, o->output, kOutputs, "text or json");
  prune->footer(
      "Stays: what open builds and running jobs need, every service's newest image, published tags (but see --all).\n"
      "Examples:\n"
      "  farmctl prune --dry-run\n"
      "  farmctl prune --older-than 30d\n"
      "  farmctl prune --keep-storage 20GB\n");
  prune->callback([&cli, o] {
    if (o->prune.older_than_ms < 0 && o->prune.keep_bytes == protocol::kNoByteLimit) o->prune.older_than_ms = kDefaultAge.value;
    cli.run = [&cli, o] { return run_prune(cli.global, *o); };
  });
}

void add_clean(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<CleanCommand>();
  CLI::App* clean = app.add_subcommand("clean", "forget this project's results, history and caches, so that its next build is cold");
  add_compose_options(*clean, o->project);
  clean->add_flag("-y,--yes", o->yes, "don't ask");
  clean->add_flag("--force", o->force, "also while builds of the project are open; what they need stays");
  clean->add_flag("--dry-run", o->dry_run, "only tell what would be forgotten");
  add_output(*clean, o->output, kOutputs, "text or json");
  clean->footer(
      "Other projects' results stay, also those that this project uses too. Published images stay in the registry. What BuildKit keeps on\n"
      "agents can't be told apart by project: the next build does not use it, and `farmctl prune` frees it.\n"
      "Examples:\n"
      "  farmctl clean                           asks before\n"
      "  farmctl clean --yes -p market           the project named market, from any folder\n");
  clean->callback([&cli, o] { cli.run = [&cli, o] { return run_clean(cli.global, *o); }; });
}

}  // namespace

void add_upkeep_verbs(CLI::App& app, Cli& cli) {
  add_du(app, cli);
  add_prune(app, cli);
  add_clean(app, cli);
}

}  // namespace farm::ctl
