#include "shared/plan/planner.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "shared/hash/sha256.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/plan/cook_context.hpp"
#include "shared/plan/copied_files.hpp"
#include "shared/plan/crate_reads.hpp"
#include "shared/plan/rust_jobs.hpp"

namespace farm {
namespace plan {
namespace {

bool may_slice(const ImageUnit& unit) {
  return std::all_of(unit.services.begin(), unit.services.end(),
                     [](const Service* service) { return service->x_farm.slice.value_or(true); });
}

class PlanBuilder {
 public:
  PlanBuilder(const ComposeProject& project, const FileTree& tree, const ContextFiles& contexts, const PlanRequest& request,
              std::vector<ImageUnit> units)
      : project_(project), tree_(tree), contexts_(contexts), request_(request), units_(std::move(units)) {}

  Parsed<ProjectPlan> build() {
    result_.value.plan.project = project_.name;
    jobs_of_unit_.resize(units_.size());
    for (const std::vector<std::size_t>& members : groups()) plan_group(members);
    order_images();
    for (const ImageUnit& unit : units_) {
      if (unit.wanted) add_services(unit);
    }
    collect_slices();
    for (const Diagnostic& diagnostic : result_.diagnostics) result_.value.plan.notes.push_back(diagnostic);
    return std::move(result_);
  }

 private:
  struct Context {
    std::vector<SliceFile> files;  // what the slices are cut from
    std::optional<Workspace> workspace;
    std::unique_ptr<ContextSlices> slices;
  };
  struct UnitJob {  // an image job, before it has its place in the plan
    std::optional<JobSpec> job;
    std::optional<JobIndex> base;  // deps or crates
    std::string base_stage;
    std::optional<JobIndex> compile;
    std::string compile_stage;
    std::string bin;
    std::optional<JobIndex> place;
  };

  [[nodiscard]] std::vector<std::vector<std::size_t>> groups() const {
    std::map<std::string, std::vector<std::size_t>> found;
    for (std::size_t i = 0; i < units_.size(); ++i) found[group_identity(units_[i])].push_back(i);
    std::vector<std::vector<std::size_t>> wanted;
    for (const auto& [identity, members] : found) {
      for (auto& part : by_target(members)) {
        if (std::any_of(part.begin(), part.end(), [&](std::size_t i) { return units_[i].wanted; })) wanted.push_back(std::move(part));
      }
    }
    std::sort(wanted.begin(), wanted.end());
    return wanted;
  }

  // Images of several targets stay together only if they share what stands below: one that doesn't must not spoil it for the others.
  [[nodiscard]] std::vector<std::vector<std::size_t>> by_target(const std::vector<std::size_t>& members) const {
    std::map<std::string, std::vector<std::size_t>> targets;
    for (const std::size_t i : members) targets[units_[i].build->target].push_back(i);
    std::vector<Diagnostic> ignored;  // told when the group is planned
    const std::optional<ImageGroup> together = targets.size() > 1 ? analyse_group(units_, members, ignored) : std::nullopt;
    if (targets.size() == 1 || (together && together->shareable)) return {members};
    std::vector<std::vector<std::size_t>> parts;
    for (auto& [target, part] : targets) parts.push_back(std::move(part));
    return parts;
  }

  void error(const Place& place, std::string message) {
    Diagnostic diagnostic{Severity::Error, place, std::move(message)};
    std::vector<Diagnostic>& all = result_.diagnostics;
    if (std::find(all.begin(), all.end(), diagnostic) == all.end()) all.push_back(std::move(diagnostic));
  }

  const std::vector<SliceFile>& files(const ContextId& id) {
    static const std::vector<SliceFile> kNone;
    const auto found = contexts_.find(id);
    return found == contexts_.end() ? kNone : found->second;
  }

  // The slices of what is copied from a context, cut by the workspace's crates where it has one.
  Context& context(const ContextId& id, const std::optional<std::string>& workspace_folder, const std::set<std::string>& copied) {
    std::string key = id.directory + "\n" + id.ignore_file + "\n" + workspace_folder.value_or("-");
    for (const std::string& place : copied) key += "\n" + place;
    const auto [found, added] = open_.emplace(key, Context{});
    Context& context = found->second;
    if (!added) return context;
    if (workspace_folder) {
      Parsed<Workspace> workspace = read_workspace(tree_, *workspace_folder);
      result_.diagnostics.insert(result_.diagnostics.end(), workspace.diagnostics.begin(), workspace.diagnostics.end());
      if (workspace.ok()) context.workspace = std::move(workspace.value);
    }
    context.files = files_at(files(id), copied);
    context.slices = std::make_unique<ContextSlices>(id.directory, context.files, context.workspace ? &*context.workspace : nullptr, tree_);
    if (context.workspace) add_reads(*context.workspace, *context.slices, context.files, request_.outside_paths);
    return context;
  }

