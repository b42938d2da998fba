#include "coordinator/admission/keys.hpp"

#include <set>

#include "shared/hash/sha256.hpp"

namespace farm::admission {
namespace {

constexpr std::size_t kInputValueBytesMax = 256;

void collect_content(const Plan& plan, JobIndex job, std::set<JobIndex>& found) {
  for (const StageInput& input : plan.jobs[job].inputs) {
    const JobKind kind = plan.jobs[input.job].kind;
    if (kind == JobKind::Crates || kind == JobKind::Compile) {
      collect_content(plan, input.job, found);
    } else {
      found.insert(input.job);
    }
  }
}

std::vector<BaseImage> bases_of(const JobSpec& job) {
  std::vector<BaseImage> bases = job.bases;
  for (const NamedContext& context : job.contexts) {
    if (context.image) bases.push_back(*context.image);
  }
  return bases;
}

std::string shortened(const std::string& value) { return value.size() <= kInputValueBytesMax ? value : sha256(value).oci(); }

// What client_key() covers beside key_inputs, by name.
void add_own_inputs(const JobSpec& job, std::vector<KeyInput>& inputs) {
  if (!job.target.empty()) inputs.push_back({"target", shortened(job.target)});
  if (!job.platform.empty()) inputs.push_back({"platform", shortened(job.platform)});
  for (const auto& [name, value] : job.args) inputs.push_back({shortened("arg " + name), shortened(value)});
  for (const auto& [name, value] : job.image_labels) inputs.push_back({shortened("label " + name), shortened(value)});
  if (!job.network.empty()) inputs.push_back({"network", shortened(job.network)});
  for (const std::string& host : job.extra_hosts) inputs.push_back({shortened("host " + host), "named"});
  for (const std::string& secret : job.secrets) inputs.push_back({shortened("secret " + secret), "named"});
  for (const NamedContext& context : job.contexts) {
    if (!context.image) inputs.push_back({shortened("context " + context.name), context_digest(context.slices).oci()});
  }
}

}  // namespace

Digest context_digest(const std::vector<SliceUse>& slices) {
  KeyHasher hash("farm.context.v1");
  for (const SliceUse& use : slices) hash.field("slice", use.id);
  return hash.finish();
}

Digest key_in_zone(const Digest& key, const std::string& zone) {
  if (is_trusted(zone)) return key;
  KeyHasher hash("farm.zone.v1");
  hash.field("zone", zone).field("key", key);
  return hash.finish();
}

std::vector<JobIndex> content_inputs(const Plan& plan, JobIndex job) {
  std::set<JobIndex> found;
  collect_content(plan, job, found);
  return {found.begin(), found.end()};
}

std::string bins_argument(const std::vector<std::string>& bins) {
  std::string text;
  for (const std::string& bin : bins) text += (text.empty() ? "--bin " : " --bin ") + bin;
  return text;
}

Result<CompleteKey> complete_key(const Plan& plan, JobIndex index, const PinnedBases& pinned, const std::vector<Digest>& keys,
                                 const std::vector<std::string>& bins) {
  const JobSpec& job = plan.jobs[index];
  CompleteKey complete;
  complete.inputs = job.key_inputs;
  add_own_inputs(job, complete.inputs);
  KeyHasher hash("farm.job.complete.v1");
  hash.field("client", client_key(job));
  const std::vector<BaseImage> bases = bases_of(job);
  hash.list("bases", bases.size());
  for (const BaseImage& base : bases) {
    const auto found = pinned.find(base.reference);
    if (found == pinned.end()) {
      return Error{ErrorKind::InvalidInput,
                   "completing the key of job '" + job.name + "': base image '" + base.reference + "' is not pinned to a digest"};
    }
    hash.field(base.reference, found->second);
    complete.inputs.push_back({shortened("base image " + base.context_name), found->second.oci()});
  }
  const std::vector<JobIndex> upstream = content_inputs(plan, index);
  hash.list("upstream", upstream.size());
  for (const JobIndex other : upstream) {
    hash.field(to_string(plan.jobs[other].kind), keys[other]);
    complete.inputs.push_back({shortened(plan.jobs[other].name), keys[other].oci()});
  }
  if (job.kind == JobKind::Compile) {
    hash.field("bins", bins_argument(bins));
    complete.inputs.push_back({"binaries", shortened(bins_argument(bins))});
  }
  complete.key = hash.finish();
  return complete;
}

}  // namespace farm::admission
