#include "shared/dockerfile/rust_stages.hpp"

#include <algorithm>

#include "shared/dockerfile/cargo_command.hpp"
#include "shared/dockerfile/scope.hpp"
#include "shared/dockerfile/variation.hpp"

namespace farm {
namespace {

using namespace dockerfile_detail;

bool is_under(const std::string& path, const std::string& directory) {
  return path == directory || directory == "/" || (path.starts_with(directory) && path[directory.size()] == '/');
}

std::string list_text(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& item : list) text += (text.empty() ? "" : " ") + item;
  return text.empty() ? "none" : text;
}

// The feature `default` is on anyway, unless it is switched off.
std::string features_text(const CargoFlags& flags) {
  std::vector<std::string> features = flags.features;
  if (!flags.no_default_features) std::erase(features, "default");
  return list_text(features);
}

class Recogniser {
 public:
  Recogniser(const Dockerfile& dockerfile, const ResolvedStages& resolved, const RecogniseOptions& options, Parsed<RustStages>& out)
      : dockerfile_(dockerfile),
        resolved_(resolved),
        options_(options),
        rust_(out.value),
        diagnostics_(out.diagnostics),
        variations_(dockerfile, resolved, options.service_args) {}

  void run() {
    for (const std::string& name : options_.service_args) {
      if (resolved_.arg_uses.contains(name)) rust_.service_args.insert(name);
    }
    find_commands();
    if (!rust_.why_not.empty()) {
      // Of a database's or a web front end's image, nobody expects that farm knows how to split it.
      if (dockerfile_.text.find("cargo") == std::string::npos) return;
      return report(Severity::Note, 0, rust_.why_not + "; the image is built as the Dockerfile stands");
    }
    rust_.recognised = true;
    rust_.bins = rust_.build->flags.bins;
    find_copies();
    judge_cache_mounts();
    judge_sharing();
    judge_flags();
  }

 private:
  void report(Severity severity, int line, std::string message) {
    diagnostics_.push_back({severity, {dockerfile_.file_name, line, 0}, std::move(message)});
  }

  void find_commands() {
    for (const ResolvedStage& stage : resolved_.stages) {
      for (std::size_t i = 0; i < stage.scopes.size(); ++i) {
        const Instruction& instruction = dockerfile_.stages[stage.index].instructions[i];
        if (instruction.keyword == "SHELL" && !instruction.words.empty() && !instruction.words[0].ends_with("sh")) {
          return give_up("SHELL at " + to_string(dockerfile_.place(instruction)) + " isn't one that farm reads");
        }
        if (instruction.keyword != "RUN") continue;
        CargoCommands found = read_cargo_commands(dockerfile_, stage.index, i, stage.scopes[i]);
        if (!found.not_understood.empty()) return give_up(found.not_understood);
        for (CargoCommand& command : found.commands) {
          if (!keep(std::move(command))) return;
        }
      }
    }
    if (!rust_.build) give_up("no stage that this target needs runs `cargo build`");
    if (rust_.build && rust_.cook && !is_reached_from(rust_.build->stage, rust_.cook->stage)) {
      report(Severity::Warning, rust_.build->place.line,
             "this build's stage doesn't use the stage of `cargo chef cook` (line " + std::to_string(rust_.cook->place.line) +
                 "), so nothing of it is reused");
      rust_.cook.reset();
    }
  }

  void give_up(std::string why) {
    rust_.why_not = std::move(why);
    rust_.prepare.reset();
    rust_.cook.reset();
    rust_.build.reset();
  }

  bool keep(CargoCommand command) {
    std::optional<CargoCommand>& slot = command.kind == CargoCommandKind::Build  ? rust_.build
                                        : command.kind == CargoCommandKind::Cook ? rust_.cook
                                                                                 : rust_.prepare;
    if (slot) {
      const std::string what = command.kind == CargoCommandKind::Build  ? "cargo build"
                               : command.kind == CargoCommandKind::Cook ? "cargo chef cook"
                                                                        : "cargo chef prepare";
      give_up("`" + what + "` is run twice, at " + to_string(slot->place) + " and at " + to_string(command.place));
      return false;
    }
    slot = std::move(command);
    return true;
  }

  // Does `stage` build on `below`, as its base or by COPY or mount from it?
  [[nodiscard]] bool is_reached_from(std::size_t stage, std::size_t below) const {
    std::set<std::size_t> seen;
    std::vector<std::size_t> open = {stage};
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (at == below) return true;
      const ResolvedStage* resolved = resolved_.find(at);
      if (resolved == nullptr || !seen.insert(at).second) continue;
      if (resolved->base.kind == StageBase::Kind::Stage) open.push_back(resolved->base.stage);
      for (const StageSource& source : resolved->sources) {
        if (source.kind == StageBase::Kind::Stage) open.push_back(source.stage);
      }
    }
    return false;
  }

  // Is `below` in the chain of bases of `stage` (or the same)?
  [[nodiscard]] bool stands_on(std::size_t stage, std::size_t below) const {
    for (const ResolvedStage* at = resolved_.find(stage); at != nullptr;) {
      if (at->index == below) return true;
      at = at->base.kind == StageBase::Kind::Stage ? resolved_.find(at->base.stage) : nullptr;
    }
    return false;
  }

  void find_copies() {
    for (const ResolvedStage& stage : resolved_.stages) {
      for (const StageSource& source : stage.sources) {
        if (source.mount || source.kind != StageBase::Kind::Stage || !stands_on(source.stage, rust_.build->stage)) continue;
        const Instruction& instruction = dockerfile_.stages[stage.index].instructions[source.instruction];
        ArtifactCopy copy;
        copy.stage = stage.index;
        copy.instruction = source.instruction;
        copy.line = instruction.first_line;
        copy.from_stage = source.stage;
        copy.sources = stage.scopes[source.instruction].words;
        if (!copy.sources.empty()) {
          copy.destination = copy.sources.back();
          copy.sources.pop_back();
        }
        rust_.copies.push_back(std::move(copy));
      }
    }
  }

