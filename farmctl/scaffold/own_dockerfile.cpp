#include "farmctl/scaffold/own_dockerfile.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/dockerfile/scope.hpp"

namespace farm::scaffold {
namespace {

constexpr std::size_t kDockerfileReadMax = 1U << 20U;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool mentions_cargo_build(const std::string& text) {
  return contains(text, "cargo build") || contains(text, "cargo chef") || contains(text, "cargo install --path");
}

std::string text_of(const Dockerfile& dockerfile, const Instruction& instruction) {
  return dockerfile.text.substr(instruction.begin, instruction.end - instruction.begin);
}

// The stages from the external image to `stage`, the lowest first.
std::vector<const ResolvedStage*> chain_to(const ResolvedStages& resolved, std::size_t stage) {
  std::vector<const ResolvedStage*> chain;
  for (const ResolvedStage* at = resolved.find(stage); at != nullptr;) {
    chain.insert(chain.begin(), at);
    at = at->base.kind == StageBase::Kind::Stage ? resolved.find(at->base.stage) : nullptr;
  }
  return chain;
}

bool is_copy(const Instruction& instruction) { return instruction.keyword == "COPY" || instruction.keyword == "ADD"; }
bool from_context(const Instruction& instruction) { return is_copy(instruction) && instruction.flag("from") == nullptr; }

bool installs(const std::string& text) {
  return contains(text, "apt-get") || contains(text, "apt ") || contains(text, "apk ") || contains(text, "rustup ");
}

// One instruction of the stages that compile.
void add_to_setup(const OwnDockerfile::Stages& own, const Instruction& instruction, bool after_copy, Setup& setup) {
  const std::string text = text_of(own.dockerfile, instruction);
  const std::vector<std::string>& bin_args = own.rust.build->bin_args;
  if (instruction.keyword == "ARG") {
    const bool names_bin = std::any_of(instruction.pairs.begin(), instruction.pairs.end(), [&](const KeyValue& pair) {
      return std::find(bin_args.begin(), bin_args.end(), pair.key) != bin_args.end();
    });
    if (!names_bin) setup.late.push_back(text);
  } else if (instruction.keyword == "ENV") {
    (contains(text, "$") ? setup.late : setup.before).push_back(text);
  } else if (instruction.keyword == "SHELL") {
    setup.before.push_back(text);
  } else if (instruction.keyword == "RUN" && !contains(text, "cargo ") && instruction.flags.empty() && (!after_copy || installs(text))) {
    setup.before.push_back(text);
  }
}

Error unsupported(const Dockerfile& dockerfile, const Instruction& instruction, const std::string& why) {
  return {ErrorKind::Unsupported, to_string(dockerfile.place(instruction)) + ": " + why};
}

// Rewrites one shipping stage.
class Shipper {
 public:
  Shipper(const OwnDockerfile::Stages& own, const ShipRequest& request) : own_(own), request_(request) {}

  Result<Shipped> run() {
    const std::vector<const ResolvedStage*> chain = chain_to(own_.resolved, own_.resolved.target);
    const StageBase& base = chain.front()->base;
    const Instruction& from = own_.dockerfile.stages[chain.front()->index].from;
    if (base.kind == StageBase::Kind::Scratch) {
      shipped_.image = "scratch";
    } else if (base.kind == StageBase::Kind::Image) {
      shipped_.image = (base.platform.empty() ? "" : "--platform=" + base.platform + " ") + base.name;
    } else {
      return unsupported(own_.dockerfile, from, "the image that ships is made of another context");
    }
    for (const ResolvedStage* stage : chain) {
      if (stage->index == own_.rust.build->stage)
        return unsupported(own_.dockerfile, from, "the stage that compiles is the one that ships");
      if (Result<void> kept = keep_stage(*stage); !kept) return kept.error();
    }
    if (!took_binary_) return unsupported(own_.dockerfile, from, "it takes no binary out of the stage that compiles");
    return shipped_;
  }

 private:
  Result<void> keep_stage(const ResolvedStage& stage) {
    const std::vector<Instruction>& instructions = own_.dockerfile.stages[stage.index].instructions;
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      const Instruction& instruction = instructions[i];
      const StageSource* source = nullptr;
      for (const StageSource& each : stage.sources) {
        if (each.instruction == i && each.kind == StageBase::Kind::Stage) source = &each;
      }
      if (source != nullptr) {
        if (source->mount || !is_copy(instruction)) return unsupported(own_.dockerfile, instruction, "it mounts another stage");
        if (Result<void> taken = take(stage, i, *source); !taken) return taken;
        continue;
      }
      if (!request_.same_context && from_context(instruction))
        return unsupported(own_.dockerfile, instruction, "its paths start from another context than the workspace's folder");
      const bool declares = instruction.keyword == "ARG" && instruction.pairs.size() == 1 && instruction.pairs[0].key == request_.argument;
      if (declares && declared_) continue;
      declared_ = declared_ || declares;
      shipped_.instructions += text_of(own_.dockerfile, instruction) + "\n";
    }
    return {};
  }

