#include "farmctl/commands/words.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "shared/config/nearest.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kShownMax = 60;  // bytes of a wrong word in a message

// What docker's and cargo's users type, and what farmctl calls it.
const std::map<std::string, std::string> kElsewhere = {
    {"bake", "submit"},   {"build", "submit"}, {"config", "plan"},       {"df", "du"},
    {"images", "du"},     {"info", "doctor"},  {"kill", "cancel"},       {"list", "ps"},
    {"ls", "ps"},         {"new", "init"},     {"nodes", "agents"},      {"rm", "clean"},
    {"run", "up"},        {"start", "up"},     {"stats", "agents"},      {"status", "ps"},
    {"stop", "down"},     {"tree", "plan"},    {"version", "--version"}, {"why", "explain"},
    {"workers", "agents"}};

std::string shown(std::string_view text) { return "'" + std::string(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "…'" : "'"); }

bool has_option(const CommandDoc& verb, const std::string& name) {
  return std::any_of(verb.options.begin(), verb.options.end(), [&](const OptionDoc& option) {
    return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
  });
}

std::string meant(const std::string& found) { return found.empty() ? "" : "; did you mean `" + found + "`?"; }

}  // namespace

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);  // takes neither a sign nor blanks
  if (error == std::errc{} && end == text.data() + text.size() && number >= least && number <= most) return number;
  return Error{ErrorKind::InvalidInput, shown(text) + " is no whole number from " + std::to_string(least) + " to " + std::to_string(most)};
}

std::vector<std::string> with_help_as_option(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.emplace_back("--help");
  return arguments;
}

std::string meant_verb(const std::string& word, const CommandDoc& of) {
  std::vector<std::string> words;
  for (const CommandDoc& verb : of.subcommands) words.push_back(verb.name);
  const auto there = [&](const std::string& verb) { return std::find(words.begin(), words.end(), verb) != words.end(); };
  // Among its own verbs first, then among what others call them.
  std::string found = kElsewhere.contains(word) ? word : config::nearest_name(word, words);
  if (found.empty()) {
    std::vector<std::string> others;
    for (const auto& [theirs, ours] : kElsewhere) others.push_back(theirs);
    found = config::nearest_name(word, others);
  }
  if (const auto other = kElsewhere.find(found); other != kElsewhere.end() && !there(found)) found = other->second;
  return there(found) || (found.starts_with('-') && there("submit")) ? meant(found) : "";
}

std::string plain_complaint(const std::string& complaint, const CommandDoc& of) {
  constexpr std::string_view kRequired = " is required";
  constexpr std::string_view kOne = ": 1 required ";
  constexpr std::string_view kMissing = " missing";
  for (const OptionDoc& word : of.positionals) {
    if (complaint == word.names.front() + std::string(kRequired))
      return (word.value.empty() ? word.names.front() : word.value) + " is missing";
  }
  const std::size_t one = complaint.find(kOne);
  if (one == std::string::npos || !complaint.ends_with(kMissing)) return complaint;
  const std::size_t begin = one + kOne.size();
  return complaint.substr(0, one) + " wants " + complaint.substr(begin, complaint.size() - kMissing.size() - begin);
}

std::string wrong_option(const std::string& word, const CommandDoc& of) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const OptionDoc& option : of.options) names.insert(names.end(), option.names.begin(), option.names.end());
  std::vector<const CommandDoc*> verbs = {&of};
  for (const CommandDoc& verb : of.subcommands) verbs.push_back(&verb);
  for (const CommandDoc* verb : verbs) {
    if (has_option(*verb, name)) return "option " + name + " goes behind the verb, as in `farmctl " + verb->name + " " + name + "`";
  }
  std::erase_if(names, [](const std::string& each) { return !each.starts_with("--"); });
  return "there is no option " + name + (name.starts_with("--") ? meant(config::nearest_name(name, names)) : "");
}

}  // namespace farm::ctl