  void plan_group(const std::vector<std::size_t>& members) {
    std::optional<ImageGroup> group = analyse_group(units_, members, result_.diagnostics);
    if (!group) return;
    if (!group->shareable && group->split_by_service) {
      note(members, group->why_not + "; each service gets its own layer of dependencies");
      for (const std::size_t member : members) plan_group({member});
      return;
    }
    const ImageUnit& first = units_[members.front()];
    std::optional<std::string> folder;
    if (group->members.front().rust.build) {
      folder = workspace_directory(tree_, first.context.directory, group->dockerfile, group->members.front().resolved,
                                   *group->members.front().rust.build);
    }
    Context& cut = context(first.context, folder, seen_places(*group));
    if (group->shareable) {
      group->why_not = cut.workspace ? skeleton_refusal(*group, first, *cut.slices, *cut.workspace)
                                     : "no Cargo.toml was found where the build stage's files come from";
      group->shareable = group->why_not.empty();
    }
    if (group->shareable) {
      plan_shareable(*group, cut);
      return;
    }
    if (!group->why_not.empty() && group->members.front().rust.build)
      note(members, group->why_not + "; built as it is, with a registry cache of its own");
    for (const GroupMember& member : group->members) {
      JobSpec job = image_job(units_[member.unit], group->dockerfile, member.resolved);
      job.slices = cut.slices->all();
      job.cache_name = cache_name(units_[member.unit]);
      add_slice_keys(job, *cut.slices);
      jobs_of_unit_[member.unit].job = std::move(job);
    }
  }

  // Who says `slice: false` has files that the Dockerfile doesn't name and its build reads nevertheless: a base image's ONBUILD COPY does.
  std::set<std::string> seen_places(const ImageGroup& group) const {
    const bool named = std::all_of(group.members.begin(), group.members.end(),
                                   [this](const GroupMember& member) { return may_slice(units_[member.unit]); });
    return named ? copied_places(group) : std::set<std::string>{""};
  }

  void note(const std::vector<std::size_t>& members, const std::string& message) {
    if (std::any_of(members.begin(), members.end(), [&](std::size_t i) { return units_[i].wanted; })) {
      result_.diagnostics.push_back({Severity::Note, units_[members.front()].build->place, message});
    }
  }

  void plan_shareable(const ImageGroup& group, Context& cut) {
    const std::vector<NamedContext> contexts = named_contexts(units_[group.members.front().unit]);
    const RustContext rust{&*cut.workspace, &tree_, cut.slices.get(), &contexts, graph_digest(*cut.workspace)};
    Result<RustJobs> made = rust_jobs(group, rust, units_, result_.diagnostics);
    if (!made) {
      error(units_[group.members.front().unit].build->place, made.error().message);
      return;
    }
    std::vector<JobSpec>& jobs = result_.value.plan.jobs;
    const auto shift = static_cast<JobIndex>(jobs.size());
    for (JobSpec& job : made->jobs) {
      for (StageInput& input : job.inputs) input.job += shift;
      job.name = unique_name(job.name);
      jobs.push_back(std::move(job));
    }
    for (const GroupMember& member : group.members) {
      const ImageUnit& unit = units_[member.unit];
      UnitJob& entry = jobs_of_unit_[member.unit];
      JobSpec job = image_job(unit, group.dockerfile, member.above);
      const ImageSlices sliced = image_slices(group, member, rust, *made, may_slice(unit));
      job.slices = sliced.slices;
      if (sliced.sliced) job.full_slices = cut.slices->all();
      add_slice_keys(job, *cut.slices);
      job.key_inputs.push_back({"crates' dependencies", rust.graph.oci()});
      job.bins = member.bins;
      entry.job = std::move(job);
      entry.base = made->crates.value_or(made->deps) + shift;
      entry.base_stage = group.cook_stage;
      if (made->compile) {
        entry.compile = *made->compile + shift;
        entry.compile_stage = group.build_stage;
        entry.bin = member.bins.empty() ? "" : member.bins.front();
        if (member.bins.size() > 1) entry.compile.reset();  // a route names one binary; such an image compiles on its own
      }
    }
  }