  // COPY --from=the stage that compiles.
  Result<void> take(const ResolvedStage& stage, std::size_t index, const StageSource& source) {
    const Instruction& instruction = own_.dockerfile.stages[stage.index].instructions[index];
    const std::vector<std::string>& words = stage.scopes[index].words;
    const std::vector<const ResolvedStage*> built = chain_to(own_.resolved, source.stage);
    const bool compiles =
        std::any_of(built.begin(), built.end(), [&](const ResolvedStage* each) { return each->index == own_.rust.build->stage; });
    if (!compiles || words.size() != 2 || instruction.words.size() != 2)
      return unsupported(own_.dockerfile, instruction,
                         "it copies from a stage other than the one that compiles, or several things at once");
    const std::string target = own_.rust.build->target_directory + "/";
    const std::string workdir = own_.rust.build->workdir + "/";
    std::string from;
    if (words[0].starts_with(target) && name_of(words[0]) == request_.bin) {
      from = request_.workdir + "/" + request_.release_folder + "/${" + request_.argument + "}";
      took_binary_ = true;
      if (!declared_) shipped_.instructions += "ARG " + request_.argument + "\n";
      declared_ = true;
    } else if (words[0].starts_with(workdir) && !words[0].starts_with(target) && request_.same_root) {
      from = request_.workdir + "/" + words[0].substr(workdir.size());
    } else {
      return unsupported(own_.dockerfile, instruction, "it copies " + words[0] + ", which the new build stage doesn't have there");
    }
    std::string line = instruction.keyword + " --from=builder ";
    for (const InstructionFlag& flag : instruction.flags) {
      if (flag.name != "from") line += "--" + flag.name + "=" + flag.value + " ";
    }
    const std::string& to = instruction.words[1];
    shipped_.instructions += line + (instruction.json ? "[\"" + from + "\", \"" + to + "\"]" : from + " " + to) + "\n";
    return {};
  }

  const OwnDockerfile::Stages& own_;
  const ShipRequest& request_;
  Shipped shipped_;
  bool declared_ = false;
  bool took_binary_ = false;
};

}  // namespace

OwnDockerfile read_own_dockerfile(const FileTree& tree, const BuildSpec& build) {
  OwnDockerfile own;
  own.path = build.dockerfile;
  std::string text = build.dockerfile_inline.value_or("");
  if (!build.dockerfile_inline) {
    Result<std::string> read = tree.read(build.dockerfile, kDockerfileReadMax);
    if (!read) return own;
    text = *std::move(read);
  }
  own.kind = mentions_cargo_build(text) ? OwnDockerfile::Kind::Rust : OwnDockerfile::Kind::Other;
  Parsed<Dockerfile> parsed = parse_dockerfile(own.path.empty() ? "dockerfile_inline" : own.path, text);
  if (!parsed.ok()) return own;
  ResolveOptions options;
  options.build_args = build.args;
  options.target = build.target;
  for (const auto& [name, value] : build.additional_contexts) options.named_contexts.insert(name);
  Result<ResolvedStages> resolved = resolve_stages(parsed.value, options);
  if (!resolved) return own;
  Parsed<RustStages> rust = recognise_rust(parsed.value, *resolved, {});
  if (!rust.value.recognised) return own;
  own.kind = OwnDockerfile::Kind::Rust;
  own.stages = OwnDockerfile::Stages{std::move(parsed.value), *std::move(resolved), std::move(rust.value)};
  return own;
}

std::vector<std::string> compiled_folders(const OwnDockerfile::Stages& own, const std::string& context) {
  std::vector<std::string> folders;
  const std::string& workdir = own.rust.build->workdir;
  for (const ResolvedStage* stage : chain_to(own.resolved, own.rust.build->stage)) {
    for (std::size_t i = 0; i < stage->scopes.size(); ++i) {
      const std::vector<std::string>& words = stage->scopes[i].words;
      if (!from_context(own.dockerfile.stages[stage->index].instructions[i]) || words.size() < 2) continue;
      const std::string to = dockerfile_detail::absolute_path(stage->scopes[i].workdir, words.back());
      if (to != workdir && !workdir.starts_with(to == "/" ? to : to + "/")) continue;
      const std::string rest = to == workdir ? "" : workdir.substr(to == "/" ? 1 : to.size() + 1);
      for (std::size_t word = 0; word + 1 < words.size(); ++word) {
        std::string source = words[word];
        source.erase(0, source.find_first_not_of('/'));
        const bool manifest = name_of(source) == "Cargo.toml";
        const Result<std::string> folder = normalise_path(context, (manifest ? parent_path(source) : source) + "/" + rest);
        if (folder && std::find(folders.begin(), folders.end(), *folder) == folders.end()) folders.push_back(*folder);
      }
    }
  }
  return folders;
}

std::vector<std::string> shipped_names(const OwnDockerfile::Stages& own) {
  std::vector<std::string> names;
  for (const ArtifactCopy& copy : own.rust.copies) {
    for (const std::string& source : copy.sources) {
      if (source.starts_with(own.rust.build->target_directory + "/")) names.push_back(name_of(source));
    }
  }
  return names;
}

Setup setup_of(const OwnDockerfile::Stages& own) {
  Setup setup;
  const std::vector<const ResolvedStage*> chain = chain_to(own.resolved, own.rust.build->stage);
  if (chain.front()->base.kind == StageBase::Kind::Image) setup.image = chain.front()->base.name;
  bool after_copy = false;
  for (const ResolvedStage* stage : chain) {
    const std::vector<Instruction>& instructions = own.dockerfile.stages[stage->index].instructions;
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      if (stage->index == own.rust.build->stage && i >= own.rust.build->instruction) break;
      after_copy = after_copy || from_context(instructions[i]);
      add_to_setup(own, instructions[i], after_copy, setup);
    }
  }
  return setup;
}

Result<Shipped> shipping_stage(const OwnDockerfile::Stages& own, const ShipRequest& request) { return Shipper(own, request).run(); }

}  // namespace farm::scaffold
