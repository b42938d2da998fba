#include "shared/dockerfile/cargo_command.hpp"

#include <algorithm>
#include <array>

#include "shared/dockerfile/flags.hpp"
#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/scope.hpp"
#include "shared/dockerfile/shell.hpp"
#include "shared/dockerfile/shell_if.hpp"

namespace farm::dockerfile_detail {
namespace {

// Does a variable of this name change what a compile makes? Wrongly "yes" costs a note about differing flags, wrongly "no" a wrong reuse.
bool changes_a_compile(std::string_view name) {
  constexpr std::array<std::string_view, 7> kQuiet = {"CARGO_TERM_", "CARGO_NET_",       "CARGO_HTTP_",  "RUST_BACKTRACE",
                                                      "RUST_LOG",    "CARGO_BUILD_JOBS", "CARGO_INSTALL"};
  constexpr std::array<std::string_view, 21> kPrefixes = {"CARGO",   "RUST",    "CC",      "CXX",     "CPP",
                                                          "CFLAGS",  "AR",      "LD",      "LIB",     "PKG_CONFIG",
                                                          "OPENSSL", "TARGET_", "HOST_",   "SCCACHE", "SOURCE_DATE_EPOCH",
                                                          "SQLX",    "PROTOC",  "BINDGEN", "CMAKE",   "MAKEFLAGS",
                                                          "NUM_JOBS"};
  const auto starts = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (std::any_of(kQuiet.begin(), kQuiet.end(), starts)) return false;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), starts);
}

bool is_cargo(std::string_view word) { return word == "cargo" || word.ends_with("/cargo"); }

std::string strip_quotes(std::string word) {
  std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
  return word;
}

// `cargo build` or `cargo chef` somewhere in a text that isn't understood.
bool mentions_cargo_build(std::string_view text) {
  std::string words = " ";
  for (const char c : text) words += is_space(c) || c == '"' || c == '\'' || c == ',' || c == '(' ? ' ' : c;
  for (std::size_t at = words.find("cargo "); at != std::string::npos; at = words.find("cargo ", at + 1)) {
    std::string_view rest = trim(std::string_view(words).substr(at + 6));
    if (rest.starts_with('+')) rest = trim(rest.substr(std::min(rest.find(' '), rest.size())));
    for (const std::string_view command : {"chef ", "build", "b ", "rustc", "install --path", "zigbuild", "auditable"}) {
      if (rest.starts_with(command)) return true;
    }
  }
  return false;
}

class RunReader {
 public:
  RunReader(const Dockerfile& dockerfile, std::size_t stage, std::size_t instruction, const InstructionScope& scope)
      : dockerfile_(dockerfile), run_(dockerfile.stages[stage].instructions[instruction]), variables_(variables_of(scope)) {
    base_.stage = stage;
    base_.instruction = instruction;
    base_.place = dockerfile.place(run_);
    base_.workdir = scope.workdir;
    base_.args_in_text = mentioned_names(run_.rest);
    for (const auto& [name, value] : variables_) {
      if (changes_a_compile(name)) base_.environment[name] = value;
    }
    read_mounts();
  }

  CargoCommands read() {
    for (const Heredoc& heredoc : run_.heredocs) {
      if (mentions_cargo_build(heredoc.content)) return fail("runs cargo in a here-document"), std::move(result_);
    }
    if (!mentions_cargo_build(run_.json ? joined() : run_.rest)) return std::move(result_);
    ShellList list;
    if (run_.json) {
      list.commands.emplace_back();
      for (const std::string& word : run_.words) list.commands.back().words.push_back({word, 0, 0});
      variables_.clear();
    } else {
      list = read_shell(run_.rest);
    }
    if (!list.not_understood.empty()) return fail("uses " + list.not_understood + " beside cargo"), std::move(result_);
    read_commands(std::move(list));
    for (CargoCommand& command : result_.commands) command.alone = others_ == 0 && result_.commands.size() == 1;
    return std::move(result_);
  }

 private:
  void read_commands(ShellList list) {
    ShellIf branches(runs_bash());
    for (ShellCommand& shell : list.commands) {
      const Result<std::optional<ShellCommand>> command = branches.next(std::move(shell), variables_);
      if (!command) return fail("uses " + command.error().message + " beside cargo");
      if (*command) read_command(**command);
      if (!result_.not_understood.empty()) return;
    }
    if (branches.is_open()) fail("has an 'if' without its 'fi'");
  }

