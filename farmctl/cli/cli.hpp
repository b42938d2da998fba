// Purpose: how farmctl's options are read. Each group of verbs has a file of its own here, which adds its subcommands to the program and
// keeps their options; main.cpp only lists the groups. CLI11 is seen in farmctl/cli and main.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "farmctl/commands/commands.hpp"

namespace farm::ctl {

// What all groups share. Outlives parsing and the verb's run.
struct Cli {
  GlobalOptions global;
  std::uint32_t parallel = 1;     // from --parallel, which CLI11 can't read: see parse_parallel()
  std::function<ExitCode()> run;  // set by the chosen subcommand's callback
};

// Options are written by CLI11 after the adding function has returned, so they live behind a shared pointer that the callbacks hold:
//   auto o = std::make_shared<MyOptions>();  verb->callback([&cli, o] { cli.run = [&cli, o] { return run_mine(cli.global, *o); }; });
void add_build_verbs(CLI::App& app, Cli& cli);
void add_query_verbs(CLI::App& app, Cli& cli);
void add_keys_verbs(CLI::App& app, Cli& cli);
void add_local_verbs(CLI::App& app, Cli& cli);
void add_doctor_verbs(CLI::App& app, Cli& cli);
void add_help_verbs(CLI::App& app, Cli& cli);
void add_history_verbs(CLI::App& app, Cli& cli);
void add_project_verbs(CLI::App& app, Cli& cli);
void add_upkeep_verbs(CLI::App& app, Cli& cli);

// -f, -p, --profile, … : how a compose project is found and read.
void add_compose_options(CLI::App& verb, ProjectOptions& project);
// These, and how it is built: --tag, --platform, --no-index.
void add_project_options(CLI::App& verb, ProjectOptions& project);

// "--output", `choices` and `value`'s type: one of several words. `choices` must outlive the program's options. The words are shown by
// --help and completed by shells.
template <typename T>
CLI::Option* add_choice(CLI::App& verb, const std::string& names, T& value, const std::map<std::string, T>& choices,
                        const std::string& noun, const std::string& help) {
  std::string words;
  for (const auto& [word, each] : choices) words += (words.empty() ? "" : "|") + word;
  const auto read = [&value, &choices, noun, words](const std::string& word) {
    const auto found = choices.find(word);
    if (found == choices.end()) {
      std::string list = words;
      for (char& c : list) c = c == '|' ? ' ' : c;
      throw CLI::ValidationError(noun, "there is no " + noun + " '" + word + "'; take one of " + list);
    }
    value = found->second;
  };
  return verb.add_option_function<std::string>(names, read, help)->type_name(words);
}

constexpr std::uint64_t kTimeoutMax = 7 * 24 * 3600;  // seconds of a build

// "-n,--count" and `value`'s word in the help: a whole number in decimal digits from `least` to `most`, handed to `take`. Everything else
// (a sign, a fraction, what is too large) is refused with one sentence that says what is taken.
CLI::Option* add_number(CLI::App& verb, const std::string& names, const std::string& value, std::uint64_t least, std::uint64_t most,
                        const std::string& help, std::function<void(std::uint64_t)> take);
template <typename T>
CLI::Option* add_number(CLI::App& verb, const std::string& names, const std::string& value, std::uint64_t least, std::uint64_t most,
                        const std::string& help, T& number) {
  return add_number(verb, names, value, least, most, help,
                    std::function<void(std::uint64_t)>([&number](std::uint64_t read) { number = static_cast<T>(read); }));
}
// The number of a build; `least` 0 where 0 means the newest.
CLI::Option* add_build_number(CLI::App& verb, const std::string& names, std::uint64_t least, const std::string& help,
                              std::uint64_t& number);

inline const std::map<std::string, Output> kOutputs = {{"text", Output::Text}, {"json", Output::Json}};
// `outputs` must outlive the program's options.
void add_output(CLI::App& verb, Output& output, const std::map<std::string, Output>& outputs, const char* help);

}  // namespace farm::ctl
