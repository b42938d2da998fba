#include "shared/dockerfile/rewrite.hpp"

#include <algorithm>
#include <optional>

#include "shared/dockerfile/scope.hpp"

namespace farm {
namespace {

Error refuse(const Dockerfile& dockerfile, int line, const std::string& why) {
  return {ErrorKind::InvalidInput, to_string(Place{dockerfile.file_name, line, 0}) + ": " + why};
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name[0] != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == std::string::npos;
}

// Does an instruction of the stage name the ARG anywhere but in the given spans?
bool names_elsewhere(const Dockerfile& dockerfile, const Instruction& instruction, const std::string& arg,
                     const std::vector<CargoCommand::Span>& spans) {
  std::string text;
  for (std::size_t i = 0; i < instruction.rest.size(); ++i) {
    const std::size_t at = instruction.offsets[i];
    const bool inside =
        std::any_of(spans.begin(), spans.end(), [&](const CargoCommand::Span& span) { return at >= span.begin && at < span.end; });
    text += inside ? ' ' : dockerfile.text[at];
  }
  for (const InstructionFlag& flag : instruction.flags) text += " " + flag.value;
  for (const Heredoc& heredoc : instruction.heredocs) text += " " + heredoc.content;
  return dockerfile_detail::mentioned_names(text).contains(arg);
}

// Why this instruction of the build's stage (or of one below it) forbids building several services in one run; none where it doesn't.
std::optional<std::string> conflict(const Dockerfile& dockerfile, const Instruction& instruction, const std::string& arg,
                                    const std::vector<CargoCommand::Span>& allowed) {
  bool declares = instruction.keyword == "ARG";
  for (const KeyValue& pair : instruction.pairs) {
    if (declares && pair.key == kBinsArg) return "the ARG " + std::string(kBinsArg) + " is used by farm itself";
    if (pair.value && dockerfile_detail::mentioned_names(*pair.value).contains(arg)) declares = false;
  }
  if (declares || !names_elsewhere(dockerfile, instruction, arg, allowed)) return std::nullopt;
  return "ARG " + arg + " is used for more than `--bin`, so one cargo run can't build several services";
}

}  // namespace

Result<std::string> bins_argument(const std::vector<std::string>& bins) {
  std::string text;
  for (const std::string& bin : bins) {
    if (!is_plain_name(bin))
      return Error{ErrorKind::InvalidInput, "'" + bin + "' is no plain binary name (letters, digits, '_', '-', '.')"};
    text += (text.empty() ? "--bin " : " --bin ") + bin;
  }
  return text;
}

Result<std::string> limit_cook(const Dockerfile& dockerfile, const CargoCommand& cook, const std::vector<std::string>& bins) {
  const int line = cook.place.line;
  if (cook.kind != CargoCommandKind::Cook) return refuse(dockerfile, line, "this isn't a `cargo chef cook`");
  if (!cook.flags.selects_nothing())
    return refuse(dockerfile, line, "the cook selects what it compiles itself, so it isn't limited to the wanted binaries");
  if (cook.insert_at == 0) return refuse(dockerfile, line, "the cook is in JSON form, so it isn't limited to the wanted binaries");
  if (bins.empty()) return dockerfile.text;
  Result<std::string> argument = bins_argument(bins);
  if (!argument) return argument.error();
  std::string text = dockerfile.text;
  text.insert(cook.insert_at, " " + *argument);
  return text;
}

std::string append_stage(std::string_view text, std::string_view stage_text) {
  std::string result(text);
  if (!result.empty() && !result.ends_with('\n')) result += '\n';
  result += '\n';
  result += stage_text;
  if (!result.ends_with('\n')) result += '\n';
  return result;
}

Result<std::string> compile_many(const Dockerfile& dockerfile, const ResolvedStages& resolved, const RustStages& rust) {
  if (!rust.recognised || !rust.build)
    return Error{ErrorKind::InvalidInput, rust.why_not.empty() ? "no cargo build was recognised" : rust.why_not};
  const CargoCommand& build = *rust.build;
  const int line = build.place.line;
  if (build.bin_spans.empty())
    return refuse(dockerfile, line, "the build names no binary with --bin (or is in JSON form), so one run can't make several services");
  if (build.bin_args.size() != 1 || build.bin_spans.size() != 1) return refuse(dockerfile, line, "the build's --bin isn't exactly one ARG");
  const std::string& arg = build.bin_args[0];
  const Instruction& run = dockerfile.stages[build.stage].instructions[build.instruction];
  const ResolvedStage* scope = resolved.find(build.stage);
  if (scope == nullptr || !scope->scopes[build.instruction].args.contains(arg)) {
    return refuse(dockerfile, line, "--bin ${" + arg + "} isn't an ARG of this stage");
  }
  for (const ResolvedStage* at = scope; at != nullptr;) {
    for (const Instruction& instruction : dockerfile.stages[at->index].instructions) {
      const std::vector<CargoCommand::Span> allowed = &instruction == &run ? build.bin_spans : std::vector<CargoCommand::Span>{};
      if (std::optional<std::string> why = conflict(dockerfile, instruction, arg, allowed))
        return refuse(dockerfile, instruction.first_line, *why);
    }
    at = at->base.kind == StageBase::Kind::Stage ? resolved.find(at->base.stage) : nullptr;
  }
  std::string text = dockerfile.text;
  text.replace(build.bin_spans[0].begin, build.bin_spans[0].end - build.bin_spans[0].begin, "${" + std::string(kBinsArg) + "}");
  text.insert(run.begin, "ARG " + std::string(kBinsArg) + "\n");
  return text;
}

}  // namespace farm