  // A SHELL of the stage itself; one of the stage below is not looked for.
  [[nodiscard]] bool runs_bash() const {
    bool bash = false;
    for (const Instruction& instruction : dockerfile_.stages[base_.stage].instructions) {
      if (&instruction == &run_) break;
      if (instruction.keyword == "SHELL" && !instruction.words.empty()) bash = instruction.words[0].ends_with("bash");
    }
    return bash;
  }

  void fail(const std::string& what) {
    if (result_.not_understood.empty()) result_.not_understood = "the RUN at " + to_string(base_.place) + " " + what;
  }

  [[nodiscard]] std::string joined() const {
    std::string text;
    for (const std::string& word : run_.words) text += word + " ";
    return text;
  }

  void read_mounts() {
    for (const InstructionFlag& flag : run_.flags) {
      if (flag.name != "mount") continue;
      CacheMount mount;
      std::string type = "bind";
      for (const InstructionFlag& field : mount_fields(flag.value)) {
        const std::string key = lower(field.name);
        const Result<std::string> value = expand_dockerfile_word(field.value, dockerfile_.directives.escape, variables_, nullptr);
        const std::string text = value ? *value : field.value;
        if (key == "type") type = lower(text);
        if (key == "target" || key == "dst" || key == "destination") mount.target = absolute_path(base_.workdir, text);
        if (key == "id") mount.id = text;
      }
      if (type == "cache" || type == "tmpfs") base_.cache_mounts.push_back(std::move(mount));
    }
  }

  // Sets a variable for the rest of the RUN. False where its value isn't understood.
  bool assign(const std::string& name, std::string_view raw, bool exported, std::map<std::string, std::string>* environment) {
    const Result<std::vector<std::string>> fields = shell_fields("\"\"" + std::string(raw.substr(name.size() + 1)), variables_);
    if (!fields) {
      if (changes_a_compile(name)) fail("sets " + name + " from " + fields.error().message);
      variables_.erase(name);
      return false;
    }
    std::string value;
    for (const std::string& field : *fields) value += (value.empty() ? "" : " ") + field;
    if (exported) variables_[name] = value;
    if (changes_a_compile(name)) (environment == nullptr ? base_.environment : *environment)[name] = value;
    return true;
  }

  void read_command(const ShellCommand& shell) {
    std::size_t at = 0;
    CargoCommand command = base_;
    const std::vector<ShellWord>& words = shell.words;
    while (at < words.size() && (!assignment_name(words[at].raw).empty() || (at == 0 && words[at].raw == "env"))) ++at;
    const std::string first = at < words.size() ? strip_quotes(words[at].raw) : "";
    if (first.empty() || first == "export") return read_assignments(words, first.empty());
    if (first == "cd") return change_directory(words, at);
    if (first == "set" || first == ":" || first == "true") return;
    if (first == "exit" || first == "exec" || first == "return") return fail("uses '" + first + "' beside cargo");
    if (!is_cargo(first)) {
      ++others_;
      for (std::size_t i = at + 1; i + 1 < words.size(); ++i) {
        if (is_cargo(strip_quotes(words[i].raw)) && mentions_cargo_build("cargo " + words[i + 1].raw + " "))
          fail("runs cargo through '" + first + "'");
      }
      return;
    }
    for (std::size_t i = 0; i < at; ++i) {
      const std::string name = assignment_name(words[i].raw);
      if (!name.empty()) assign(name, words[i].raw, false, &command.environment);
    }
    read_cargo(words, at + 1, command);
  }

  void read_assignments(const std::vector<ShellWord>& words, bool plain) {
    for (const ShellWord& word : words) {
      const std::string name = assignment_name(word.raw);
      if (name.empty() && !plain && word.raw != "export" && changes_a_compile(word.raw)) base_.environment[word.raw] = variables_[word.raw];
      // Without `export`, a variable that cargo doesn't have in its environment yet isn't handed on; one that it has, is.
      std::map<std::string, std::string> dropped;
      const bool hand_on = !plain || base_.environment.contains(name);
      if (!name.empty()) assign(name, word.raw, true, hand_on ? nullptr : &dropped);
    }
  }