  void judge_cache_mounts() {
    rust_.artifacts_in_layer = true;
    for (const std::optional<CargoCommand>* command : {&rust_.cook, &rust_.build}) {
      if (!*command) continue;
      for (const CacheMount& mount : (*command)->cache_mounts) {
        if (!is_under((*command)->target_directory, mount.target)) continue;
        rust_.artifacts_in_layer = false;
        report(Severity::Warning, (*command)->place.line,
               "the cache mount over " + mount.target + " keeps the artefacts of " + (*command)->target_directory +
                   " out of the image layers, so they can't be shared between hosts; remove this mount, farm keeps them in a layer of its "
                   "own");
      }
    }
  }

  void judge_sharing() {
    if (!rust_.cook) {
      report(Severity::Note, rust_.build->place.line, "no `cargo chef cook` before this build, so dependencies have no layer of their own");
      return;
    }
    rust_.deps_shareable = true;
    if (std::optional<Variation> variation = variations_.find(rust_.cook->stage, rust_.cook->instruction)) {
      rust_.deps_shareable = false;
      const std::string how = variation->in_text ? "is used" : "is declared, and so is in the environment of the RUN";
      report(Severity::Warning, variation->line,
             "ARG " + variation->arg + " differs per service and " + how + " before or in the cook (line " +
                 std::to_string(rust_.cook->place.line) + "), so the deps layer can't be shared; move the ARG behind the cook");
    }
  }

  void judge_flags() {
    if (!rust_.cook) return;
    const CargoFlags& cook = rust_.cook->flags;
    const CargoFlags& build = rust_.build->flags;
    rust_.deps_match_build = true;
    compare("profile", cook.profile, build.profile);
    compare("--target", list_text(cook.targets), list_text(build.targets));
    compare("--features", features_text(cook), features_text(build));
    compare("--all-features", yes_no(cook.all_features), yes_no(build.all_features));
    compare("--no-default-features", yes_no(cook.no_default_features), yes_no(build.no_default_features));
    compare("--config", list_text(cook.config), list_text(build.config));
    compare("toolchain", cook.toolchain, build.toolchain);
    compare("working directory", rust_.cook->workdir, rust_.build->workdir);
    // From within a member, cargo uses the target directory of the workspace: another working directory says nothing about it.
    if (rust_.cook->workdir == rust_.build->workdir)
      compare("target directory", rust_.cook->target_directory, rust_.build->target_directory);
    compare("--manifest-path", cook.manifest_path, build.manifest_path);
    compare_packages(cook, build);
    compare_environment();
  }

  static std::string yes_no(bool value) { return value ? "given" : "not given"; }

  void compare(const std::string& what, const std::string& cook, const std::string& build) {
    if (cook == build) return;
    differ(what + " of cook and build differ: " + (cook.empty() ? "none" : cook) + " vs " + (build.empty() ? "none" : build) +
           "; every dependency is compiled again");
  }

  void differ(const std::string& message) {
    rust_.deps_match_build = false;
    report(Severity::Warning, rust_.build->place.line, message + " (the cook is at line " + std::to_string(rust_.cook->place.line) + ")");
  }

  // -p narrows the features of what is shared; --bin from the workspace's root doesn't.
  void compare_packages(const CargoFlags& cook, const CargoFlags& build) {
    std::vector<std::string> of_cook = cook.packages;
    std::vector<std::string> of_build = build.packages;
    std::sort(of_cook.begin(), of_cook.end());
    std::sort(of_build.begin(), of_build.end());
    if (of_cook != of_build) {
      differ(of_cook.empty()
                 ? "`-p " + list_text(of_build) + "` after a workspace cook narrows features and recompiles dependencies; use --bin"
                 : "-p of cook and build differ: " + list_text(of_cook) + " vs " + list_text(of_build) +
                       "; dependencies are compiled again");
    }
    compare("--workspace", yes_no(cook.workspace), yes_no(build.workspace));
    compare("--exclude", list_text(cook.exclude), list_text(build.exclude));
  }

  // Variables that only macros in our own code read, as those of sqlx, leave the dependencies as they are.
  void compare_environment() {
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [name, value] : rust_.cook->environment) both[name].first = value;
    for (const auto& [name, value] : rust_.build->environment) both[name].second = value;
    for (const auto& [name, values] : both) {
      if (!name.starts_with("SQLX_")) compare("the variable " + name, values.first, values.second);
    }
  }

  const Dockerfile& dockerfile_;
  const ResolvedStages& resolved_;
  const RecogniseOptions& options_;
  RustStages& rust_;
  std::vector<Diagnostic>& diagnostics_;
  Variations variations_;
};

}  // namespace

std::set<std::string> differing_args(const std::vector<std::map<std::string, std::string>>& build_args) {
  std::set<std::string> names;
  for (const auto& args : build_args) {
    for (const auto& [name, value] : args) {
      for (const auto& other : build_args) {
        const auto found = other.find(name);
        if (found == other.end() || found->second != value) names.insert(name);
      }
    }
  }
  return names;
}

Parsed<RustStages> recognise_rust(const Dockerfile& dockerfile, const ResolvedStages& resolved, const RecogniseOptions& options) {
  Parsed<RustStages> parsed;
  Recogniser(dockerfile, resolved, options, parsed).run();
  return parsed;
}

}  // namespace farm
