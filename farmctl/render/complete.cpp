#include "farmctl/render/complete.hpp"

#include <algorithm>
#include <optional>

#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

bool has_name(const OptionDoc& option, const std::string& name) {
  return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
}

// The option of that name: of the verb, or one of the program's, which may stand everywhere.
const OptionDoc* find_option(const CommandDoc& root, const CommandDoc& verb, const std::string& name) {
  for (const CommandDoc* command : {&verb, &root}) {
    for (const OptionDoc& option : command->options) {
      if (has_name(option, name)) return &option;
    }
  }
  return nullptr;
}

void offer_value(const OptionDoc& option, Completion& completion) {
  for (const std::string& word : option.choices()) completion.candidates.push_back({word, ""});
  if (option.value == "FILE") completion.wanted = Wanted::Files;
  if (option.value == "DIR") completion.wanted = Wanted::Folders;
  if (option.value == "SERVICE") completion.wanted = Wanted::Services;
  if (option.value == "BUILD") completion.wanted = Wanted::Builds;
  if (option.value == "AGENT") completion.wanted = Wanted::Agents;
}

void offer_options(const CommandDoc& command, Completion& completion) {
  for (const OptionDoc& option : command.options) {
    for (const std::string& name : option.names) {
      const bool there = std::any_of(completion.candidates.begin(), completion.candidates.end(),
                                     [&](const Candidate& candidate) { return candidate.text == name; });
      if (!there && name.starts_with("--")) completion.candidates.push_back({name, option.help});
    }
  }
}

// What was written before the word under the cursor.
struct Read {
  const CommandDoc* verb = nullptr;
  const OptionDoc* open = nullptr;  // an option whose value comes next
  bool options_over = false;        // after "--"
  std::vector<std::string> positionals;
};

Read read_words(const CommandDoc& root, const std::vector<std::string>& words) {
  Read read;
  read.verb = &root;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (read.open != nullptr) {
      read.open = nullptr;
    } else if (!read.options_over && word == "--") {
      read.options_over = true;
    } else if (!read.options_over && word.starts_with('-') && word.size() > 1) {
      const OptionDoc* option = find_option(root, *read.verb, word);
      if (option != nullptr && !option->value.empty()) read.open = option;
    } else if (const CommandDoc* sub = read.verb->find(word); sub != nullptr && read.positionals.empty()) {
      read.verb = sub;
    } else {
      read.positionals.push_back(word);
    }
  }
  return read;
}

const OptionDoc* next_positional(const Read& read) {
  const std::vector<OptionDoc>& known = read.verb->positionals;
  if (read.positionals.size() < known.size()) return &known[read.positionals.size()];
  return !known.empty() && known.back().repeatable ? &known.back() : nullptr;
}

}  // namespace

std::vector<std::string> OptionDoc::choices() const {
  std::vector<std::string> words;
  if (value.find('|') == std::string::npos) return words;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find('|', begin), value.size());
    words.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

const CommandDoc* CommandDoc::find(const std::string& subcommand) const {
  const auto found = std::find_if(subcommands.begin(), subcommands.end(), [&](const CommandDoc& sub) { return sub.name == subcommand; });
  return found == subcommands.end() ? nullptr : &*found;
}

Completion complete(const CommandDoc& root, const std::vector<std::string>& words) {
  Completion completion;
  if (words.empty()) return completion;
  const Read read = read_words(root, words);
  completion.word = words.back();
  if (read.open != nullptr) {
    offer_value(*read.open, completion);
    return completion;
  }
  const std::size_t equals = completion.word.find('=');
  if (!read.options_over && completion.word.starts_with('-') && equals != std::string::npos) {
    const OptionDoc* option = find_option(root, *read.verb, completion.word.substr(0, equals));
    completion.before = completion.word.substr(0, equals + 1);
    completion.word.erase(0, equals + 1);
    if (option != nullptr) offer_value(*option, completion);
    return completion;
  }
  if (!read.options_over && completion.word.starts_with('-')) {
    offer_options(*read.verb, completion);
    offer_options(root, completion);
    return completion;
  }
  if (read.positionals.empty()) {
    for (const CommandDoc& sub : read.verb->subcommands) completion.candidates.push_back({sub.name, sub.description});
  }
  if (const OptionDoc* positional = next_positional(read)) offer_value(*positional, completion);
  completion.given = read.positionals;
  return completion;
}

std::string render_completion(const Completion& completion) {
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    const bool given = std::find(completion.given.begin(), completion.given.end(), candidate.text) != completion.given.end();
    if (given || !candidate.text.starts_with(completion.word)) continue;
    text += fit(completion.before + candidate.text, 300) + "\t" + fit(candidate.help, 100) + "\n";
  }
  if (completion.wanted == Wanted::Files) return text + ":files\n";
  return text + (completion.wanted == Wanted::Folders ? ":folders\n" : ":\n");
}

}  // namespace farm::ctl
