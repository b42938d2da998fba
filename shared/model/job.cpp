#include "shared/model/job.hpp"

#include <algorithm>
#include <set>

#include "shared/base/limits.hpp"
#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

constexpr std::size_t kNameBytesMax = 300;
constexpr std::size_t kSlicesPerJobMax = 5'000;

Error bad_plan(const std::string& what) { return {ErrorKind::InvalidInput, "checking the plan: " + what}; }

Result<void> check_slices(const std::string& name, const std::vector<SliceUse>& uses, const std::set<Digest>& known) {
  if (uses.size() > kSlicesPerJobMax) return bad_plan("job '" + name + "' has too many slices");
  for (const SliceUse& use : uses) {
    if (!known.contains(use.id)) return bad_plan("job '" + name + "' uses slice " + use.id.short_hex() + ", which the plan does not list");
  }
  return {};
}

Result<void> check_job(const Plan& plan, JobIndex index, const std::set<Digest>& known) {
  const JobSpec& job = plan.jobs[index];
  if (job.name.empty() || job.name.size() > kNameBytesMax) return bad_plan("job " + std::to_string(index) + " has no usable name");
  if (job.dockerfile.size() > limits::kDockerfileBytesMax) return bad_plan("job '" + job.name + "' has a Dockerfile over the limit");
  if (std::none_of(job.key_inputs.begin(), job.key_inputs.end(), [](const KeyInput& input) { return input.name == "dockerfile"; })) {
    return bad_plan("the key of job '" + job.name + "' leaves out its Dockerfile");
  }
  for (const StageInput& input : job.inputs) {
    if (input.job >= index) return bad_plan("job '" + job.name + "' needs a job that does not come before it");
  }
  if (job.compile_route && (job.compile_route->job >= index || plan.jobs[job.compile_route->job].kind != JobKind::Compile)) {
    return bad_plan("job '" + job.name + "' names a compile job that is none");
  }
  if (auto checked = check_slices(job.name, job.slices, known); !checked) return checked;
  if (auto checked = check_slices(job.name, job.full_slices, known); !checked) return checked;
  for (const NamedContext& context : job.contexts) {
    if (auto checked = check_slices(job.name, context.slices, known); !checked) return checked;
  }
  return {};
}

}  // namespace

std::string_view to_string(JobKind kind) {
  switch (kind) {
    case JobKind::Deps: return "deps";
    case JobKind::Crates: return "crates";
    case JobKind::Compile: return "compile";
    case JobKind::Image: return "image";
  }
  return "unknown";
}

Result<void> check_plan(const Plan& plan) {
  if (plan.jobs.size() > limits::kJobsPerPlanMax) return bad_plan("more than " + std::to_string(limits::kJobsPerPlanMax) + " jobs");
  if (plan.services.size() > limits::kServicesMax) return bad_plan("more than " + std::to_string(limits::kServicesMax) + " services");
  if (plan.project.empty() || plan.project.size() > kNameBytesMax) return bad_plan("no usable project name");
  std::set<Digest> known;
  for (const SliceInfo& slice : plan.slices) known.insert(slice.id);
  std::set<std::string> names;
  for (JobIndex index = 0; index < plan.jobs.size(); ++index) {
    if (auto checked = check_job(plan, index, known); !checked) return checked;
    if (!names.insert(plan.jobs[index].name).second) return bad_plan("two jobs are called '" + plan.jobs[index].name + "'");
  }
  for (const ServicePlan& service : plan.services) {
    if (service.job >= plan.jobs.size() || plan.jobs[service.job].kind != JobKind::Image) {
      return bad_plan("service '" + service.service + "' has no image job");
    }
  }
  return {};
}

Digest client_key(const JobSpec& job) {
  KeyHasher hash("farm.job.v1");
  hash.field("kind", to_string(job.kind)).field("target", job.target).field("platform", job.platform);
  hash.list("args", job.args.size());
  for (const auto& [name, value] : job.args) hash.field(name, value);
  hash.list("inputs", job.key_inputs.size());
  for (const KeyInput& input : job.key_inputs) hash.field(input.name, input.value);
  hash.list("secrets", job.secrets.size());
  for (const std::string& secret : job.secrets) hash.field("secret", secret);
  hash.list("labels", job.image_labels.size());
  for (const auto& [name, value] : job.image_labels) hash.field(name, value);
  hash.field("network", job.network).field("shm", static_cast<std::uint64_t>(job.shm_size_bytes)).list("hosts", job.extra_hosts.size());
  for (const std::string& host : job.extra_hosts) hash.field("host", host);
  hash.list("contexts", job.contexts.size());
  for (const NamedContext& context : job.contexts) {
    hash.field("context", context.name).field("image", context.image ? context.image->reference : "").list("slices", context.slices.size());
    for (const SliceUse& use : context.slices) hash.field("slice", use.id);
  }
  return hash.finish();
}

}  // namespace farm
