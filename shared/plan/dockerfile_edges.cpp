#include "shared/base/limits.hpp"
#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/plan/image_units.hpp"

namespace farm::plan {
namespace {

// As BuildKit does: where there is no Dockerfile, a `dockerfile` is it.
std::string name_of_dockerfile(const FileTree& tree, const std::string& wanted) {
  constexpr std::string_view kUsual = "Dockerfile";
  if ((wanted != kUsual && !wanted.ends_with("/Dockerfile")) || tree.is_file(wanted)) return wanted;
  std::string lower = wanted;
  lower[lower.size() - kUsual.size()] = 'd';
  return tree.is_file(lower) ? lower : wanted;
}

// False where the Dockerfile can't be read; the problem is added.
bool read_dockerfile(const FileTree& tree, ImageUnit& unit) {
  const std::string& service = unit.services.front()->name;
  if (unit.build->dockerfile_inline) {
    unit.dockerfile_name = service + ".build.dockerfile_inline";
    unit.dockerfile_text = *unit.build->dockerfile_inline;
    return true;
  }
  unit.dockerfile_name = name_of_dockerfile(tree, unit.build->dockerfile);
  Result<std::string> text = tree.read(unit.dockerfile_name, limits::kDockerfileBytesMax);
  if (!text) {
    const bool context_exists = tree.is_directory(unit.build->context);
    unit.problems.push_back({Severity::Error, unit.build->place,
                             context_exists ? "service \"" + service + "\": its Dockerfile can't be read: " + text.error().message +
                                                  "; name it with build.dockerfile"
                                            : "service \"" + service + "\": build context \"" + unit.build->context + "\" does not exist"});
    return false;
  }
  unit.dockerfile_text = *std::move(text);
  return true;
}

// The full reference of each unit's published images → unit.
std::map<std::string, std::size_t> built_images(const ComposeProject& project, const std::vector<ImageUnit>& units) {
  std::map<std::string, std::size_t> images;
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (const Service* service : units[i].services) {
      if (const auto ref = oci::parse_image_ref(project.image_name(*service))) images.emplace(ref->full(), i);
      for (const std::string& tag : service->build->tags) {
        if (const auto ref = oci::parse_image_ref(tag)) images.emplace(ref->full(), i);
      }
    }
  }
  return images;
}

}  // namespace

void add_dockerfile_edges(const ComposeProject& project, const FileTree& tree, std::vector<ImageUnit>& units) {
  const std::map<std::string, std::size_t> images = built_images(project, units);
  for (std::size_t index = 0; index < units.size(); ++index) {
    ImageUnit& unit = units[index];
    if (!read_dockerfile(tree, unit)) continue;
    const Parsed<Dockerfile> dockerfile = parse_dockerfile(unit.dockerfile_name, unit.dockerfile_text);
    if (!dockerfile.ok()) continue;  // reported where the unit is planned, if it is wanted at all
    ResolveOptions options;
    options.build_args = unit.build->args;
    options.target = unit.build->target;
    options.platform = unit.platform;
    for (const auto& [name, value] : unit.build->additional_contexts) options.named_contexts.insert(name);
    const Result<ResolvedStages> resolved = resolve_stages(dockerfile.value, options);
    if (!resolved) continue;
    const auto add = [&](const std::string& name) {
      const auto ref = oci::parse_image_ref(name);
      if (!ref) return;
      const auto found = images.find(ref->full());
      if (found != images.end() && found->second != index) unit.needs[ref->context_name()] = found->second;
    };
    for (const ResolvedStage& stage : resolved->stages) {
      if (stage.base.kind == StageBase::Kind::Image) add(stage.base.name);
      for (const StageSource& source : stage.sources) {
        if (source.kind == StageBase::Kind::Image) add(source.name);
      }
    }
  }
}

}  // namespace farm::plan
