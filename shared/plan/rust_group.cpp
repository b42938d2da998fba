#include "shared/plan/rust_group.hpp"

#include <algorithm>

#include "shared/hash/sha256.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/plan/split_stage.hpp"

namespace farm::plan {
namespace {

void add_once(std::vector<Diagnostic>& diagnostics, const std::vector<Diagnostic>& more) {
  for (const Diagnostic& diagnostic : more) {
    if (std::find(diagnostics.begin(), diagnostics.end(), diagnostic) == diagnostics.end()) diagnostics.push_back(diagnostic);
  }
}

// Resolves and recognises each member; false where one can't be resolved. One that nobody wants is left out then: its fault is not to stop
// the others.
bool read_members(ImageGroup& group, const std::vector<ImageUnit>& units, std::vector<Diagnostic>& diagnostics) {
  std::erase_if(group.members, [&](const GroupMember& member) {
    const ImageUnit& unit = units[member.unit];
    return !unit.wanted && !resolve_part(group, unit, unit.build->args, unit.build->target, "");
  });
  for (GroupMember& member : group.members) {
    const ImageUnit& unit = units[member.unit];
    Result<ResolvedStages> resolved = resolve_part(group, unit, unit.build->args, unit.build->target, "");
    if (!resolved) {
      diagnostics.push_back(
          {Severity::Error, unit.build->place, "service \"" + unit.services.front()->name + "\": " + resolved.error().message});
      return false;
    }
    member.resolved = *std::move(resolved);
    Parsed<RustStages> rust = recognise_rust(group.dockerfile, member.resolved, {group.service_args});
    add_once(diagnostics, rust.diagnostics);
    member.rust = std::move(rust.value);
  }
  return true;
}

std::string place_text(const CargoCommand& command) { return to_string(command.place); }

// Why the members can't share a cooked layer; "" where they can.
std::string refusal(const ImageGroup& group) {
  const GroupMember& first = group.members.front();
  for (const GroupMember& member : group.members) {
    const RustStages& rust = member.rust;
    if (!rust.recognised || !rust.build) return rust.why_not;
    if (!rust.cook) return "no stage runs `cargo chef cook`, so there is no layer of dependencies to share";
    if (!rust.deps_shareable) return place_text(*rust.cook) + ": a build arg that differs between services can change the cook";
    if (!rust.deps_match_build)
      return place_text(*rust.build) + ": cook and build differ, so the build would compile the dependencies again";
    if (!rust.artifacts_in_layer) return place_text(*rust.cook) + ": a cache mount hides the artefacts from the layer";
    if (rust.cook->stage == rust.build->stage)
      return place_text(*rust.cook) + ": cook and build stand in one stage that can't be cut in two";
    if (rust.cook->stage != first.rust.cook->stage || rust.build->stage != first.rust.build->stage)
      return "services build in different stages";
    if (rust.cook->workdir == "/")
      return place_text(*rust.cook) + ": the cook runs in /, where farm can't tell its files from the system's; set a WORKDIR";
    if (group.dockerfile.stages[rust.cook->stage].name.empty())
      return place_text(*rust.cook) + ": the cook's stage has no name; add `AS dependencies` to its FROM";
  }
  return "";
}

bool only_args_differ(const ImageGroup& group) {
  return group.members.size() > 1 && std::all_of(group.members.begin(), group.members.end(), [](const GroupMember& member) {
           return member.rust.recognised && member.rust.cook && member.rust.build && member.rust.artifacts_in_layer;
         });
}

// What the build stage and those it is made of see of the args that differ between services.
void judge_build_args(ImageGroup& group, const std::vector<ImageUnit>& units) {
  group.build_is_common = true;
  const std::string& target = group.build_stage;
  if (target.empty()) return;
  const std::vector<std::string>& bin_args = group.build.bin_args;
  for (const GroupMember& member : group.members) {
    const ImageUnit& unit = units[member.unit];
    const Result<ResolvedStages> chain = resolve_part(group, unit, unit.build->args, target, group.cook_stage);
    if (!chain) {
      group.build_is_common = false;
      group.one_build_refusal = chain.error().message;
      return;
    }
    for (const auto& [arg, uses] : chain->arg_uses) {
      if (!group.service_args.contains(arg) || uses.empty()) continue;
      group.build_is_common = false;
      if (std::find(bin_args.begin(), bin_args.end(), arg) != bin_args.end()) continue;
      group.one_build_refusal = to_string(Place{group.dockerfile.file_name, uses.front().line, 0}) + ": ARG " + arg +
                                " differs between services and the build sees it, so one cargo run can't build several services";
    }
  }
}

// False where a member's upper stages can't be resolved without the cook's (a ${NAME:?} of an ENV that is set below).
bool fill_shareable(ImageGroup& group, const std::vector<ImageUnit>& units) {
  group.cook = *group.members.front().rust.cook;
  group.build = *group.members.front().rust.build;
  group.cook_stage = group.dockerfile.stages[group.cook.stage].name;
  group.build_stage = group.dockerfile.stages[group.build.stage].name;
  judge_build_args(group, units);
  group.selects_bins = true;
  std::set<std::string> bins;
  for (GroupMember& member : group.members) {
    member.bins = member.rust.bins;
    member.selects_bins = !member.bins.empty();
    std::sort(member.bins.begin(), member.bins.end());
    bins.insert(member.bins.begin(), member.bins.end());
    group.selects_bins = group.selects_bins && member.selects_bins;
    // From here on the cook's stage is an image that comes from outside: what stands below it is the deps job's concern.
    const ImageUnit& unit = units[member.unit];
    Result<ResolvedStages> above = resolve_part(group, unit, unit.build->args, unit.build->target, group.cook_stage);
    if (!above) {
      group.why_not = "without the stages below the cook: " + above.error().message;
      return false;
    }
    member.above = *std::move(above);
  }
  group.bins.assign(bins.begin(), bins.end());
  return true;
}

}  // namespace

std::string group_identity(const ImageUnit& unit) {
  KeyHasher hash("farm.group.v1");
  hash.field("context", unit.context.directory).field("ignore", unit.context.ignore_file).field("name", unit.build->dockerfile);
  hash.field("text", unit.dockerfile_text).field("platform", unit.platform).field("network", unit.build->network);
  hash.list("contexts", unit.build->additional_contexts.size());
  for (const auto& [name, value] : unit.build->additional_contexts) hash.field(name, value);
  hash.list("secrets", unit.build->secrets.size());
  for (const BuildSecret& secret : unit.build->secrets) hash.field(secret.id, secret.file + "\n" + secret.environment);
  return hash.finish().hex();
}

std::optional<std::string> workspace_directory(const FileTree& tree, const std::string& context, const Dockerfile& dockerfile,
                                               const ResolvedStages& resolved, const CargoCommand& build) {
  const auto in_tree = [&](const std::string& path) { return normalise_path(context, path).value_or(context); };
  const auto has_manifest = [&](const std::string& folder) { return tree.is_file(folder.empty() ? "Cargo.toml" : folder + "/Cargo.toml"); };
  for (const ContextCopy& copy : context_copies(dockerfile, resolved)) {
    if (copy.stage != build.stage || copy.destination != build.workdir) continue;
    for (const std::string& source : copy.sources) {
      const bool manifest = source == "Cargo.toml" || source.ends_with("/Cargo.toml");
      const std::string folder = in_tree(manifest ? parent_path(source) : source);
      if (has_manifest(folder)) return folder;
    }
  }
  if (has_manifest(context)) return context;
  return std::nullopt;
}

Result<ResolvedStages> resolve_part(const ImageGroup& group, const ImageUnit& unit, const std::map<std::string, std::string>& args,
                                    const std::string& target, const std::string& replaced) {
  ResolveOptions options;
  options.build_args = args;
  options.target = target;
  options.platform = unit.platform;
  for (const auto& [name, value] : unit.build->additional_contexts) options.named_contexts.insert(name);
  if (!replaced.empty()) options.named_contexts.insert(replaced);
  return resolve_stages(group.dockerfile, options);
}

bool uses_service_image(const ResolvedStages& stages, const ImageUnit& unit) {
  const auto built = [&](StageBase::Kind kind, const std::string& name) {
    if (kind == StageBase::Kind::Context) return unit.needs.contains(name);
    if (kind != StageBase::Kind::Image) return false;
    const auto ref = oci::parse_image_ref(name);
    return ref && unit.needs.contains(ref->context_name());
  };
  return std::any_of(stages.stages.begin(), stages.stages.end(), [&](const ResolvedStage& stage) {
    return built(stage.base.kind, stage.base.name) ||
           std::any_of(stage.sources.begin(), stage.sources.end(),
                       [&](const StageSource& source) { return built(source.kind, source.name); });
  });
}

std::optional<ImageGroup> analyse_group(const std::vector<ImageUnit>& units, const std::vector<std::size_t>& members,
                                        std::vector<Diagnostic>& diagnostics) {
  const ImageUnit& first = units[members.front()];
  ImageGroup group;
  std::vector<std::map<std::string, std::string>> args;
  for (const std::size_t unit : members) {
    args.push_back(units[unit].build->args);
    group.members.push_back({unit, {}, {}, {}, {}, false});
  }
  group.service_args = differing_args(args);
  Parsed<Dockerfile> parsed = parse_dockerfile(first.dockerfile_name, first.dockerfile_text);
  add_once(diagnostics, parsed.diagnostics);
  if (!parsed.ok()) return std::nullopt;
  group.dockerfile = std::move(parsed.value);
  if (!read_members(group, units, diagnostics)) return std::nullopt;
  if (const auto split = split_cook_stage(group.dockerfile, group.members.front().rust)) {
    Parsed<Dockerfile> again = parse_dockerfile(first.dockerfile_name, *split);
    std::vector<Diagnostic> ignored;  // lines below the cut are shifted; the findings were told above
    if (again.ok()) {
      group.dockerfile = std::move(again.value);
      if (!read_members(group, units, ignored)) return std::nullopt;
    }
  }
  group.why_not = refusal(group);
  group.shareable = group.why_not.empty();
  if (group.shareable) {
    group.shareable = fill_shareable(group, units);
  } else {
    group.split_by_service = only_args_differ(group);
  }
  return group;
}

}  // namespace farm::plan
