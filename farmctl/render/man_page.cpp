#include "farmctl/render/man_page.hpp"

namespace farm::ctl {
namespace {

std::string head(const std::string& name, const std::string& version, const std::string& description) {
  std::string title = name;
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return ".TH \"" + troff_text(title) + "\" \"1\" \"\" \"farm " + troff_text(version) + "\" \"farm\"\n.SH NAME\n" + troff_text(name) +
         " \\- " + troff_text(description) + "\n";
}

std::string literal(std::string_view text) { return ".PP\n.nf\n" + troff_text(text) + "\n.fi\n"; }

std::string option_head(const OptionDoc& option) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "\\fB" : ", \\fB") + troff_text(name) + "\\fR";
  if (!option.value.empty()) text += " \\fI" + troff_text(option.value) + "\\fR";
  return text;
}

std::string options_list(const std::vector<OptionDoc>& options) {
  std::string text;
  for (const OptionDoc& option : options) text += ".TP\n" + option_head(option) + "\n" + troff_text(option.help) + "\n";
  return text;
}

std::string positional_word(const OptionDoc& option) {
  std::string text = "\\fI" + troff_text(option.value.empty() ? option.names.front() : option.value) + "\\fR";
  if (option.repeatable) text += "...";
  return option.required ? text : "[" + text + "]";
}

std::string synopsis(const std::string& words, const CommandDoc& verb) {
  std::string text = "\\fB" + troff_text(words) + "\\fR";
  if (!verb.subcommands.empty()) text += " \\fIVERB\\fR";
  text += " [\\fIOPTION\\fR...]";
  for (const OptionDoc& positional : verb.positionals) text += " " + positional_word(positional);
  return text + "\n";
}

std::string footer_of(const CommandDoc& verb, const char* macro) {
  constexpr std::string_view kHead = "Examples:\n";
  std::string_view text = verb.footer;
  const std::size_t examples = text.find(kHead);
  if (examples == std::string_view::npos) return "";
  text.remove_prefix(examples + kHead.size());
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(macro) + " EXAMPLES\n" + literal(text);
}

std::string arguments_of(const CommandDoc& verb) {
  std::string text;
  for (const OptionDoc& positional : verb.positionals) {
    if (!positional.help.empty()) text += ".TP\n" + positional_word(positional) + "\n" + troff_text(positional.help) + "\n";
  }
  return text + options_list(verb.options);
}

constexpr const char* kExitStatus =
    ".SH EXIT STATUS\n.TP\n0\nbuilt, or done\n.TP\n1\na build failed or was cancelled\n.TP\n2\nbad input: usage, compose file, "
    "Dockerfile,\n"
    "manifest, key\n.TP\n3\nthe farm, or its registry, did not answer\n.TP\n4\na fault of farm itself\n";

constexpr const char* kEnvironment =
    ".SH ENVIRONMENT\n.TP\nFARM_CONFIG\nthe configuration file, as \\-\\-config\n.TP\n"
    "FARM_COORDINATOR, FARM_COORDINATOR_KEY, FARM_KEY_FILE, FARM_REGISTRY, FARM_REGISTRY_INSECURE, FARM_HTTP\n"
    "instead of the keys of the same name in the configuration file\n"
    ".SH FILES\n.TP\n~/.config/farm/client.yaml\nwhere the farm is, and the user's key\n.TP\n~/.local/state/farm/local\n"
    "the farm that `farmctl local up` started\n";

}  // namespace

std::string troff_text(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    line_begins = c == '\n';
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '"': result += "\\(dq"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      default: result += c;
    }
  }
  return result;
}

std::string render_man_page(const CommandDoc& root, const std::string& version) {
  std::string text = head(root.name, version, root.description) + ".SH SYNOPSIS\n" + synopsis(root.name, root) + ".SH VERBS\n";
  for (const CommandDoc& verb : root.subcommands)
    text += ".TP\n\\fB" + troff_text(verb.name) + "\\fR\n" + troff_text(verb.description) + "\n";
  text += ".SH OPTIONS\n" + options_list(root.options) + kExitStatus + kEnvironment + footer_of(root, ".SH") + ".SH SEE ALSO\n";
  std::string also;
  for (const CommandDoc& verb : root.subcommands) {
    also += std::string(also.empty() ? "" : ",\n") + "\\fB" + troff_text(root.name + "-" + verb.name) + "\\fR(1)";
  }
  return text + also + "\n";
}

std::string render_verb_man_page(const CommandDoc& root, const CommandDoc& verb, const std::string& version) {
  const std::string words = root.name + " " + verb.name;
  std::string text = head(root.name + "-" + verb.name, version, verb.description) + ".SH SYNOPSIS\n" + synopsis(words, verb);
  if (const std::string arguments = arguments_of(verb); !arguments.empty()) text += ".SH OPTIONS\n" + arguments;
  if (!verb.subcommands.empty()) text += ".SH VERBS\n";
  for (const CommandDoc& sub : verb.subcommands) {
    text += ".SS \"" + troff_text(words + " " + sub.name) + "\"\n" + troff_text(sub.description) + "\n.PP\n" +
            synopsis(words + " " + sub.name, sub) + arguments_of(sub);
    if (std::string examples = footer_of(sub, ".PP\n"); !examples.empty()) text += ".PP\n" + examples.substr(examples.find(".nf"));
  }
  return text + footer_of(verb, ".SH") + kExitStatus + ".SH SEE ALSO\n\\fB" + troff_text(root.name) + "\\fR(1)\n";
}

}  // namespace farm::ctl