  // What all image jobs have, whether they share layers or not.
  JobSpec image_job(const ImageUnit& unit, const Dockerfile& dockerfile, const ResolvedStages& resolved) {
    JobSpec job;
    job.kind = JobKind::Image;
    job.name = unique_name("image " + unit.name);
    job.dockerfile = dockerfile.text;
    job.target = unit.build->target;
    job.platform = unit.platform;
    job.args = unit.build->args;
    for (const std::string& unused : resolved.unused_build_args) job.args.erase(unused);
    job.bases = base_images(resolved, unit.needs, result_.diagnostics, dockerfile);
    for (const auto& [name, value] : unit.services.front()->x_farm.labels)
      job.agent_labels.push_back(value.empty() ? name : name + "=" + value);
    job.image_labels = unit.build->labels;
    job.network = unit.build->network;
    job.extra_hosts = unit.build->extra_hosts;
    job.shm_size_bytes = unit.build->shm_size_bytes;
    job.repository = repository_of(unit);
    job.key_inputs.push_back({"dockerfile", chain_digest(dockerfile, resolved).oci()});
    for (const BuildSecret& secret : unit.build->secrets) {
      job.secrets.push_back(secret.id);
      if (unit.wanted) secrets_.emplace(secret.id, secret);
    }
    job.contexts = named_contexts(unit);
    note_unpinned_downloads(dockerfile, resolved, result_.diagnostics);
    return job;
  }

  // The additional contexts that no service of this project makes.
  std::vector<NamedContext> named_contexts(const ImageUnit& unit) {
    std::vector<NamedContext> contexts;
    for (const auto& [name, value] : unit.build->additional_contexts) {
      if (value.starts_with("service:")) continue;
      NamedContext context_value{name, {}, std::nullopt};
      if (value.starts_with("docker-image://")) {
        const auto ref = oci::parse_image_ref(value.substr(15));
        if (!ref) {
          error(unit.build->place, "additional_contexts." + name + ": " + ref.error().message);
          continue;
        }
        context_value.image = BaseImage{ref->full(), ref->context_name()};
      } else if (value.find("://") != std::string::npos) {
        error(unit.build->place, "additional_contexts." + name + ": farm takes a path, service:NAME or docker-image://REF, not " + value);
        continue;
      } else {
        Context& other = context({value, ignore_file_of(tree_, value, "")}, std::nullopt, {""});
        context_value.slices = other.slices->all();
      }
      contexts.push_back(std::move(context_value));
    }
    return contexts;
  }

  static void add_slice_keys(JobSpec& job, const ContextSlices& slices) {
    std::vector<KeyInput> inputs = slices.key_inputs(job.slices);
    job.key_inputs.insert(job.key_inputs.end(), std::make_move_iterator(inputs.begin()), std::make_move_iterator(inputs.end()));
  }

  // Images come behind the jobs of all groups, needed ones first, and only now get their edges.
  void order_images() {
    std::vector<JobSpec>& jobs = result_.value.plan.jobs;
    drop_unneeded_group_jobs();
    for (std::size_t i = 0; i < units_.size(); ++i) {
      UnitJob& entry = jobs_of_unit_[i];
      if (!units_[i].wanted || !entry.job) continue;
      if (entry.base) entry.job->inputs.push_back({entry.base_stage, *entry.base});
      if (entry.compile) entry.job->compile_route = CompileRoute{*entry.compile, entry.compile_stage, entry.bin};
      for (const auto& [edge, target] : units_[i].needs) {
        if (!jobs_of_unit_[target].place) continue;  // it could not be planned; its diagnostic says why
        const JobIndex place = *jobs_of_unit_[target].place;
        const bool first_only = edge.starts_with('#');
        entry.job->inputs.push_back({first_only ? "" : edge, place});
        // Which image stands under which name: two of them changed about are another image.
        if (!first_only) entry.job->key_inputs.push_back({"context " + edge, client_key(jobs[place]).oci()});
      }
      entry.place = static_cast<JobIndex>(jobs.size());
      jobs.push_back(std::move(*entry.job));
    }
  }

  // A compile job serves two or more wanted images; for a single one it would only cost a step.
  void drop_unneeded_group_jobs() {
    std::map<JobIndex, int> users;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].wanted && jobs_of_unit_[i].compile) ++users[*jobs_of_unit_[i].compile];
    }
    for (UnitJob& entry : jobs_of_unit_) {
      if (entry.compile && users[*entry.compile] < 2) entry.compile.reset();
    }
  }

