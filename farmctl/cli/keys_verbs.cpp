// keys new, keys show; keys token add, rm, list
#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/tokens.hpp"

namespace farm::ctl {
namespace {

const std::map<std::string, std::string> kRoles = {{"admin", "admin"}, {"agent", "agent"}, {"client", "client"}, {"reader", "reader"}};

struct KeyOptions {
  std::string file;
  std::string name;
  std::string role = "client";
};

void add_token_verbs(CLI::App& keys, Cli& cli) {
  const auto o = std::make_shared<TokenOptions>();
  CLI::App* token = keys.add_subcommand("token", "tokens, by which people act in the console and scripts over HTTP");
  token->require_subcommand(1);
  token->footer(
      "Examples:\n"
      "  farmctl keys token add ann --role client --project market   prints the token, this once\n"
      "  farmctl keys token list\n"
      "  farmctl keys token rm ann\n");
  CLI::App* add = token->add_subcommand("add", "make a token and put its hash into a key book");
  CLI::App* rm = token->add_subcommand("rm", "take a token out of a key book");
  CLI::App* list = token->add_subcommand("list", "tokens of a key book, by name");
  for (CLI::App* named : {add, rm}) named->add_option("name", o->name, "whose it is")->required()->type_name("NAME");
  for (CLI::App* each : {add, rm, list}) {
    each->add_option("--book", o->book, "the coordinator's key book (default: the local farm's)")->type_name("FILE");
  }
  add->add_option("--role", o->role, "client, admin or reader")->type_name("client|admin|reader");
  add->add_option("--project", o->projects, "may act on builds of this project only; may be given again")->allow_extra_args(false);
  add->add_flag("--print", o->print, "print the key book's line after the token, and write no book")->excludes("--book");
  add->footer(
      "Examples:\n"
      "  farmctl keys token add ann --role admin                          for the local farm's console\n"
      "  farmctl keys token add ci --role client --project market --print    the line for farm_client_keys of an inventory\n");
  rm->footer("Examples:\n  farmctl keys token rm ann\n");
  list->footer("Examples:\n  farmctl keys token list --book /etc/farm/key-book\n");
  add->callback([&cli, o] { cli.run = [&cli, o] { return run_token_add(cli.global, *o); }; });
  rm->callback([&cli, o] { cli.run = [&cli, o] { return run_token_rm(cli.global, *o); }; });
  list->callback([&cli, o] { cli.run = [&cli, o] { return run_token_list(cli.global, *o); }; });
}

}  // namespace

void add_keys_verbs(CLI::App& app, Cli& cli) {
  const auto o = std::make_shared<KeyOptions>();
  CLI::App* keys = app.add_subcommand("keys", "make and show the keys and tokens by which farm knows its people");
  keys->require_subcommand(1);
  keys->footer(
      "Examples:\n"
      "  farmctl keys new coordinator.key                       the coordinator's own\n"
      "  farmctl keys new ann.key --name ann --role client      a user's; the printed line goes into the key book\n"
      "  farmctl keys show ann.key\n"
      "  farmctl keys token add ann --role client               for the console and its API\n");
  add_token_verbs(*keys, cli);
  for (CLI::App* sub : {keys->add_subcommand("new", "write a new key file and print its public side"),
                        keys->add_subcommand("show", "print a key file's public side")}) {
    sub->add_option("file", o->file, "the key file")->required()->type_name("FILE");
    sub->add_option("--name", o->name, "print a line for the key book, with this name")->type_name("NAME");
    add_choice(*sub, "--role", o->role, kRoles, "role", "agent, client, admin or reader");
    sub->footer("Examples:\n  farmctl keys " + sub->get_name() + " alpha.key --name alpha --role agent\n");
    const bool make = sub->get_name() == "new";
    sub->callback([&cli, o, make] {
      cli.run = [o, make] { return make ? run_keys_new(o->file, o->name, o->role) : run_keys_show(o->file, o->name, o->role); };
    });
  }
}

}  // namespace farm::ctl
