#include "farmctl/doctor/dockerfile_facts.hpp"

#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm::ctl::doctor {
namespace {

constexpr std::string_view kChef = "cargo-chef";

// Whether some instruction before `end` in the stage installs it or takes it from elsewhere.
bool brings_chef(const Stage& stage, std::size_t end) {
  for (std::size_t i = 0; i < stage.instructions.size() && i < end; ++i) {
    const Instruction& instruction = stage.instructions[i];
    if ((instruction.keyword == "RUN" || instruction.keyword == "COPY" || instruction.keyword == "ADD") &&
        instruction.rest.find(kChef) != std::string::npos)
      return true;
  }
  return false;
}

// The cook's stage and those under it; a base image that has it in its name.
bool chef_provided(const Dockerfile& dockerfile, const ResolvedStages& resolved, const CargoCommand& cook) {
  std::size_t stage = cook.stage;
  std::size_t end = cook.instruction;
  for (std::size_t depth = 0; depth <= dockerfile.stages.size(); ++depth) {
    if (brings_chef(dockerfile.stages[stage], end)) return true;
    const ResolvedStage* found = resolved.find(stage);
    if (found == nullptr) return true;  // not to be told: no claim
    if (found->base.kind != StageBase::Kind::Stage) return found->base.name.find("chef") != std::string::npos;
    stage = found->base.stage;
    end = dockerfile.stages[stage].instructions.size();
  }
  return true;
}

template <typename Value>
void note(const Parsed<Value>& parsed, ServiceFacts& service) {
  for (const Diagnostic& diagnostic : parsed.diagnostics) service.notes.push_back(to_string(diagnostic));
}

}  // namespace

void read_dockerfile(const DockerfileInput& input, ServiceFacts& service) {
  service.dockerfile = input.file_name;
  const Parsed<Dockerfile> dockerfile = parse_dockerfile(input.file_name, input.text);
  if (!dockerfile.ok()) return note(dockerfile, service);
  const Result<ResolvedStages> resolved = resolve_stages(dockerfile.value, {.build_args = input.args, .target = input.target});
  if (!resolved) {
    service.notes.push_back(resolved.error().message);
    return;
  }
  const Parsed<RustStages> rust = recognise_rust(dockerfile.value, *resolved, {input.service_args});
  service.rust = rust.value.recognised || rust.value.cook || rust.value.build || rust.value.prepare;
  service.cooks = rust.value.cook.has_value();
  if (!service.rust) return;
  note(rust, service);
  if (!service.cooks) return;
  service.chef_provided = chef_provided(dockerfile.value, *resolved, *rust.value.cook);
  service.flags_match = !rust.value.build || rust.value.deps_match_build;
  service.shareable = rust.value.deps_shareable;
  service.artifacts_in_layer = rust.value.artifacts_in_layer;
}

}  // namespace farm::ctl::doctor
