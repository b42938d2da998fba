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

std::string meant_option(const std::string& word, const CommandDoc& of) {
  if (!word.starts_with("--")) return "";
  std::vector<std::string> names;
  for (const OptionDoc& option : of.options) names.insert(names.end(), option.names.begin(), option.names.end());
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("--"); });
  return meant(config::nearest_name(word.substr(0, word.find('=')), names));
}

}  // namespace farm::ctl