  void change_directory(const std::vector<ShellWord>& words, std::size_t at) {
    Result<std::vector<std::string>> fields =
        at + 1 < words.size() ? shell_fields(words[at + 1].raw, variables_) : Error{ErrorKind::InvalidInput, "no directory"};
    if (!fields || fields->size() != 1 || words.size() != at + 2) return fail("changes to a directory that isn't understood");
    base_.workdir = absolute_path(base_.workdir, (*fields)[0]);
  }

  [[nodiscard]] std::size_t text_end_of(const ShellWord& word) const { return word.end == 0 ? 0 : run_.offsets[word.end - 1] + 1; }

  void read_cargo(const std::vector<ShellWord>& words, std::size_t at, CargoCommand command) {
    const auto raw = [&](std::size_t i) { return i < words.size() ? strip_quotes(words[i].raw) : std::string(); };
    if (raw(at).starts_with('+')) command.flags.toolchain = raw(at++).substr(1);
    std::string subcommand = raw(at);
    if (subcommand == "chef") subcommand += " " + raw(++at);
    if (subcommand == "build" || subcommand == "b") {
      command.kind = CargoCommandKind::Build;
    } else if (subcommand == "chef cook") {
      command.kind = CargoCommandKind::Cook;
    } else if (subcommand == "chef prepare") {
      command.kind = CargoCommandKind::Prepare;
    } else {
      ++others_;
      if (mentions_cargo_build("cargo " + subcommand + " " + raw(at + 1)))
        fail("builds with `cargo " + subcommand + "`, which farm doesn't read");
      return;
    }
    command.insert_at = text_end_of(words[at]);
    std::vector<std::string> arguments;
    for (std::size_t i = at + 1; i < words.size(); ++i) {
      Result<std::vector<std::string>> fields =
          run_.json ? Result<std::vector<std::string>>(std::vector<std::string>{words[i].raw}) : shell_fields(words[i].raw, variables_);
      if (!fields) return fail("has " + fields.error().message);
      arguments.insert(arguments.end(), fields->begin(), fields->end());
    }
    const std::string wrong = read_cargo_flags(arguments, command);
    if (!wrong.empty()) return fail("has " + wrong + " for `cargo " + subcommand + "`, which farm doesn't read");
    note_bins(words, at + 1, command);
    finish(std::move(command));
  }

  // Where `--bin X` stands, and which of the X are nothing but an ARG.
  void note_bins(const std::vector<ShellWord>& words, std::size_t at, CargoCommand& command) {
    for (std::size_t i = at; i < words.size(); ++i) {
      std::string value;
      std::size_t last = i;
      if (words[i].raw == "--bin" && i + 1 < words.size()) {
        last = i + 1;
        value = words[last].raw;
      } else if (words[i].raw.starts_with("--bin=")) {
        value = words[i].raw.substr(6);
      } else {
        continue;
      }
      if (!run_.json) command.bin_spans.push_back({run_.offsets[words[i].begin], text_end_of(words[last])});
      const std::string name = lone_variable(value);
      if (!name.empty()) command.bin_args.push_back(name);
      i = last;
    }
  }

  void finish(CargoCommand command) {
    const auto from_environment = command.environment.find("CARGO_TARGET_DIR");
    std::string directory = command.flags.target_dir;
    if (directory.empty() && from_environment != command.environment.end()) directory = from_environment->second;
    const std::string manifest_directory =
        command.flags.manifest_path.empty() ? "" : absolute_path(command.workdir, command.flags.manifest_path + "/..");
    if (directory.empty() && !manifest_directory.empty()) directory = manifest_directory + "/target";
    command.target_directory = absolute_path(command.workdir, directory.empty() ? "target" : directory);
    if (command.kind != CargoCommandKind::Build && command.recipe_path.empty()) command.recipe_path = "recipe.json";
    result_.commands.push_back(std::move(command));
  }

  const Dockerfile& dockerfile_;
  const Instruction& run_;
  std::map<std::string, std::string> variables_;
  CargoCommand base_;
  CargoCommands result_;
  int others_ = 0;
};

}  // namespace

CargoCommands read_cargo_commands(const Dockerfile& dockerfile, std::size_t stage, std::size_t instruction, const InstructionScope& scope) {
  return RunReader(dockerfile, stage, instruction, scope).read();
}

}  // namespace farm::dockerfile_detail
