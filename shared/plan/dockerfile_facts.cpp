#include "shared/plan/dockerfile_facts.hpp"

#include <set>

#include "shared/base/file_tree.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/oci/image_ref.hpp"

namespace farm::plan {
namespace {

void hash_pairs(KeyHasher& hash, std::string_view name, const std::map<std::string, std::string>& pairs) {
  hash.list(name, pairs.size());
  for (const auto& [key, value] : pairs) hash.field(key, value);
}

void hash_instruction(KeyHasher& hash, const Instruction& instruction, const InstructionScope& scope) {
  hash.field("instruction", instruction.keyword).list("flags", instruction.flags.size());
  for (const InstructionFlag& flag : instruction.flags) hash.field(flag.name, flag.value);
  hash.field("json", instruction.json ? 1 : 0).field("rest", instruction.rest).list("words", scope.words.size());
  for (const std::string& word : scope.words) hash.field("word", word);
  hash.list("heredocs", instruction.heredocs.size());
  for (const Heredoc& heredoc : instruction.heredocs) hash.field(heredoc.expand ? "expand" : "raw", heredoc.content);
  hash.field("workdir", scope.workdir);
  hash_pairs(hash, "environment", scope.environment);
  if (instruction.keyword == "RUN") hash_pairs(hash, "args", scope.args);
}

std::string absolute(const std::string& workdir, const std::string& path) {
  const auto normal = path.starts_with('/') ? normalise_path("", path) : normalise_path(workdir, path);
  return "/" + normal.value_or("");
}

bool is_url(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://") || source.starts_with("git@") || source.starts_with("git://");
}

}  // namespace

Digest chain_digest(const Dockerfile& dockerfile, const ResolvedStages& resolved) {
  KeyHasher hash("farm.dockerfile.v1");
  hash.field("syntax", dockerfile.directives.syntax).list("stages", resolved.stages.size());
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    hash.field("base", stage.base.name).field("kind", static_cast<std::uint64_t>(stage.base.kind)).field("platform", stage.base.platform);
    if (stage.base.kind == StageBase::Kind::Stage) hash.field("stage", dockerfile.stages[stage.base.stage].name);
    hash.field("name", text.name).list("instructions", text.instructions.size());
    for (std::size_t i = 0; i < text.instructions.size(); ++i) hash_instruction(hash, text.instructions[i], stage.scopes[i]);
  }
  return hash.finish();
}

std::vector<BaseImage> base_images(const ResolvedStages& resolved, const std::map<std::string, std::size_t>& replaced, std::vector<Diagnostic>& diagnostics,
                                   const Dockerfile& dockerfile) {
  std::vector<BaseImage> bases;
  std::set<std::string> seen;
  const auto add = [&](const std::string& name, const Place& place) {
    const auto ref = oci::parse_image_ref(name);
    if (!ref) {
      diagnostics.push_back({Severity::Error, place, ref.error().message});
    } else if (!replaced.contains(ref->context_name()) && seen.insert(ref->full()).second) {
      bases.push_back({ref->full(), ref->context_name()});
    }
  };
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    if (stage.base.kind == StageBase::Kind::Image) add(stage.base.name, text.place);
    for (const StageSource& source : stage.sources) {
      if (source.kind == StageBase::Kind::Image) add(source.name, dockerfile.place(text.instructions[source.instruction]));
    }
  }
  return bases;
}

std::vector<ContextCopy> context_copies(const Dockerfile& dockerfile, const ResolvedStages& resolved) {
  std::vector<ContextCopy> copies;
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    for (std::size_t i = 0; i < text.instructions.size(); ++i) {
      const Instruction& instruction = text.instructions[i];
      if ((instruction.keyword != "COPY" && instruction.keyword != "ADD") || instruction.flag("from") != nullptr) continue;
      const std::vector<std::string>& words = stage.scopes[i].words;
      if (words.size() < 2) continue;  // sources are heredocs
      ContextCopy copy{stage.index, i, {}, absolute(stage.scopes[i].workdir, words.back())};
      for (std::size_t w = 0; w + 1 < words.size(); ++w) {
        if (is_url(words[w]) || words[w].starts_with("<<")) continue;
        if (const auto source = normalise_path("", words[w])) copy.sources.push_back(*source);
      }
      if (!copy.sources.empty()) copies.push_back(std::move(copy));
    }
  }
  return copies;
}

std::string literal_part(const std::string& pattern) {
  const std::size_t wild = pattern.find_first_of("*?[\\");
  if (wild == std::string::npos) return pattern;
  const std::size_t slash = pattern.rfind('/', wild);
  return slash == std::string::npos ? "" : pattern.substr(0, slash);
}

}  // namespace farm::plan
