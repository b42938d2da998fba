#include "farmctl/cli/describe.hpp"

namespace farm::ctl {
namespace {

// "TEXT:{auto,always}" → "auto|always"; "INT:INT in [1 - 64]" → "INT".
std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  std::string type = option.get_type_name();
  const std::size_t colon = type.find(':');
  if (colon == std::string::npos) return type;
  if (colon + 1 >= type.size() || type[colon + 1] != '{') return type.substr(0, colon);
  std::string words = type.substr(colon + 2, type.rfind('}') - colon - 2);
  for (char& c : words) c = c == ',' ? '|' : c;
  return words;
}

OptionDoc option_doc(const CLI::Option& option) {
  OptionDoc doc;
  for (const std::string& name : option.get_snames()) doc.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) doc.names.push_back("--" + name);
  if (doc.names.empty()) doc.names.push_back(option.get_name());
  doc.value = value_of(option);
  doc.help = option.get_description();
  doc.required = option.get_required();
  doc.repeatable = option.get_expected_max() > 1;
  return doc;
}

}  // namespace

CommandDoc describe(const CLI::App& app) {
  CommandDoc doc;
  doc.name = app.get_name();
  doc.description = app.get_description();
  doc.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? doc.options : doc.positionals).push_back(option_doc(*option));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    doc.subcommands.push_back(describe(*sub));
  return doc;
}

}  // namespace farm::ctl
