#include "shared/dockerfile/variation.hpp"

#include "shared/dockerfile/scope.hpp"

namespace farm::dockerfile_detail {
namespace {

std::optional<std::string> first_common(const std::set<std::string>& names, const std::set<std::string>& varying) {
  for (const std::string& name : names) {
    if (varying.contains(name)) return name;
  }
  return std::nullopt;
}

}  // namespace

Variations::Variations(const Dockerfile& dockerfile, const ResolvedStages& resolved, const std::set<std::string>& service_args)
    : dockerfile_(dockerfile), resolved_(resolved), service_args_(service_args) {
  for (const GlobalArg& arg : dockerfile.global_args) {
    const bool derived = arg.value && first_common(mentioned_names(*arg.value), globals_);
    if (derived || service_args.contains(arg.name)) globals_.insert(arg.name);
  }
  for (const ResolvedStage& stage : resolved.stages) visit(stage.index);
}

std::optional<Variation> Variations::find(std::size_t stage, std::size_t instruction) const {
  const auto found = stages_.find(stage);
  if (found == stages_.end() || found->second.at.empty()) return std::nullopt;
  const auto& [at, variation] = *found->second.at.begin();
  if (instruction != static_cast<std::size_t>(-1) && at > instruction + 1) return std::nullopt;
  return variation;
}

void Variations::visit(std::size_t index) {
  const ResolvedStage* resolved = resolved_.find(index);
  if (resolved == nullptr || stages_.contains(index)) return;
  StageState state;
  const Stage& stage = dockerfile_.stages[index];
  if (resolved->base.kind == StageBase::Kind::Stage) {
    visit(resolved->base.stage);
    state.varying = stages_[resolved->base.stage].varying;
    if (std::optional<Variation> below = find(resolved->base.stage)) state.at.emplace(0, *below);
  }
  if (std::optional<std::string> name = first_common(mentioned_names(stage.base + " " + stage.platform), globals_)) {
    state.at.emplace(0, Variation{*name, stage.place.line, true});
  }
  for (std::size_t i = 0; i < stage.instructions.size() && i < resolved->scopes.size(); ++i) {
    for (const StageSource& source : resolved->sources) {
      if (source.instruction != i || source.kind != StageBase::Kind::Stage) continue;
      visit(source.stage);
      if (std::optional<Variation> from = find(source.stage)) state.at.emplace(i + 1, *from);
    }
    visit_instruction(stage.instructions[i], i, state);
  }
  stages_[index] = std::move(state);
}

void Variations::visit_instruction(const Instruction& instruction, std::size_t index, StageState& state) {
  const std::string& keyword = instruction.keyword;
  if (keyword == "ARG" || keyword == "ENV") {
    std::set<std::string> varying = state.varying;
    for (const KeyValue& pair : instruction.pairs) {
      const bool own = keyword == "ARG" && (service_args_.contains(pair.key) || (!pair.value && globals_.contains(pair.key)));
      const bool derived = pair.value && first_common(mentioned_names(*pair.value), state.varying);
      if (own || derived) {
        varying.insert(pair.key);
      } else if (keyword == "ENV" || pair.value) {
        varying.erase(pair.key);
      }
    }
    state.varying = std::move(varying);
    return;
  }
  std::set<std::string> names = mentioned_names(instruction.rest);
  for (const InstructionFlag& flag : instruction.flags) names.merge(mentioned_names(flag.value));
  for (const Heredoc& heredoc : instruction.heredocs) names.merge(mentioned_names(heredoc.content));
  if (std::optional<std::string> name = first_common(names, state.varying)) {
    state.at.emplace(index + 1, Variation{*name, instruction.first_line, true});
  } else if (keyword == "RUN" && !state.varying.empty()) {
    state.at.emplace(index + 1, Variation{*state.varying.begin(), instruction.first_line, false});
  }
}

}  // namespace farm::dockerfile_detail
