#include "shared/wire/codec_model.hpp"

namespace farm::wire {

BuildState read_state(schema::BuildState state) { return checked_enum(state, BuildState::Cancelled, "build state"); }
JobState read_state(schema::JobState state) { return checked_enum(state, JobState::Hit, "job state"); }

template <>
void write(schema::StepReport::Builder out, const StepReport& value) {
  out.setName(text(value.name));
  out.setRunMs(value.run_ms.value);
  out.setCached(value.cached);
  out.setFailed(value.failed);
  out.setStartMs(value.start_ms.value);
}
template <>
void read(schema::StepReport::Reader in, StepReport& value) {
  value.name = from_text(in.getName());
  value.run_ms = {in.getRunMs()};
  value.cached = in.getCached();
  value.failed = in.getFailed();
  value.start_ms = {in.getStartMs()};
}

template <>
void write(schema::JobTimings::Builder out, const JobTimings& value) {
  out.setFetchMs(value.fetch_ms.value);
  out.setRunMs(value.run_ms.value);
  out.setPushMs(value.push_ms.value);
  out.setFetchedBytes(value.fetched_bytes);
  out.setPushedBytes(value.pushed_bytes);
  out.setSteps(value.steps);
  out.setStepsCached(value.steps_cached);
  out.setCookMs(value.cook_ms.value);
  out.setCompileMs(value.compile_ms.value);
  out.setExportMs(value.export_ms.value);
}
template <>
void read(schema::JobTimings::Reader in, JobTimings& value) {
  value.fetch_ms = {in.getFetchMs()};
  value.run_ms = {in.getRunMs()};
  value.push_ms = {in.getPushMs()};
  value.fetched_bytes = in.getFetchedBytes();
  value.pushed_bytes = in.getPushedBytes();
  value.steps = in.getSteps();
  value.steps_cached = in.getStepsCached();
  value.cook_ms = {in.getCookMs()};
  value.compile_ms = {in.getCompileMs()};
  value.export_ms = {in.getExportMs()};
}

template <>
void write(schema::JobStatus::Builder out, const JobStatus& value) {
  out.setId(value.id.value);
  out.setKind(to_enum<schema::JobKind>(value.kind));
  out.setName(text(value.name));
  out.setKey(data(value.key));
  out.setState(to_enum<schema::JobState>(value.state));
  out.setAgent(text(value.agent));
  out.setPhase(text(value.phase));
  out.setReason(text(value.reason));
  out.setAttempts(value.attempts);
  out.setProgressPermille(value.progress_permille);
  out.setQueuedMs(value.queued_ms.value);
  write(out.initTimings(), value.timings);
  out.setImage(data(value.image));
  write_texts(out.initNeeds(count(value.needs.size())), value.needs);
  out.setCause(text(value.cause));
  out.setPlacement(text(value.placement));
  out.setReadyMs(value.ready_ms);
  out.setAssignedMs(value.assigned_ms);
  out.setFinishedMs(value.finished_ms);
}
template <>
void read(schema::JobStatus::Reader in, JobStatus& value) {
  value.id = {in.getId()};
  value.kind = read_kind(in.getKind());
  value.name = from_text(in.getName());
  value.key = from_digest(in.getKey());
  value.state = read_state(in.getState());
  value.agent = from_text(in.getAgent());
  value.phase = from_text(in.getPhase());
  value.reason = from_text(in.getReason());
  value.attempts = in.getAttempts();
  value.progress_permille = in.getProgressPermille();
  value.queued_ms = {in.getQueuedMs()};
  read(in.getTimings(), value.timings);
  value.image = from_digest(in.getImage());
  read_texts(in.getNeeds(), value.needs);
  value.cause = from_text(in.getCause());
  value.placement = from_text(in.getPlacement());
  value.ready_ms = in.getReadyMs();
  value.assigned_ms = in.getAssignedMs();
  value.finished_ms = in.getFinishedMs();
}

template <>
void write(schema::ServiceStatus::Builder out, const ServiceStatus& value) {
  out.setService(text(value.service));
  out.setResult(to_enum<schema::ServiceResult>(value.result));
  out.setReason(text(value.reason));
  out.setImage(text(value.image));
  out.setDigest(data(value.digest));
  out.setJob(text(value.job));
}
template <>
void read(schema::ServiceStatus::Reader in, ServiceStatus& value) {
  value.service = from_text(in.getService());
  value.result = checked_enum(in.getResult(), ServiceResult::Cancelled, "service result");
  value.reason = from_text(in.getReason());
  value.image = from_text(in.getImage());
  value.digest = from_digest(in.getDigest());
  value.job = from_text(in.getJob());
}

template <>
void write(schema::BuildCounters::Builder out, const BuildCounters& value) {
  out.setJobsRun(value.jobs_run);
  out.setJobsHit(value.jobs_hit);
  out.setJobsShared(value.jobs_shared);
  out.setRetries(value.retries);
  out.setFetchedBytes(value.fetched_bytes);
  out.setPushedBytes(value.pushed_bytes);
}
template <>
void read(schema::BuildCounters::Reader in, BuildCounters& value) {
  value.jobs_run = in.getJobsRun();
  value.jobs_hit = in.getJobsHit();
  value.jobs_shared = in.getJobsShared();
  value.retries = in.getRetries();
  value.fetched_bytes = in.getFetchedBytes();
  value.pushed_bytes = in.getPushedBytes();
}

template <>
void write(schema::BuildStatus::Builder out, const BuildStatus& value) {
  out.setId(value.id.value);
  out.setVersion(value.version);
  out.setProject(text(value.project));
  out.setState(to_enum<schema::BuildState>(value.state));
  out.setReason(text(value.reason));
  out.setCreatedMs(value.created_ms);
  out.setFinishedMs(value.finished_ms);
  write_all(out.initJobs(count(value.jobs.size())), value.jobs);
  write_all(out.initServices(count(value.services.size())), value.services);
  write(out.initCounters(), value.counters);
  out.setClient(text(value.client));
  out.setParallel(value.parallel);
}
template <>
void read(schema::BuildStatus::Reader in, BuildStatus& value) {
  value.id = {in.getId()};
  value.version = in.getVersion();
  value.project = from_text(in.getProject());
  value.state = read_state(in.getState());
  value.reason = from_text(in.getReason());
  value.created_ms = in.getCreatedMs();
  value.finished_ms = in.getFinishedMs();
  read_all(in.getJobs(), value.jobs);
  read_all(in.getServices(), value.services);
  read(in.getCounters(), value.counters);
  value.client = from_text(in.getClient());
  value.parallel = in.getParallel();
}

}  // namespace farm::wire
