#include "shared/dockerfile/resolve.hpp"

#include <algorithm>

#include "shared/dockerfile/flags.hpp"
#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/scope.hpp"
#include "shared/dockerfile/words.hpp"

namespace farm {
namespace {

using namespace dockerfile_detail;

constexpr std::size_t kScopeBytesMax = 64U << 20U;  // of all scopes of one Dockerfile together

std::size_t bytes_of(const InstructionScope& scope) {
  std::size_t bytes = 0;
  for (const auto* variables : {&scope.environment, &scope.args}) {
    for (const auto& [name, value] : *variables) bytes += name.size() + value.size() + sizeof(void*) * 12;
  }
  return bytes;
}

class Resolver {
 public:
  Resolver(const Dockerfile& dockerfile, const ResolveOptions& options)
      : dockerfile_(dockerfile), options_(options), globals_(platform_args(options)) {}

  Result<ResolvedStages> run() {
    if (dockerfile_.stages.empty()) return fail(0, "there is no build stage");
    if (Result<void> read = read_globals(); !read) return read.error();
    std::optional<std::size_t> target = dockerfile_.stages.size() - 1;
    if (!options_.target.empty()) target = dockerfile_.find_stage(options_.target);
    if (!target) return fail(0, "target stage '" + options_.target + "' could not be found" + stage_names());
    result_.target = *target;
    if (Result<void> visited = visit(*target); !visited) return visited.error();
    std::sort(result_.stages.begin(), result_.stages.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    sort_uses();
    for (const auto& [name, value] : options_.build_args) {
      if (!declared_.contains(name) && !is_predefined_arg(name)) result_.unused_build_args.push_back(name);
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] Error fail(int line, const std::string& message) const {
    return {ErrorKind::InvalidInput, to_string(Place{dockerfile_.file_name, line, 0}) + ": " + message};
  }

  [[nodiscard]] std::string stage_names() const {
    std::string names;
    for (const Stage& stage : dockerfile_.stages) {
      if (!stage.name.empty()) names += (names.empty() ? "; there are " : ", ") + stage.name;
    }
    return names;
  }

  void use(const std::set<std::string>& names, std::size_t stage, std::size_t instruction, int line, bool in_text = true) {
    for (const std::string& name : names) result_.arg_uses[name].push_back({stage, instruction, line, in_text});
  }

  Result<void> read_globals() {
    for (const GlobalArg& arg : dockerfile_.global_args) {
      declared_.insert(arg.name);
      const auto given = options_.build_args.find(arg.name);
      if (given != options_.build_args.end()) {
        globals_[arg.name] = given->second;
      } else if (arg.value) {
        Result<std::string> value = expand_dockerfile_word(*arg.value, dockerfile_.directives.escape, globals_, nullptr);
        if (!value) return fail(arg.line, value.error().message);
        globals_[arg.name] = std::move(*value);
      }
    }
    return {};
  }

  Result<std::string> expand_from(const Stage& stage, std::size_t index, const std::string& word) {
    std::set<std::string> used;
    Result<std::string> value = expand_dockerfile_word(word, dockerfile_.directives.escape, globals_, &used);
    if (!value) return fail(stage.place.line, value.error().message);
    use(used, index, kFromInstruction, stage.place.line);
    return value;
  }

  Result<StageBase> base_of(std::size_t index) {
    const Stage& stage = dockerfile_.stages[index];
    StageBase base;
    if (!stage.name.empty() && options_.named_contexts.contains(stage.name)) {
      base.kind = StageBase::Kind::Context;
      base.name = stage.name;
      return base;
    }
    Result<std::string> name = expand_from(stage, index, stage.base);
    if (!name) return name.error();
    if (name->empty())
      return fail(stage.place.line,
                  "base name (" + stage.base + ") should not be blank; give its ARG a default value before the first FROM");
    Result<std::string> platform = expand_from(stage, index, stage.platform);
    if (!platform) return platform.error();
    base.platform = *platform;
    base.name = *name;
    for (std::size_t i = index; i-- > 0;) {
      if (dockerfile_.stages[i].name != *name) continue;
      base.kind = StageBase::Kind::Stage;
      base.stage = i;
      return base;
    }
    if (options_.named_contexts.contains(*name)) {
      base.kind = StageBase::Kind::Context;
    } else if (*name == "scratch") {
      base.kind = StageBase::Kind::Scratch;
    }
    return base;
  }

  // What `--from=` or a mount's `from=` names.
  Result<void> add_source(ResolvedStage& stage, std::size_t instruction, const std::string& name, bool mount) {
    const Instruction& at = dockerfile_.stages[stage.index].instructions[instruction];
    if (name.find('$') != std::string::npos) {
      return fail(at.first_line, "--from=" + name + ": variables aren't supported here; give the image a stage name with FROM … AS");
    }
    StageSource source;
    source.instruction = instruction;
    source.mount = mount;
    source.name = name;
    const std::optional<std::size_t> found = dockerfile_.find_stage(name);
    const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    if (found) {
      source.kind = StageBase::Kind::Stage;
      source.stage = *found;
    } else if (number) {
      return fail(at.first_line, "--from=" + name + ": there is no stage with this number");
    } else if (options_.named_contexts.contains(name)) {
      source.kind = StageBase::Kind::Context;
    } else {
      source.kind = name == "scratch" ? StageBase::Kind::Scratch : StageBase::Kind::Image;
    }
    stage.sources.push_back(std::move(source));
    return {};
  }

  Result<void> visit(std::size_t index) {
    if (state_.size() <= index) state_.resize(dockerfile_.stages.size(), State::New);
    const Stage& stage = dockerfile_.stages[index];
    if (state_[index] == State::Done) return {};
    if (state_[index] == State::Open) return fail(stage.place.line, "circular dependency: this stage needs itself");
    state_[index] = State::Open;

    ResolvedStage resolved;
    resolved.index = index;
    Result<StageBase> base = base_of(index);
    if (!base) return base.error();
    resolved.base = std::move(*base);
    InstructionScope scope;
    scope.workdir = "/";
    if (resolved.base.kind == StageBase::Kind::Stage) {
      if (Result<void> below = visit(resolved.base.stage); !below) return below;
      scope = result_.find(resolved.base.stage)->end;
    }
    // A stage that a named context replaces runs nothing.
    if (resolved.base.kind != StageBase::Kind::Context || stage.name != resolved.base.name) {
      if (Result<void> walked = walk(resolved, scope); !walked) return walked;
    } else {
      resolved.scopes.resize(stage.instructions.size());
    }
    resolved.end = std::move(scope);
    for (const StageSource& source : resolved.sources) {
      if (source.kind != StageBase::Kind::Stage) continue;
      if (Result<void> below = visit(source.stage); !below) return below;
    }
    state_[index] = State::Done;
    result_.stages.push_back(std::move(resolved));
    return {};
  }

  Result<void> walk(ResolvedStage& resolved, InstructionScope& scope) {
    const Stage& stage = dockerfile_.stages[resolved.index];
    for (std::size_t i = 0; i < stage.instructions.size(); ++i) {
      const Instruction& instruction = stage.instructions[i];
      std::set<std::string> used;
      scope_bytes_ += bytes_of(scope);
      if (scope_bytes_ > kScopeBytesMax)
        return fail(instruction.first_line, "the ARG and ENV values up to here are more than the limit of 64 MiB");
      resolved.scopes.push_back(scope);
      if (Result<void> words = expand_words(instruction, resolved.scopes.back(), used); !words) return words;
      if (Result<void> sources = read_sources(resolved, i); !sources) return sources;
      const Result<void> applied = apply_instruction(dockerfile_, instruction, globals_, options_.build_args, scope, used);
      if (!applied) return fail(instruction.first_line, applied.error().message);
      if (instruction.keyword == "ARG") {
        for (const KeyValue& pair : instruction.pairs) declared_.insert(pair.key);
      }
      if (instruction.keyword == "RUN") add_run_uses(instruction, scope, used, resolved.index, i);
      use(used, resolved.index, i, instruction.first_line);
    }
    return {};
  }

  void add_run_uses(const Instruction& run, const InstructionScope& scope, std::set<std::string>& used, std::size_t stage,
                    std::size_t index) {
    std::set<std::string> silent;
    for (const auto& [name, value] : scope.args) {
      if (!used.contains(name)) silent.insert(name);
    }
    use(silent, stage, index, run.first_line, false);
  }

  Result<void> expand_words(const Instruction& instruction, InstructionScope& scope, std::set<std::string>& used) {
    const std::map<std::string, std::string> variables = variables_of(scope);
    const char escape = dockerfile_.directives.escape;
    scope.words = instruction.words;
    const std::string& keyword = instruction.keyword;
    for (const Heredoc& heredoc : instruction.heredocs) {
      if (heredoc.expand) used.merge(mentioned_names(heredoc.content));
    }
    for (const InstructionFlag& flag : instruction.flags) used.merge(mentioned_names(flag.value));
    if (keyword == "RUN" || keyword == "CMD" || keyword == "ENTRYPOINT" || keyword == "HEALTHCHECK" || keyword == "SHELL" ||
        keyword == "ONBUILD") {
      if (keyword == "RUN") used.merge(mentioned_names(instruction.rest));
      return {};
    }
    if (keyword == "ARG" || keyword == "ENV") return {};
    if (keyword == "WORKDIR" || keyword == "USER" || keyword == "STOPSIGNAL") scope.words = {instruction.rest};
    for (std::string& word : scope.words) {
      if (heredoc_word(word)) continue;
      Result<std::string> expanded = expand_dockerfile_word(word, escape, variables, &used);
      if (!expanded) return fail(instruction.first_line, expanded.error().message);
      word = std::move(*expanded);
    }
    return {};
  }

  Result<void> read_sources(ResolvedStage& resolved, std::size_t index) {
    const Instruction& instruction = dockerfile_.stages[resolved.index].instructions[index];
    for (const InstructionFlag& flag : instruction.flags) {
      std::string from = flag.name == "from" ? flag.value : "";
      if (flag.name == "mount") {
        for (const InstructionFlag& field : mount_fields(flag.value)) {
          if (lower(field.name) == "from") from = field.value;
        }
      }
      if (from.empty()) continue;
      if (Result<void> added = add_source(resolved, index, from, flag.name == "mount"); !added) return added;
    }
    return {};
  }

  void sort_uses() {
    for (auto& [name, uses] : result_.arg_uses) {
      std::sort(uses.begin(), uses.end(), [](const ArgUse& a, const ArgUse& b) { return a.line < b.line; });  // one use per line
    }
  }

  enum class State { New, Open, Done };
  const Dockerfile& dockerfile_;
  const ResolveOptions& options_;
  std::map<std::string, std::string> globals_;
  std::set<std::string> declared_;
  std::vector<State> state_;
  std::size_t scope_bytes_ = 0;
  ResolvedStages result_;
};

}  // namespace

const ResolvedStage* ResolvedStages::find(std::size_t stage_index) const {
  for (const ResolvedStage& stage : stages) {
    if (stage.index == stage_index) return &stage;
  }
  return nullptr;
}

Result<ResolvedStages> resolve_stages(const Dockerfile& dockerfile, const ResolveOptions& options) {
  return Resolver(dockerfile, options).run();
}

}  // namespace farm
