#include "coordinator/app/notices.hpp"

#include <set>

#include "coordinator/admission/admission.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {

void NoticeCollector::operator()(const scheduler::JobEnded& notice) {
  const scheduler::Job* job = core_.scheduler.find_job(notice.job);
  if (job == nullptr) return;
  if (notice.state == JobState::Succeeded) {
    add_result(*job);
    add_duration(*job);
    for (const BuildId build : job->builds) ready.push_back({build, job->id, job->result.image});
  }
  store::erase_spec(batch_, job->id);
}

void NoticeCollector::operator()(const scheduler::BuildChanged& notice) {
  if (OpenBuild* build = book_.find(notice.build)) build->touch(core_.now);
}

void NoticeCollector::add_result(const scheduler::Job& job) {
  Result<wire::JobSpecRecord> spec = store::get_spec(core_.store, job.id);
  if (!spec) {
    core_.log.error("a job succeeded whose spec is gone; its result is not remembered", {{"job", job.id}, {"error", spec.error().message}});
    return;
  }
  wire::ResultRecord result;
  result.key = job.key;
  result.kind = job.kind;
  result.name = spec->spec.name;
  result.project = spec->project;
  result.repository = spec->spec.repository;
  result.image = job.result.image;
  result.bytes = job.result.bytes;
  result.created_ms = core_.now.ms;
  result.run_ms = job.timings.run_ms;
  result.zone = spec->zone;
  result.key_inputs = std::move(spec->spec.key_inputs);
  if (job.full_context)
    result.key_inputs.push_back({admission::kWholeContextInput, admission::context_digest(spec->spec.full_slices).oci()});
  result.base_digests = std::move(spec->base_digests);
  result.upstream_keys = std::move(job.fell_back ? spec->fallback_keys : spec->upstream_keys);
  result.build = spec->build;
  std::set<std::string> users = {result.project};
  for (const BuildId id : job.builds) {
    if (const scheduler::Build* build = core_.scheduler.find_build(id)) users.insert(build->project);
  }
  result.users.assign(users.begin(), users.end());
  store::put(batch_, result);
  batch_.erase(store::Kind::Meta, cold_key(result.project, result.name));
  memory_.results.put(job.key, job.result.image, core_.now);
}

void NoticeCollector::add_duration(const scheduler::Job& job) {
  Result<wire::DurationRecord> known = store::get_duration(core_.store, job.project, job.name);
  wire::DurationRecord duration;
  duration.project = job.project;
  duration.name = job.name;
  if (known) duration = std::move(*known);
  const Millis sample = job.timings.fetch_ms + job.timings.run_ms + job.timings.push_ms;
  store::put(batch_, wire::with_sample(std::move(duration), sample, core_.now.ms));
}

}  // namespace farm::coordinator
