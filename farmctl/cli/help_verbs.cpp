// completion, man: made from the parser that they describe
#include "farmctl/cli/cli.hpp"
#include "farmctl/cli/describe.hpp"
#include "farmctl/commands/help.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, std::string> kShells = {{"bash", "bash"}, {"fish", "fish"}, {"zsh", "zsh"}};

struct HelpOptions {
  std::string shell;
  std::string verb;
  std::string directory;
};

constexpr const char* kCompletionExamples =
    "Examples:\n"
    "  source <(farmctl completion bash)                                     this shell\n"
    "  farmctl completion bash > ~/.local/share/bash-completion/completions/farmctl\n"
    "  farmctl completion zsh > ~/.zfunc/_farmctl                            a folder of $fpath\n"
    "  farmctl completion fish > ~/.config/fish/completions/farmctl.fish\n";
constexpr const char* kManExamples =
    "Examples:\n"
    "  farmctl man | man -l -\n"
    "  farmctl man submit | man -l -\n"
    "  farmctl man --directory /usr/local/share/man/man1   all pages, as files\n";

}  // namespace

void add_help_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<HelpOptions>();
  CLI::App* completion = app.add_subcommand("completion", "print the script by which a shell completes farmctl's words");
  add_choice(*completion, "shell", o->shell, kShells, "shell", "bash, zsh or fish")->required();
  completion->footer(kCompletionExamples);
  completion->callback([&cli, o] { cli.run = [o] { return run_completion(o->shell); }; });

  CLI::App* man = app.add_subcommand("man", "print a manual page");
  man->add_option("verb", o->verb, "the page of that verb (default: farmctl's own)")->type_name("VERB");
  man->add_option("--directory", o->directory, "write all pages into this folder")->type_name("DIR");
  man->footer(kManExamples);
  man->callback([&app, &cli, o] { cli.run = [&app, o] { return run_man(describe(app), o->verb, o->directory); }; });
}

}  // namespace farm::ctl
