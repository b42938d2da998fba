#include "shared/plan/cook_context.hpp"

#include <algorithm>

#include "shared/base/file_tree.hpp"
#include "shared/dockerfile/dockerignore.hpp"

namespace farm::plan {
namespace {

bool is_below(const std::string& path, const std::string& folder) {
  return folder.empty() || path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

std::string first_segments(const std::string& path, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count && end != std::string::npos; ++i) end = path.find('/', end + (i == 0 ? 0 : 1));
  return path.substr(0, end);
}

// The files that a source of a COPY names. The whole context is none: the skeleton stands for it.
std::vector<SliceFile> files_of(const std::string& source, const ContextSlices& slices) {
  const std::string literal = literal_part(source);
  if (source.empty()) return {};
  std::vector<SliceFile> files = slices.files_below(literal);
  if (literal == source) return files;
  const auto segments = static_cast<std::size_t>(std::count(source.begin(), source.end(), '/')) + 1;
  std::erase_if(files, [&](const SliceFile& file) { return !ignore_glob_matches(source, first_segments(file.path, segments)); });
  return files;
}

bool is_cargo_file(const std::string& source) {
  const std::string name = source.substr(source.rfind('/') + 1);
  return name == "Cargo.toml" || name == "Cargo.lock" || name == "rust-toolchain" || name == "rust-toolchain.toml" ||
         is_below(source, ".cargo");
}

struct Refusal {
  const ImageGroup& group;
  const ContextSlices& slices;
  const Workspace& workspace;
  ResolvedStages chain;

  [[nodiscard]] bool touches_sources(const std::string& source) const {
    const std::string literal = literal_part(source);
    return literal.empty() || std::any_of(workspace.crates.begin(), workspace.crates.end(), [&](const Crate& crate) {
             const auto folder = slices.relative(crate.directory);
             return folder && !folder->empty() && touch_of(literal, *folder) != CopyTouch::None;
           });
  }

  [[nodiscard]] bool is_cargo_chef(std::size_t stage, std::size_t instruction) const {
    const RustStages& rust = group.members.front().rust;
    for (const auto* command : {&rust.prepare, &rust.cook}) {
      if (*command && (*command)->stage == stage && (*command)->instruction == instruction && (*command)->alone) return true;
    }
    return false;
  }

  // COPY --from of a stage that has the sources, unless it takes the recipe alone.
  [[nodiscard]] bool brings_sources(const ResolvedStage& stage, std::size_t instruction, const std::set<std::size_t>& with_sources) const {
    for (const StageSource& source : stage.sources) {
      if (source.instruction != instruction || source.kind != StageBase::Kind::Stage || !with_sources.contains(source.stage)) continue;
      const std::vector<std::string>& words = stage.scopes[instruction].words;
      const std::string recipe = group.cook.recipe_path.substr(group.cook.recipe_path.rfind('/') + 1);
      const bool recipe_only = !source.mount && words.size() == 2 && words.front().substr(words.front().rfind('/') + 1) == recipe;
      if (!recipe_only) return true;
    }
    return false;
  }

  [[nodiscard]] std::string run_with_sources() const {
    const std::vector<ContextCopy> copies = context_copies(group.dockerfile, chain);
    std::set<std::size_t> with_sources;
    for (const ResolvedStage& stage : chain.stages) {
      bool sees = stage.base.kind == StageBase::Kind::Stage && with_sources.contains(stage.base.stage);
      const std::vector<Instruction>& instructions = group.dockerfile.stages[stage.index].instructions;
      for (std::size_t i = 0; i < stage.scopes.size(); ++i) {
        bool mounted = false;
        for (const ContextCopy& copy : copies) {
          if (copy.stage != stage.index || copy.instruction != i ||
              !std::any_of(copy.sources.begin(), copy.sources.end(), [&](const auto& source) { return touches_sources(source); }))
            continue;
          (copy.mount ? mounted : sees) = true;
        }
        if (brings_sources(stage, i, with_sources)) (instructions[i].keyword == "RUN" ? mounted : sees) = true;
        if (instructions[i].keyword == "RUN" && (sees || mounted) && !is_cargo_chef(stage.index, i)) {
          return to_string(group.dockerfile.place(instructions[i])) +
                 ": this RUN sees the sources before the dependencies are cooked, so their layer would depend on all of them";
        }
      }
      if (sees) with_sources.insert(stage.index);
    }
    return "";
  }

