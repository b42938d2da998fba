// keys new, keys show
#include "farmctl/cli/cli.hpp"

namespace farm::ctl {
namespace {

struct KeyOptions {
  std::string file;
  std::string name;
  std::string role = "client";
};

}  // namespace

void add_keys_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<KeyOptions>();
  CLI::App* keys = app.add_subcommand("keys", "make and show the keys by which programs know each other");
  keys->require_subcommand(1);
  keys->footer(
      "Examples:\n"
      "  farmctl keys new coordinator.key                       the coordinator's own\n"
      "  farmctl keys new ann.key --name ann --role client      a user's; the printed line goes into the key book\n"
      "  farmctl keys show ann.key\n");
  for (CLI::App* sub : {keys->add_subcommand("new", "write a new key file and print its public side"),
                        keys->add_subcommand("show", "print a key file's public side")}) {
    sub->add_option("file", o->file, "the key file")->required()->type_name("FILE");
    sub->add_option("--name", o->name, "print a line for the key book, with this name")->type_name("NAME");
    sub->add_option("--role", o->role, "agent, client, admin or reader")->type_name("agent|client|admin|reader");
    sub->footer("Examples:\n  farmctl keys " + sub->get_name() + " alpha.key --name alpha --role agent\n");
    const bool make = sub->get_name() == "new";
    sub->callback([&cli, o, make] {
      cli.run = [o, make] { return make ? run_keys_new(o->file, o->name, o->role) : run_keys_show(o->file, o->name, o->role); };
    });
  }
}

}  // namespace farm::ctl