  void add_services(const ImageUnit& unit) {
    const auto index = static_cast<std::size_t>(&unit - units_.data());
    if (!jobs_of_unit_[index].place) return;
    for (const Service* service : unit.services) {
      const bool asked = request_.services.empty()
                             ? service->active
                             : std::find(request_.services.begin(), request_.services.end(), service->name) != request_.services.end();
      if (!asked) continue;
      ServicePlan planned{service->name, *jobs_of_unit_[index].place, "", {}};
      const auto reference = published_reference(project_.image_name(*service), request_.tag);
      if (!reference) {
        error(service->place, reference.error().message);
        continue;
      }
      planned.image = *reference;
      for (const std::string& tag : service->build->tags) {
        if (const auto more = published_reference(tag, "")) planned.tags.push_back(*more);
      }
      result_.value.plan.services.push_back(std::move(planned));
    }
    std::sort(result_.value.plan.services.begin(), result_.value.plan.services.end(),
              [](const ServicePlan& a, const ServicePlan& b) { return a.service < b.service; });
  }

  void collect_slices() {
    std::map<Digest, const Slice*> made;
    std::map<Digest, std::string> folders;
    for (const auto& [key, context] : open_) {
      for (const auto& [id, slice] : context.slices->made()) {
        made.emplace(id, &slice);
        folders.emplace(id, context.slices->directory());
      }
    }
    std::set<Digest> seen;
    const auto take = [&](const std::vector<SliceUse>& uses) {
      for (const SliceUse& use : uses) {
        if (!seen.insert(use.id).second) continue;
        const Slice& slice = *made.at(use.id);
        result_.value.plan.slices.push_back({use.id, slice.name, slice.bytes, folders.at(use.id)});
        result_.value.slices.push_back({slice, folders.at(use.id)});
      }
    };
    for (const JobSpec& job : result_.value.plan.jobs) {
      take(job.slices);
      take(job.full_slices);
      for (const NamedContext& context : job.contexts) take(context.slices);
    }
    for (auto& [id, secret] : secrets_) result_.value.secrets.push_back(secret);
  }

  std::string repository_of(const ImageUnit& unit) {
    const auto reference = published_reference(project_.image_name(*unit.services.front()), "");
    return reference ? reference->substr(0, reference->rfind(':')) : "farm/image";
  }

  [[nodiscard]] std::string cache_name(const ImageUnit& unit) const {
    return "c-" + KeyHasher("farm.cache.v1").field("project", project_.name).field("unit", unit.name).finish().hex().substr(0, 40);
  }

  std::string unique_name(const std::string& name) {
    std::string unique = name;
    for (int i = 2; !names_.insert(unique).second; ++i) unique = name + " " + std::to_string(i);
    return unique;
  }

  const ComposeProject& project_;
  const FileTree& tree_;
  const ContextFiles& contexts_;
  const PlanRequest& request_;
  std::vector<ImageUnit> units_;
  std::vector<UnitJob> jobs_of_unit_;
  std::map<std::string, Context> open_;
  std::map<std::string, BuildSecret> secrets_;
  std::set<std::string> names_;
  Parsed<ProjectPlan> result_;
};

}  // namespace
}  // namespace plan

Parsed<std::vector<ContextId>> contexts_of(const ComposeProject& project, const FileTree& tree, const PlanRequest& request) {
  Parsed<plan::ImageUnits> units = plan::image_units(project, tree, request);
  Parsed<std::vector<ContextId>> parsed;
  parsed.diagnostics = std::move(units.diagnostics);
  std::set<ContextId> ids;
  for (const plan::ImageUnit& unit : units.value.units) {
    if (!unit.wanted) continue;
    ids.insert(unit.context);
    for (const auto& [name, value] : unit.build->additional_contexts) {
      if (value.find("://") == std::string::npos && !value.starts_with("service:"))
        ids.insert({value, plan::ignore_file_of(tree, value, "")});
    }
  }
  parsed.value.assign(ids.begin(), ids.end());
  return parsed;
}

Parsed<ProjectPlan> make_plan(const ComposeProject& project, const FileTree& tree, const ContextFiles& contexts,
                              const PlanRequest& request) {
  Parsed<plan::ImageUnits> units = plan::image_units(project, tree, request);
  if (!units.ok()) {
    Parsed<ProjectPlan> failed;
    failed.diagnostics = std::move(units.diagnostics);
    return failed;
  }
  Parsed<ProjectPlan> planned = plan::PlanBuilder(project, tree, contexts, request, std::move(units.value.units)).build();
  planned.diagnostics.insert(planned.diagnostics.begin(), units.diagnostics.begin(), units.diagnostics.end());
  return planned;
}

}  // namespace farm
