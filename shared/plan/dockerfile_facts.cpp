#include "shared/plan/dockerfile_facts.hpp"

#include <algorithm>
#include <map>
#include <optional>
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
  hash_pairs(hash, "args", scope.args);  // flags and heredocs are hashed as written, and may name any of them
}

std::string absolute(const std::string& workdir, const std::string& path) {
  const auto normal = path.starts_with('/') ? normalise_path("", path) : normalise_path(workdir, path);
  return "/" + normal.value_or("");
}

bool is_replaced(const ResolvedStage& stage, const Stage& text) {
  return stage.base.kind == StageBase::Kind::Context && stage.base.name == text.name;
}

bool is_url(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://") || source.starts_with("git@") || source.starts_with("git://") ||
         source.starts_with("ssh://");
}

// What a `--mount` takes from the build context; none where it takes nothing.
std::optional<ContextCopy> context_mount(const std::string& value, const std::string& workdir) {
  std::map<std::string, std::string> fields;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    const std::string field = value.substr(begin, end - begin);
    const std::size_t equals = std::min(field.find('='), field.size());
    fields[field.substr(0, equals)] = equals < field.size() ? field.substr(equals + 1) : "";
    begin = end + 1;
  }
  if ((fields.contains("type") && fields["type"] != "bind") || fields.contains("from")) return std::nullopt;
  const std::string source = fields.contains("source") ? fields["source"] : fields["src"];
  std::string target;
  for (const char* name : {"target", "dst", "destination"}) {
    if (target.empty()) target = fields[name];
  }
  ContextCopy copy;
  copy.mount = true;
  copy.destination = absolute(workdir, target);
  // A variable could name anything: the whole context.
  copy.sources.push_back(source.find('$') == std::string::npos ? normalise_path("", source).value_or("") : "");
  return copy;
}

}  // namespace

Digest chain_digest(const Dockerfile& dockerfile, const ResolvedStages& resolved) {
  KeyHasher hash("farm.dockerfile.v1");
  hash.field("syntax", dockerfile.directives.syntax).list("stages", resolved.stages.size());
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    hash.field("base", stage.base.name).field("kind", static_cast<std::uint64_t>(stage.base.kind)).field("platform", stage.base.platform);
    if (stage.base.kind == StageBase::Kind::Stage) hash.field("stage", dockerfile.stages[stage.base.stage].name);
    // A stage that comes from outside runs nothing: what is behind its name is in the key by itself.
    const bool replaced = is_replaced(stage, text);
    hash.field("name", text.name).list("instructions", replaced ? 0 : text.instructions.size());
    if (replaced) continue;
    for (std::size_t i = 0; i < text.instructions.size(); ++i) hash_instruction(hash, text.instructions[i], stage.scopes[i]);
  }
  return hash.finish();
}

std::vector<BaseImage> base_images(const ResolvedStages& resolved, const std::map<std::string, std::size_t>& replaced,
                                   std::vector<Diagnostic>& diagnostics, const Dockerfile& dockerfile) {
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
  const auto add = [&](ContextCopy copy, std::size_t stage, std::size_t instruction) {
    copy.stage = stage;
    copy.instruction = instruction;
    if (!copy.sources.empty()) copies.push_back(std::move(copy));
  };
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    if (is_replaced(stage, text)) continue;
    for (std::size_t i = 0; i < text.instructions.size(); ++i) {
      const Instruction& instruction = text.instructions[i];
      const InstructionScope& scope = stage.scopes[i];
      for (const InstructionFlag& flag : instruction.flags) {
        if (flag.name != "mount" || instruction.keyword != "RUN") continue;
        if (std::optional<ContextCopy> mount = context_mount(flag.value, scope.workdir)) add(*std::move(mount), stage.index, i);
      }
      if ((instruction.keyword != "COPY" && instruction.keyword != "ADD") || instruction.flag("from") != nullptr) continue;
      if (scope.words.size() < 2) continue;  // sources are heredocs
      ContextCopy copy;
      copy.destination = absolute(scope.workdir, scope.words.back());
      for (std::size_t w = 0; w + 1 < scope.words.size(); ++w) {
        if (is_url(scope.words[w]) || scope.words[w].starts_with("<<")) continue;
        if (const auto source = normalise_path("", scope.words[w])) copy.sources.push_back(*source);
      }
      add(std::move(copy), stage.index, i);
    }
  }
  return copies;
}

void note_unpinned_downloads(const Dockerfile& dockerfile, const ResolvedStages& resolved, std::vector<Diagnostic>& diagnostics) {
  for (const ResolvedStage& stage : resolved.stages) {
    const Stage& text = dockerfile.stages[stage.index];
    for (std::size_t i = 0; i < text.instructions.size(); ++i) {
      const Instruction& instruction = text.instructions[i];
      if (instruction.keyword != "ADD" || instruction.flag("checksum") != nullptr) continue;
      const std::vector<std::string>& words = stage.scopes[i].words;
      if (std::none_of(words.begin(), words.end(), [](const std::string& word) { return is_url(word); })) continue;
      const Diagnostic note{
          Severity::Note, dockerfile.place(instruction),
          "farm can't see whether what this ADD downloads has changed: give it --checksum, or build with --no-cache when it has"};
      if (std::find(diagnostics.begin(), diagnostics.end(), note) == diagnostics.end()) diagnostics.push_back(note);
    }
  }
}

std::string literal_part(const std::string& pattern) {
  const std::size_t wild = pattern.find_first_of("*?[\\");
  if (wild == std::string::npos) return pattern;
  const std::size_t slash = pattern.rfind('/', wild);
  return slash == std::string::npos ? "" : pattern.substr(0, slash);
}

}  // namespace farm::plan