  // Is the source copied again in the build's stages?
  [[nodiscard]] bool comes_again(const std::string& source, const std::vector<ContextCopy>& later) const {
    for (const ContextCopy& copy : later) {
      if (copy.stage == group.cook.stage || chain.find(copy.stage) != nullptr) continue;
      if (std::any_of(copy.sources.begin(), copy.sources.end(),
                      [&](const std::string& again) { return is_below(literal_part(source), again) || again == source; }))
        return true;
    }
    return false;
  }

  [[nodiscard]] std::string sources_only_before() const {
    const std::vector<ContextCopy> later = context_copies(group.dockerfile, group.members.front().resolved);
    std::set<std::size_t> below;  // the cook's stage and its bases
    for (const ResolvedStage* at = chain.find(group.cook.stage); at != nullptr;) {
      below.insert(at->index);
      at = at->base.kind == StageBase::Kind::Stage ? chain.find(at->base.stage) : nullptr;
    }
    for (const ContextCopy& copy : context_copies(group.dockerfile, chain)) {
      if (copy.mount || !below.contains(copy.stage) || !is_below(copy.destination, group.cook.workdir)) continue;
      for (const std::string& source : copy.sources) {
        if ((!touches_sources(source) && !is_cargo_file(source)) || comes_again(source, later)) continue;
        const Instruction& instruction = group.dockerfile.stages[copy.stage].instructions[copy.instruction];
        return to_string(group.dockerfile.place(instruction)) +
               ": these sources are copied before the cook and not again behind it; add `COPY . .` in front of the build";
      }
    }
    return "";
  }
};

}  // namespace

CopyTouch touch_of(const std::string& source, const std::string& crate_folder) {
  if (is_below(crate_folder, source)) return CopyTouch::Around;
  return is_below(source, crate_folder) ? CopyTouch::Inside : CopyTouch::None;
}

std::vector<SliceFile> files_before_cook(const Dockerfile& dockerfile, const ResolvedStages& chain, const ContextSlices& slices,
                                         const std::set<std::string>& known) {
  std::map<std::string, SliceFile> extras;
  for (const ContextCopy& copy : context_copies(dockerfile, chain)) {
    for (const std::string& source : copy.sources) {
      // Of a crate's folder the skeleton has what cargo needs, unless the Dockerfile asks for something inside it.
      const bool inside = slices.owner(literal_part(source) + "/x") && !slices.is_crate_folder(literal_part(source));
      for (SliceFile& file : files_of(source, slices)) {
        if (known.contains(file.path) || (slices.owner(file.path) && !inside)) continue;
        extras.insert_or_assign(file.path, std::move(file));
      }
    }
  }
  std::vector<SliceFile> list;
  for (auto& [path, file] : extras) list.push_back(std::move(file));
  return list;
}

std::string skeleton_refusal(const ImageGroup& group, const ImageUnit& unit, const ContextSlices& slices, const Workspace& workspace) {
  Result<ResolvedStages> chain = resolve_part(group, unit, common_args(group, unit), group.cook_stage, "");
  if (!chain) return chain.error().message;
  if (uses_service_image(*chain, unit)) return "the stages below the cook are built from another service's image";
  const Refusal refusal{group, slices, workspace, *std::move(chain)};
  const std::string run = refusal.run_with_sources();
  return run.empty() ? refusal.sources_only_before() : run;
}

std::map<std::string, std::string> common_args(const ImageGroup& group, const ImageUnit& unit) {
  std::map<std::string, std::string> args = unit.build->args;
  for (const std::string& name : group.service_args) args.erase(name);
  return args;
}

}  // namespace farm::plan
