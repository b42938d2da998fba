// Any bytes as a Dockerfile; what stands behind a line "### ignore" is a .dockerignore.
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/dockerfile/rewrite.hpp"

namespace {

void check_places(const farm::Dockerfile& dockerfile, const farm::Instruction& instruction) {
  FARM_ASSERT(instruction.rest.size() == instruction.offsets.size());
  FARM_ASSERT(instruction.begin <= instruction.end && instruction.end <= dockerfile.text.size());
  FARM_ASSERT(instruction.first_line <= instruction.last_line);
  for (std::size_t i = 0; i < instruction.rest.size(); ++i) FARM_ASSERT(dockerfile.text[instruction.offsets[i]] == instruction.rest[i]);
}

void check_rust(const farm::Dockerfile& dockerfile, const farm::ResolvedStages& resolved) {
  const farm::Parsed<farm::RustStages> rust = farm::recognise_rust(dockerfile, resolved, {.service_args = {"SERVICE"}});
  FARM_ASSERT(rust.value.recognised == rust.value.build.has_value());
  FARM_ASSERT(rust.value.recognised == rust.value.why_not.empty());
  FARM_ASSERT(!rust.value.deps_shareable || rust.value.cook.has_value());
  if (rust.value.cook) {
    const farm::Result<std::string> limited = farm::limit_cook(dockerfile, *rust.value.cook, {"a"});
    // Only the insertion is new.
    if (limited)
      FARM_ASSERT(limited->size() == dockerfile.text.size() + 8 &&
                  limited->substr(0, rust.value.cook->insert_at) == dockerfile.text.substr(0, rust.value.cook->insert_at));
  }
  const farm::Result<std::string> many = farm::compile_many(dockerfile, resolved, rust.value);
  if (many) FARM_ASSERT(many->find("${FARM_BINS}") != std::string::npos && farm::parse_dockerfile("D", *many).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = all.find("### ignore\n");
  const std::string_view text = all.substr(0, cut);
  if (cut != std::string_view::npos) {
    const farm::Parsed<farm::IgnoreMatcher> ignore = farm::IgnoreMatcher::parse(".dockerignore", all.substr(cut + 11, 2'000));
    farm::IgnoreMatcher::DirectoryState top;
    const bool ignored = ignore.value.ignored("target", {}, &top);
    FARM_ASSERT(ignored == ignore.value.ignored("target"));
    FARM_ASSERT(ignore.value.ignored("target/a.rs", top, nullptr) == ignore.value.ignored("target/a.rs"));
    // What lies below an ignored folder that need not be entered is ignored as well.
    if (ignored && !ignore.value.may_contain_exceptions("target")) FARM_ASSERT(ignore.value.ignored("target/a.rs"));
  }
  const farm::Parsed<farm::Dockerfile> parsed = farm::parse_dockerfile("Dockerfile", text);
  for (const farm::Diagnostic& diagnostic : parsed.diagnostics) FARM_ASSERT(!diagnostic.message.empty());
  for (const farm::Stage& stage : parsed.value.stages) {
    for (const farm::Instruction& instruction : stage.instructions) check_places(parsed.value, instruction);
  }
  if (!parsed.ok()) return 0;
  FARM_ASSERT(!parsed.value.stages.empty());
  farm::ResolveOptions options;
  options.build_args = {{"SERVICE", "orders"}, {"EMPTY", ""}};
  const farm::Result<farm::ResolvedStages> resolved = farm::resolve_stages(parsed.value, options);
  if (!resolved) {
    FARM_ASSERT(!resolved.error().message.empty());
    return 0;
  }
  for (const farm::ResolvedStage& stage : resolved->stages)
    FARM_ASSERT(stage.scopes.size() == parsed.value.stages[stage.index].instructions.size());
  check_rust(parsed.value, *resolved);
  return 0;
}
