#include "shared/plan/image_units.hpp"

#include <algorithm>
#include <functional>

#include "shared/hash/sha256.hpp"
#include "shared/oci/image_ref.hpp"

namespace farm::plan {
namespace {

constexpr std::string_view kServicePrefix = "service:";

void add_error(std::vector<Diagnostic>& diagnostics, const Place& place, std::string message) {
  diagnostics.push_back({Severity::Error, place, std::move(message)});
}

// Everything of a build that can change the image.
Digest build_identity(const BuildSpec& build, const ContextId& context, const std::string& platform) {
  KeyHasher hash("farm.unit.v1");
  hash.field("context", build.context).field("ignore", context.ignore_file).field("dockerfile", build.dockerfile);
  hash.field("inline", build.dockerfile_inline.value_or("")).field("target", build.target).field("platform", platform);
  hash.field("network", build.network).field("shm", static_cast<std::uint64_t>(build.shm_size_bytes));
  for (const auto* pairs : {&build.args, &build.additional_contexts, &build.labels}) {
    hash.list("pairs", pairs->size());
    for (const auto& [name, value] : *pairs) hash.field(name, value);
  }
  hash.list("hosts", build.extra_hosts.size());
  for (const std::string& host : build.extra_hosts) hash.field("host", host);
  hash.list("secrets", build.secrets.size());
  for (const BuildSecret& secret : build.secrets) hash.field(secret.id, secret.file + "\n" + secret.environment);
  return hash.finish();
}

std::string last_segment(const std::string& reference) {
  std::string name = reference.substr(reference.rfind('/') + 1);
  return name.substr(0, name.find_first_of(":@"));
}

// The platform to build for; a service that wants several gets an error, because nothing here makes an image index.
std::string platform_of(const Service& service, const PlanRequest& request, std::vector<Diagnostic>& diagnostics) {
  const std::vector<std::string>& platforms = service.build->platforms;
  if (platforms.size() > 1) {
    add_error(diagnostics, service.build->place,
              "service \"" + service.name + "\" asks for " + std::to_string(platforms.size()) +
                  " platforms; farm builds one platform per service: keep one of build.platforms");
  }
  const std::string platform = !platforms.empty() ? platforms.front() : service.platform.empty() ? request.platform : service.platform;
  if (!is_platform(platform)) {
    add_error(
        diagnostics, service.build->place,
        "service \"" + service.name + "\": '" + platform + "' is no platform; write OS/ARCHITECTURE, e.g. linux/amd64 or linux/arm/v7");
  }
  return platform;
}

void name_units(const ComposeProject& project, std::vector<ImageUnit>& units) {
  std::set<std::string> taken;
  for (ImageUnit& unit : units) {
    const std::string& image = unit.services.front()->image;
    std::string name = image.empty() ? unit.services.front()->name : last_segment(project.image_name(*unit.services.front()));
    if (!taken.insert(name).second) {
      name = unit.services.front()->name;
      for (int i = 2; !taken.insert(name).second; ++i) name = unit.services.front()->name + "-" + std::to_string(i);
    }
    unit.name = name;
  }
}

struct Builder {
  const ComposeProject& project;
  std::vector<ImageUnit>& units;
  std::map<std::string, std::size_t> unit_of_service;

  void find_needs(ImageUnit& unit) {
    for (const auto& [name, value] : unit.build->additional_contexts) {
      if (!value.starts_with(kServicePrefix)) continue;
      need(unit, name, value.substr(kServicePrefix.size()), "additional_contexts." + name);
    }
    for (const Service* service : unit.services) {
      for (const std::string& needed : service->x_farm.needs) need(unit, "#" + needed, needed, "x-farm.needs");
    }
  }

  void need(ImageUnit& unit, const std::string& edge, const std::string& service, const std::string& where) {
    const auto found = unit_of_service.find(service);
    if (found == unit_of_service.end()) {
      add_error(unit.problems, unit.build->place,
                where + " of service \"" + unit.services.front()->name + "\" names service \"" + service + "\", which has no build here");
      return;
    }
    unit.needs[edge] = found->second;
  }
};

// Depth first, so that needed units come first; a unit met again on its own path is a cycle.
class Sorter {
 public:
  explicit Sorter(std::vector<ImageUnit>& units) : units_(units), marks_(units.size(), Mark::New), places_(units.size(), 0) {}

  std::vector<ImageUnit> sorted() {
    for (std::size_t i = 0; i < units_.size(); ++i) visit(i);
    for (ImageUnit& unit : result_) {
      for (auto& [edge, target] : unit.needs) target = places_[target];
    }
    return std::move(result_);
  }

 private:
  enum class Mark { New, Open, Done };

