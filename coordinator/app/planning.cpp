#include "coordinator/app/planning.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace farm::coordinator {
namespace {

using admission::AdmittedJob;
using admission::Need;

scheduler::Requirement requirement_of(const JobSpec& spec) {
  const std::set<std::string> labels(spec.agent_labels.begin(), spec.agent_labels.end());
  return {spec.platform, {labels.begin(), labels.end()}, 0, 0};
}

wire::JobSpecRecord spec_record(const OpenBuild& build, const AdmittedJob& job, JobId id) {
  wire::JobSpecRecord record;
  record.job = id;
  record.build = build.id;
  record.key = job.key;
  record.project = build.submission.plan.project;
  record.zone = build.submission.zone;
  record.spec = job.spec;
  record.spec.key_inputs = job.key_inputs;  // with what the coordinator added: they become the result's
  // BuildKit believes what a cache says, so a zone reads and writes one of its own.
  if (!record.spec.cache_name.empty() && !admission::is_trusted(record.zone))
    record.spec.cache_name = record.zone + "." + record.spec.cache_name;
  std::map<std::string, std::string> digests;
  for (const KeyInput& base : build.submission.base_digests) digests[base.name] = base.value;
  for (const BaseImage& base : job.spec.bases) record.base_digests.push_back({base.context_name, digests[base.reference]});
  for (const NamedContext& context : job.spec.contexts) {
    if (context.image) record.base_digests.push_back({context.name, digests[context.image->reference]});
  }
  for (const StageInput& input : job.spec.inputs) record.upstream_keys.push_back(build.admission->jobs[input.job].key);
  record.fallback = job.fallback;
  for (const StageInput& input : job.fallback) record.fallback_keys.push_back(build.admission->jobs[input.job].key);
  return record;
}

}  // namespace

std::vector<KeyInput> to_records(const admission::PinnedBases& bases) {
  std::vector<KeyInput> records;
  for (const auto& [reference, digest] : bases) records.push_back({reference, digest.oci()});
  return records;
}

Result<admission::PinnedBases> from_records(const std::vector<KeyInput>& records) {
  admission::PinnedBases bases;
  for (const KeyInput& record : records) {
    const Result<Digest> digest = parse_digest(record.value);
    if (!digest) return Error{ErrorKind::Corrupt, "reading a submission: base image '" + record.name + "' has no digest"};
    bases[record.name] = *digest;
  }
  return bases;
}

std::vector<BuildJob> build_jobs(const Plan& plan, const admission::Admission& admission) {
  std::vector<BuildJob> jobs;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const AdmittedJob& admitted = admission.jobs[i];
    if (admitted.need == Need::NotNeeded) continue;
    const bool hit = admitted.need == Need::Hit;
    jobs.push_back({plan.jobs[i].kind, plan.jobs[i].name, admitted.key, hit, admitted.reason,
                    hit ? admitted.result.repository : plan.jobs[i].repository, admitted.result.image, JobId{},
                    std::string(to_string(admitted.cause))});
  }
  return jobs;
}

std::vector<scheduler::NewJob> new_jobs(const Plan& plan, const admission::Admission& admission, const protocol::SubmitOptions& options,
                                        const std::function<Millis(const std::string&)>& expected,
                                        const std::function<std::uint64_t(const Digest&)>& bytes) {
  std::vector<scheduler::NewJob> jobs;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const AdmittedJob& admitted = admission.jobs[i];
    if (admitted.need != Need::Needed) continue;
    scheduler::NewJob job;
    job.key = admitted.key;
    job.kind = plan.jobs[i].kind;
    job.name = plan.jobs[i].name;
    const auto add = [&](const std::vector<StageInput>& stages, std::vector<Digest>& needs, std::vector<scheduler::InputResult>& inputs) {
      for (const StageInput& input : stages) {
        const AdmittedJob& upstream = admission.jobs[input.job];
        if (upstream.need == Need::Needed) {
          needs.push_back(upstream.key);
        } else {
          inputs.push_back({upstream.key, bytes(upstream.key)});
        }
      }
    };
    add(admitted.spec.inputs, job.needs, job.inputs);
    add(admitted.fallback, job.fallback_needs, job.fallback_inputs);
    job.has_fallback = !admitted.fallback.empty();
    job.requirement = requirement_of(admitted.spec);
    job.expected_ms = expected(job.name);
    job.no_cache = options.no_cache;
    job.may_widen = !admitted.spec.full_slices.empty();
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<wire::JobSpecRecord> bind_jobs(OpenBuild& build, const scheduler::Build& record, const scheduler::Scheduler& scheduler,
                                           const std::function<bool(JobId)>& is_known) {
  std::map<Digest, const AdmittedJob*> admitted;
  if (build.admission) {
    for (const AdmittedJob& job : build.admission->jobs) {
      if (job.need == Need::Needed) admitted.emplace(job.key, &job);
    }
  }
  std::vector<wire::JobSpecRecord> specs;
  for (const JobId id : record.jobs) {
    const scheduler::Job* job = scheduler.find_job(id);
    if (job == nullptr) continue;
    bool found = false;
    for (BuildJob& shown : build.jobs) {
      if (shown.hit || shown.key != job->key) continue;
      shown.id = id;
      found = true;
    }
    if (!found)
      build.jobs.insert(build.jobs.begin(), {job->kind, job->name, job->key, false, "runs for another build", "", Digest{}, id, ""});
    const auto spec = admitted.find(job->key);
    if (spec != admitted.end() && !is_known(id)) specs.push_back(spec_record(build, *spec->second, id));
  }
  return specs;
}

Result<admission::Admission> admission_again(const wire::SubmissionRecord& submission, const admission::ResultLookup& results) {
  Result<admission::PinnedBases> bases = from_records(submission.base_digests);
  if (!bases) return std::move(bases).error();
  std::set<Digest> needed;
  for (std::size_t i = 0; i < submission.needed.size() && i < submission.job_keys.size(); ++i) {
    if (submission.needed[i]) needed.insert(submission.job_keys[i]);
  }
  const auto lookup = [&](const Digest& key) -> std::optional<admission::KnownResult> {
    const bool ran = needed.contains(key) || needed.contains(admission::key_in_zone(key, submission.zone));
    return ran ? std::nullopt : results(key);
  };
  return admission::admit(submission.plan, {submission.options.no_cache, submission.zone}, *bases, lookup,
                          [](const std::string&) { return std::nullopt; });
}

}  // namespace farm::coordinator
