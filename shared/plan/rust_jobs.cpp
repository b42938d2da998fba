#include "shared/plan/rust_jobs.hpp"

#include <algorithm>

#include "shared/cargo/graph.hpp"
#include "shared/cargo/skeleton.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/plan/clean_script.hpp"
#include "shared/plan/cook_context.hpp"

namespace farm::plan {
namespace {

constexpr const char* kCleanStage = "farm-clean";
constexpr const char* kOutStage = "farm-out";
constexpr const char* kCleanVersion = "1";
constexpr std::size_t kInputValueBytesMax = 200;  // longer values are given by digest

struct Maker {
  const ImageGroup& group;
  const RustContext& context;
  const std::vector<ImageUnit>& units;
  std::vector<Diagnostic>& diagnostics;

  [[nodiscard]] const Workspace& workspace() const { return *context.workspace; }
  [[nodiscard]] const ImageUnit& first_unit() const { return units[group.members.front().unit]; }

  [[nodiscard]] std::vector<std::string> bins() const { return group.selects_bins ? group.bins : all_binaries(workspace()); }

  // What every job of the group has; `part`: the stages that it builds.
  [[nodiscard]] JobSpec common(JobKind kind, const std::string& name, const ResolvedStages& part) const {
    JobSpec job;
    job.kind = kind;
    job.name = name;
    job.args = common_args(group, first_unit());
    for (const std::string& unused : part.unused_build_args) job.args.erase(unused);
    job.bases = base_images(part, first_unit().needs, diagnostics, group.dockerfile);
    add_contexts(job, part);
    job.platform = first_unit().platform;
    job.repository = "farm/" + std::string(to_string(kind));
    job.bins = bins();
    for (const BuildSecret& secret : first_unit().build->secrets) job.secrets.push_back(secret.id);
    job.network = first_unit().build->network;
    job.extra_hosts = first_unit().build->extra_hosts;
    job.shm_size_bytes = first_unit().build->shm_size_bytes;
    return job;
  }

  // The additional contexts that the stages name; the others can't change this job's result.
  void add_contexts(JobSpec& job, const ResolvedStages& part) const {
    std::set<std::string> used;
    for (const ResolvedStage& stage : part.stages) {
      if (stage.base.kind == StageBase::Kind::Context) used.insert(stage.base.name);
      for (const StageSource& source : stage.sources) {
        if (source.kind == StageBase::Kind::Context) used.insert(source.name);
      }
    }
    for (const NamedContext& named : *context.contexts) {
      if (used.contains(named.name)) job.contexts.push_back(named);
    }
  }

  [[nodiscard]] CleanRequest clean(const std::set<std::size_t>& kept) const {
    CleanRequest request;
    request.target_directory = group.build.target_directory;
    request.source_directory = group.build.workdir;
    for (std::size_t i = 0; i < workspace().crates.size(); ++i) {
      if (kept.contains(i)) continue;
      const Crate& crate = workspace().crates[i];
      request.packages.push_back(crate.name);
      for (const CargoTarget& target : crate.targets) request.artifacts.push_back(target.name);
    }
    // Binaries stand beside the kept crates' libraries and are never wanted from a layer below.
    for (const std::string& bin : all_binaries(workspace())) request.artifacts.push_back(bin);
    return request;
  }