  void visit(std::size_t index) {
    if (marks_[index] == Mark::Done) return;
    if (marks_[index] == Mark::Open) {
      std::string path;
      const auto from = std::find(open_.begin(), open_.end(), index);
      for (auto it = from; it != open_.end(); ++it) path += units_[*it].services.front()->name + " → ";
      add_error(
          units_[index].problems, units_[index].build->place,
          "the builds need each other in a circle: " + path + units_[index].services.front()->name + "; break it at one of these contexts");
      return;
    }
    marks_[index] = Mark::Open;
    open_.push_back(index);
    for (const auto& [edge, target] : units_[index].needs) visit(target);
    open_.pop_back();
    marks_[index] = Mark::Done;
    places_[index] = result_.size();
    result_.push_back(units_[index]);
  }

  std::vector<ImageUnit>& units_;
  std::vector<Mark> marks_;
  std::vector<std::size_t> places_;
  std::vector<std::size_t> open_;
  std::vector<ImageUnit> result_;
};

bool is_asked(const Service& service, const PlanRequest& request) {
  if (request.services.empty()) return service.active;
  return std::find(request.services.begin(), request.services.end(), service.name) != request.services.end();
}

void mark_wanted(std::vector<ImageUnit>& units, const PlanRequest& request) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {  // needed units come first, so from the back once is enough
    for (const Service* service : unit->services) {
      unit->wanted = unit->wanted || is_asked(*service, request);
    }
    if (!unit->wanted) continue;
    for (const auto& [edge, target] : unit->needs) units[target].wanted = true;
  }
}

}  // namespace

std::string ignore_file_of(const FileTree& tree, const std::string& context, const std::string& dockerfile) {
  if (!dockerfile.empty() && tree.is_file(dockerfile + ".dockerignore")) return dockerfile + ".dockerignore";
  const std::string common = context.empty() ? ".dockerignore" : context + "/.dockerignore";
  return tree.is_file(common) ? common : "";
}

bool is_platform(const std::string& text) {
  const bool letters = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_./-") == std::string::npos;
  const auto slashes = std::count(text.begin(), text.end(), '/');
  return letters && (slashes == 1 || slashes == 2) && !text.starts_with('/') && !text.ends_with('/') &&
         text.find("//") == std::string::npos;
}

Result<std::string> published_reference(const std::string& image, const std::string& tag) {
  Result<oci::ImageRef> parsed = oci::parse_image_ref(image);
  if (!parsed) return std::move(parsed).error();
  oci::ImageRef ref = *std::move(parsed);
  std::string repository = ref.repository;
  if (ref.registry == "docker.io" && repository.starts_with("library/")) repository = repository.substr(8);
  if (!tag.empty() && !oci::valid_tag(tag)) {
    return Error{ErrorKind::InvalidInput,
                 "'" + tag + "' is no tag of an image (letters, digits, '_', '.', '-'; at most 128; begins with none of . and -)"};
  }
  if (!tag.empty()) ref.tag = tag;
  if (ref.tag.empty()) ref.tag = "latest";
  return repository + ":" + ref.tag;
}

Parsed<ImageUnits> image_units(const ComposeProject& project, const FileTree& tree, const PlanRequest& request) {
  Parsed<ImageUnits> parsed;
  std::vector<ImageUnit> units;
  std::map<Digest, std::size_t> by_identity;
  Builder builder{project, units, {}};
  for (const Service& service : project.services) {
    if (!service.build) continue;
    if (service.build->remote) {
      if (!is_asked(service, request)) continue;
      add_error(parsed.diagnostics, service.build->place,
                "service \"" + service.name + "\" is built from the remote context " + service.build->context +
                    "; farm builds local contexts: check it out first");
      continue;
    }
    const ContextId context{service.build->context, ignore_file_of(tree, service.build->context, service.build->dockerfile)};
    std::vector<Diagnostic> problems;
    const std::string platform = platform_of(service, request, problems);
    const auto [found, added] = by_identity.emplace(build_identity(*service.build, context, platform), units.size());
    if (added) {
      units.emplace_back();
      units.back().build = &*service.build;
      units.back().context = context;
      units.back().platform = platform;
    }
    ImageUnit& unit = units[found->second];
    unit.services.push_back(&service);
    unit.problems.insert(unit.problems.end(), problems.begin(), problems.end());
    builder.unit_of_service[service.name] = found->second;
  }
  name_units(project, units);
  for (ImageUnit& unit : units) builder.find_needs(unit);
  add_dockerfile_edges(project, tree, units);
  parsed.value.units = Sorter(units).sorted();
  mark_wanted(parsed.value.units, request);
  for (const ImageUnit& unit : parsed.value.units) {
    if (unit.wanted) parsed.diagnostics.insert(parsed.diagnostics.end(), unit.problems.begin(), unit.problems.end());
  }
  return parsed;
}

}  // namespace farm::plan