  Result<JobSpec> deps() const;
  std::optional<JobSpec> crates(const std::set<std::size_t>& shared, const ResolvedStages& part) const;
  std::optional<JobSpec> compile(const RustJobs& jobs, const ResolvedStages& part) const;
  [[nodiscard]] std::optional<ResolvedStages> build_part() const;
  [[nodiscard]] bool copies_whole_context_only() const;
  [[nodiscard]] std::string crates_selection(const std::set<std::size_t>& shared) const;
  [[nodiscard]] Result<std::string> many_text() const;
  [[nodiscard]] std::optional<std::string> out_stage() const;
};

// Inputs of one name become one, so that what is kept for `explain` can be compared by name.
void add_once_per_name(JobSpec& job, const std::vector<KeyInput>& inputs) {
  std::map<std::string, std::vector<std::string>> by_name;
  for (const KeyInput& input : inputs) by_name[input.name].push_back(input.value);
  for (const auto& [name, values] : by_name) {
    if (values.size() == 1 && values.front().size() <= kInputValueBytesMax) {
      job.key_inputs.push_back({name, values.front()});
      continue;
    }
    KeyHasher hash("farm.input.v1");
    hash.list("values", values.size());
    for (const std::string& value : values) hash.field("value", value);
    job.key_inputs.push_back({name, hash.finish().oci()});
  }
}

// The rustc that an official image's tag names: "rust:1.95.0-bookworm", "…/cargo-chef:latest-rust-1.95.0". "" where it names no exact one.
std::string rustc_of(const std::string& image) {
  const std::string tag = image.substr(std::min(image.rfind(':') + 1, image.size()));
  const std::string name = image.substr(0, image.find_first_of(":@"));
  std::size_t at = std::string::npos;
  if (name == "rust" || name.ends_with("/rust")) at = 0;
  if (const std::size_t found = tag.find("rust-"); found != std::string::npos) at = found + 5;
  if (at == std::string::npos) return "";
  const std::string version = tag.substr(at, tag.find_first_not_of("0123456789.", at) - at);
  return std::count(version.begin(), version.end(), '.') == 2 ? version : "";
}

DependencySelection selection_of(const ImageGroup& group, const std::vector<std::string>& bins, const ResolvedStages& chain) {
  DependencySelection selection;
  if (group.selects_bins) selection.bins = bins;
  selection.packages = group.cook.flags.packages;
  selection.workspace = group.cook.flags.workspace;
  selection.exclude = group.cook.flags.exclude;
  selection.features = group.cook.flags.features;
  selection.all_features = group.cook.flags.all_features;
  selection.no_default_features = group.cook.flags.no_default_features;
  selection.profile = group.cook.flags.profile;
  selection.targets = group.cook.flags.targets;
  selection.environment = group.cook.environment;
  const ResolvedStage* base = chain.find(group.cook.stage);
  while (base != nullptr && base->base.kind == StageBase::Kind::Stage) base = chain.find(base->base.stage);
  if (base != nullptr && base->base.kind == StageBase::Kind::Image) selection.rustc = rustc_of(base->base.name);
  return selection;
}

Result<JobSpec> Maker::deps() const {
  const Result<ResolvedStages> chain = resolve_part(group, first_unit(), common_args(group, first_unit()), group.cook_stage, "");
  if (!chain) return chain.error();
  JobSpec job = common(JobKind::Deps, "deps", *chain);
  Result<DependencyKey> key = dependency_key(workspace(), selection_of(group, bins(), *chain));
  if (!key) return std::move(key).error();
  Result<Skeleton> cargo = skeleton(workspace(), *context.tree);
  if (!cargo) return std::move(cargo).error();

  std::string text = group.dockerfile.text;
  if (group.selects_bins) {
    const Result<std::string> limited = limit_cook(group.dockerfile, group.cook, group.bins);
    if (limited) {
      text = *limited;
    } else {
      diagnostics.push_back(
          {Severity::Note, group.cook.place, "the cook builds what all of the workspace needs: " + limited.error().message});
    }
  }
  std::vector<SliceFile> files;
  std::set<std::string> entries;
  std::set<std::string> known;
  const std::string root = workspace().root_directory.empty() ? "" : workspace().root_directory + "/";
  for (SkeletonFile& file : cargo->files) {
    const auto path = context.slices->relative(file.path);
    if (!path || !context.slices->has(*path)) continue;  // left out by .dockerignore: cargo in the build doesn't see it either
    // The cook lays its own skeleton out from the workspace's root, in its working directory.
    const std::string laid_out = file.path.starts_with(root) ? file.path.substr(root.size()) : *path;
    entries.insert(laid_out.substr(0, laid_out.find('/')));
    known.insert(*path);
    files.push_back(inline_file(*path, std::move(file.bytes)));
  }
  const std::vector<SliceFile> extras = files_before_cook(group.dockerfile, *chain, *context.slices, known);
  std::vector<std::string> real;
  for (const std::string& folder : cargo->real_directories) {
    if (const auto path = context.slices->relative(folder)) real.push_back(*path);
  }
  if (!extras.empty()) job.key_inputs.push_back({"files copied before the cook", make_slice("extras", extras).id.oci()});
  for (const std::string& folder : real) {
    job.key_inputs.push_back({"directory " + folder, make_slice("real", context.slices->files_below(folder)).id.oci()});
  }
  files.insert(files.end(), extras.begin(), extras.end());
  job.slices.push_back(context.slices->skeleton(files, real));

  CleanRequest request = clean({});
  request.source_directory = group.cook.workdir;
  entries.erase("target");
  request.source_entries.assign(entries.begin(), entries.end());
  job.dockerfile = append_stage(text, "FROM " + group.cook_stage + " AS " + kCleanStage + "\n" + run_line(clean_script(request)) + "\n");
  job.target = kCleanStage;
  job.key_inputs.push_back({"dockerfile", chain_digest(group.dockerfile, *chain).oci()});
  job.key_inputs.push_back({"clean", kCleanVersion});
  add_once_per_name(job, key->inputs);
  return job;
}

// True where everything that the build stage takes from the context before its build is the whole of it, laid out at the build's folder:
// then "remove the sources" is known to be complete.
bool Maker::copies_whole_context_only() const {
  for (const ContextCopy& copy : context_copies(group.dockerfile, group.members.front().resolved)) {
    if (copy.stage != group.build.stage) continue;
    if (copy.destination != group.build.workdir || copy.sources != std::vector<std::string>{""}) return false;
  }
  return true;
}

// The stages that make the build's, above the cook; none where no shared job can build them.
std::optional<ResolvedStages> Maker::build_part() const {
  if (group.members.size() < 2 || group.build_stage.empty()) return std::nullopt;
  const auto refuse = [&](const std::string& why) {
    diagnostics.push_back({Severity::Note, group.build.place, "each service compiles on its own: " + why});
    return std::nullopt;
  };
  if (!group.one_build_refusal.empty()) return refuse(group.one_build_refusal);
  Result<ResolvedStages> part = resolve_part(group, first_unit(), common_args(group, first_unit()), group.build_stage, group.cook_stage);
  if (!part) return refuse(part.error().message);
  if (uses_service_image(*part, first_unit())) return refuse("the build stage uses another service's image");
  return *std::move(part);
}

// The Dockerfile in which the build stage makes FARM_BINS.
Result<std::string> Maker::many_text() const {
  if (group.build_is_common) return group.dockerfile.text;
  return compile_many(group.dockerfile, group.members.front().resolved, group.members.front().rust);
}

// What the crates job tells cargo to build. `--lib` compiles the shared crates alone, with the features that `--bin X` from the same place
// gives them; it is right only where no other library of the workspace would be built with it. Else the binaries, from stubs.
std::string Maker::crates_selection(const std::set<std::size_t>& shared) const {
  bool lib = true;
  for (std::size_t i = 0; i < workspace().crates.size(); ++i) {
    const Crate& crate = workspace().crates[i];
    const bool built = crate.default_member && crate.has(TargetKind::Lib);
    lib = lib && built == shared.contains(i);
  }
  return lib ? "--lib" : bins_argument(group.bins).value_or("");
}

std::optional<JobSpec> Maker::crates(const std::set<std::size_t>& shared, const ResolvedStages& part) const {
  const ResolvedStage* build = group.members.front().resolved.find(group.build.stage);
  const bool on_cook = build != nullptr && build->base.kind == StageBase::Kind::Stage && build->base.stage == group.cook.stage;
  if (shared.empty() || !on_cook || group.build_stage.empty() || !group.selects_bins || !copies_whole_context_only()) return std::nullopt;
  const Result<std::string> text = many_text();
  if (!text || group.build_is_common) return std::nullopt;
  JobSpec job = common(JobKind::Crates, "crates", part);
  CleanRequest request = clean(shared);
  request.source_entries = context.slices->top_entries();
  job.dockerfile = append_stage(*text, "FROM " + group.build_stage + " AS " + kCleanStage + "\n" + run_line(clean_script(request)) + "\n");
  job.target = kCleanStage;
  job.args[kFarmBinsArg] = crates_selection(shared);
  const std::vector<std::size_t> read =
      closure(workspace(), {shared.begin(), shared.end()});  // a shared crate may include a file of a service
  job.slices = context.slices->with_crates({read.begin(), read.end()}, {});
  job.inputs.push_back({group.cook_stage, 0});
  job.key_inputs = context.slices->key_inputs(job.slices);
  job.key_inputs.push_back({"dockerfile", chain_digest(group.dockerfile, part).oci()});
  job.key_inputs.push_back({"crates' dependencies", context.graph.oci()});
  job.key_inputs.push_back({"clean", kCleanVersion});
  return job;
}

// A stage that holds just the binaries that the services copy out of the build stage; none where something else is taken from there.
std::optional<std::string> Maker::out_stage() const {
  std::string text = "FROM scratch AS " + std::string(kOutStage) + "\n";
  std::set<std::string> lines;
  for (const GroupMember& member : group.members) {
    for (const ResolvedStage& stage : member.resolved.stages) {
      for (const StageSource& source : stage.sources) {
        if (source.kind == StageBase::Kind::Stage && source.stage == group.build.stage && source.mount) return std::nullopt;
      }
      if (stage.index != group.build.stage && stage.base.kind == StageBase::Kind::Stage && stage.base.stage == group.build.stage)
        return std::nullopt;
    }
    for (const ArtifactCopy& copy : member.rust.copies) {
      if (copy.from_stage != group.build.stage) continue;
      for (const std::string& path : copy.sources) {
        const std::string name = path.substr(path.rfind('/') + 1);
        const bool binary = path.starts_with(group.build.target_directory + "/") && path.find_first_of("*?[]\\ $") == std::string::npos &&
                            std::find(member.bins.begin(), member.bins.end(), name) != member.bins.end();
        if (!binary) return std::nullopt;
        // A pattern, because BuildKit lets one match nothing: the coordinator chooses which binaries are built.
        lines.insert("COPY --from=" + group.build_stage + " " + parent_path(path) + "/[" + name.substr(0, 1) + "]" + name.substr(1) + " " +
                     parent_path(path) + "/\n");
      }
    }
  }
  if (lines.empty()) return std::nullopt;
  for (const std::string& line : lines) text += line;
  return text;
}

std::optional<JobSpec> Maker::compile(const RustJobs& jobs, const ResolvedStages& part) const {
  const Result<std::string> text = many_text();
  if (!text) {
    diagnostics.push_back({Severity::Note, group.build.place, "each service compiles on its own: " + text.error().message});
    return std::nullopt;
  }
  JobSpec job = common(JobKind::Compile, "compile", part);
  std::set<std::size_t> crates = with_patches(workspace(), closure_of_binaries(workspace(), bins()));
  if (!group.selects_bins) {
    for (std::size_t i = 0; i < workspace().crates.size(); ++i) crates.insert(i);
  }
  if (const auto out = out_stage()) {
    job.dockerfile = append_stage(*text, *out);
    job.target = kOutStage;
  } else {
    job.dockerfile = *text;
    job.target = group.build_stage;
  }
  job.slices = context.slices->with_crates(crates, jobs.crates_below);
  job.full_slices = context.slices->all();
  job.inputs.push_back({group.cook_stage, jobs.crates.value_or(jobs.deps)});
  job.key_inputs = context.slices->key_inputs(job.slices);
  job.key_inputs.push_back({"dockerfile", chain_digest(group.dockerfile, part).oci()});
  job.key_inputs.push_back({"crates' dependencies", context.graph.oci()});
  return job;
}

}  // namespace

Result<RustJobs> rust_jobs(const ImageGroup& group, const RustContext& context, const std::vector<ImageUnit>& units,
                           std::vector<Diagnostic>& diagnostics) {
  const Maker maker{group, context, units, diagnostics};
  RustJobs jobs;
  Result<JobSpec> deps = maker.deps();
  if (!deps) return std::move(deps).error();
  jobs.jobs.push_back(*std::move(deps));
  const std::optional<ResolvedStages> part = maker.build_part();
  if (!part) return jobs;
  const std::set<std::size_t> shared_set = with_patches(*context.workspace, shared_crates(*context.workspace, maker.bins()));
  if (std::optional<JobSpec> crates = maker.crates(shared_set, *part)) {
    jobs.crates = static_cast<JobIndex>(jobs.jobs.size());
    jobs.crates_below = shared_set;
    jobs.jobs.push_back(std::move(*crates));
  }
  if (std::optional<JobSpec> compile = maker.compile(jobs, *part)) {
    jobs.compile = static_cast<JobIndex>(jobs.jobs.size());
    jobs.jobs.push_back(std::move(*compile));
  }
  return jobs;
}

}  // namespace farm::plan
