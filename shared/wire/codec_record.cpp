#include "shared/wire/codec_record.hpp"

namespace farm::wire {

template <>
void write(schema::InputRow::Builder out, const InputRow& value) {
  out.setKey(data(value.key));
  out.setBytes(value.bytes);
}
template <>
void read(schema::InputRow::Reader in, InputRow& value) {
  value.key = from_digest(in.getKey());
  value.bytes = in.getBytes();
}

template <>
void write(schema::ResultRecord::Builder out, const ResultRecord& value) {
  out.setKey(data(value.key));
  out.setKind(to_enum<schema::JobKind>(value.kind));
  out.setName(text(value.name));
  out.setProject(text(value.project));
  out.setRepository(text(value.repository));
  out.setImage(data(value.image));
  out.setBytes(value.bytes);
  out.setCreatedMs(value.created_ms);
  out.setUsedMs(value.used_ms);
  out.setRunMs(value.run_ms.value);
  out.setZone(text(value.zone));
  out.setBuild(value.build.value);
  write_texts(out.initUsers(count(value.users.size())), value.users);
  write_all(out.initKeyInputs(count(value.key_inputs.size())), value.key_inputs);
  write_all(out.initBaseDigests(count(value.base_digests.size())), value.base_digests);
  write_digests(out.initUpstreamKeys(count(value.upstream_keys.size())), value.upstream_keys);
}
template <>
void read(schema::ResultRecord::Reader in, ResultRecord& value) {
  value.key = from_digest(in.getKey());
  value.kind = read_kind(in.getKind());
  value.name = from_text(in.getName());
  value.project = from_text(in.getProject());
  value.repository = from_text(in.getRepository());
  value.image = from_digest(in.getImage());
  value.bytes = in.getBytes();
  value.created_ms = in.getCreatedMs();
  value.used_ms = in.getUsedMs();
  value.run_ms = {in.getRunMs()};
  value.zone = from_text(in.getZone());
  value.build = {in.getBuild()};
  read_texts(in.getUsers(), value.users);
  read_all(in.getKeyInputs(), value.key_inputs);
  read_all(in.getBaseDigests(), value.base_digests);
  read_digests(in.getUpstreamKeys(), value.upstream_keys);
}

template <>
void write(schema::SliceRecord::Builder out, const SliceRecord& value) {
  out.setId(data(value.id));
  out.setBlob(data(value.blob));
  out.setBytes(value.bytes);
  out.setUsedMs(value.used_ms);
  write_texts(out.initUsers(count(value.users.size())), value.users);
}
template <>
void read(schema::SliceRecord::Reader in, SliceRecord& value) {
  value.id = from_digest(in.getId());
  value.blob = from_digest(in.getBlob());
  value.bytes = in.getBytes();
  value.used_ms = in.getUsedMs();
  read_texts(in.getUsers(), value.users);
}

template <>
void write(schema::SubmissionRecord::Builder out, const SubmissionRecord& value) {
  out.setBuild(value.build.value);
  out.setToken(text(value.token));
  out.setClient(text(value.client));
  out.setZone(text(value.zone));
  out.setCreatedMs(value.created_ms);
  write(out.initOptions(), value.options);
  write(out.initPlan(), value.plan);
  write_digests(out.initJobKeys(count(value.job_keys.size())), value.job_keys);
  write_all(out.initBaseDigests(count(value.base_digests.size())), value.base_digests);
  write_digests(out.initMissingSlices(count(value.missing_slices.size())), value.missing_slices);
  auto needed = out.initNeeded(count(value.needed.size()));
  for (unsigned place = 0; place < needed.size(); ++place) needed.set(place, value.needed[place]);
  out.setSubmitted(value.submitted);
  write_digests(out.initLastKeys(count(value.last_keys.size())), value.last_keys);
}
template <>
void read(schema::SubmissionRecord::Reader in, SubmissionRecord& value) {
  value.build = {in.getBuild()};
  value.token = from_text(in.getToken());
  value.client = from_text(in.getClient());
  value.zone = from_text(in.getZone());
  value.created_ms = in.getCreatedMs();
  read(in.getOptions(), value.options);
  read(in.getPlan(), value.plan);
  read_digests(in.getJobKeys(), value.job_keys);
  read_all(in.getBaseDigests(), value.base_digests);
  read_digests(in.getMissingSlices(), value.missing_slices);
  check_length(in.getNeeded());
  for (const bool needed : in.getNeeded()) value.needed.push_back(needed);
  value.submitted = in.getSubmitted();
  read_digests(in.getLastKeys(), value.last_keys);
}

template <>
void write(schema::JobSpecRecord::Builder out, const JobSpecRecord& value) {
  out.setJob(value.job.value);
  out.setBuild(value.build.value);
  out.setKey(data(value.key));
  out.setProject(text(value.project));
  out.setZone(text(value.zone));
  write(out.initSpec(), value.spec);
  write_all(out.initBaseDigests(count(value.base_digests.size())), value.base_digests);
  write_digests(out.initUpstreamKeys(count(value.upstream_keys.size())), value.upstream_keys);
  write_all(out.initFallback(count(value.fallback.size())), value.fallback);
  write_digests(out.initFallbackKeys(count(value.fallback_keys.size())), value.fallback_keys);
}
template <>
void read(schema::JobSpecRecord::Reader in, JobSpecRecord& value) {
  value.job = {in.getJob()};
  value.build = {in.getBuild()};
  value.key = from_digest(in.getKey());
  value.project = from_text(in.getProject());
  value.zone = from_text(in.getZone());
  read(in.getSpec(), value.spec);
  read_all(in.getBaseDigests(), value.base_digests);
  read_digests(in.getUpstreamKeys(), value.upstream_keys);
  read_all(in.getFallback(), value.fallback);
  read_digests(in.getFallbackKeys(), value.fallback_keys);
}

template <>
void write(schema::DurationRecord::Builder out, const DurationRecord& value) {
  out.setProject(text(value.project));
  out.setName(text(value.name));
  out.setMeanMs(value.mean_ms.value);
  out.setCount(value.count);
  out.setUpdatedMs(value.updated_ms);
}
template <>
void read(schema::DurationRecord::Reader in, DurationRecord& value) {
  value.project = from_text(in.getProject());
  value.name = from_text(in.getName());
  value.mean_ms = {in.getMeanMs()};
  value.count = in.getCount();
  value.updated_ms = in.getUpdatedMs();
}

template <>
void write(schema::StepsRecord::Builder out, const StepsRecord& value) {
  out.setJob(value.job.value);
  write_all(out.initSteps(count(value.steps.size())), value.steps);
  out.setLeftOff(value.left_off);
}
template <>
void read(schema::StepsRecord::Reader in, StepsRecord& value) {
  value.job = {in.getJob()};
  read_all(in.getSteps(), value.steps);
  value.left_off = in.getLeftOff();
}

template <>
void write(schema::AgentRecord::Builder out, const AgentRecord& value) {
  out.setName(text(value.name));
  out.setSession(value.session.value);
  out.setDrain(value.drain);
  out.setHeardMs(value.heard_ms);
  out.setPlatform(text(value.platform));
  out.setSlots(value.slots);
}
template <>
void read(schema::AgentRecord::Reader in, AgentRecord& value) {
  value.name = from_text(in.getName());
  value.session = {in.getSession()};
  value.drain = in.getDrain();
  value.heard_ms = in.getHeardMs();
  value.platform = from_text(in.getPlatform());
  value.slots = in.getSlots();
}

template <>
void write(schema::EventRecord::Builder out, const EventRecord& value) {
  out.setNumber(value.number);
  out.setAtMs(value.at_ms);
  out.setBuild(value.build.value);
  out.setAgent(text(value.agent));
  out.setText(text(value.text));
}
template <>
void read(schema::EventRecord::Reader in, EventRecord& value) {
  value.number = in.getNumber();
  value.at_ms = in.getAtMs();
  value.build = {in.getBuild()};
  value.agent = from_text(in.getAgent());
  value.text = from_text(in.getText());
}

template <>
void write(schema::BuildRow::Builder out, const BuildRow& value) {
  out.setId(value.id.value);
  out.setToken(text(value.token));
  out.setClient(text(value.client));
  out.setProject(text(value.project));
  out.setParallel(value.parallel);
  out.setFailFast(value.fail_fast);
  out.setTimeoutMs(value.timeout.value);
  out.setPriority(value.priority);
  out.setState(to_enum<schema::BuildState>(value.state));
  out.setReason(text(value.reason));
  out.setCreatedMs(value.created_ms);
  out.setFinishedMs(value.finished_ms);
  write_ids(out.initJobs(count(value.jobs.size())), value.jobs);
  write_ids(out.initShared(count(value.shared.size())), value.shared);
  write_ids(out.initAbandoned(count(value.abandoned.size())), value.abandoned);
}
template <>
void read(schema::BuildRow::Reader in, BuildRow& value) {
  value.id = {in.getId()};
  value.token = from_text(in.getToken());
  value.client = from_text(in.getClient());
  value.project = from_text(in.getProject());
  value.parallel = in.getParallel();
  value.fail_fast = in.getFailFast();
  value.timeout = {in.getTimeoutMs()};
  value.priority = in.getPriority();
  value.state = read_state(in.getState());
  value.reason = from_text(in.getReason());
  value.created_ms = in.getCreatedMs();
  value.finished_ms = in.getFinishedMs();
  read_ids(in.getJobs(), value.jobs);
  read_ids(in.getShared(), value.shared);
  read_ids(in.getAbandoned(), value.abandoned);
}

template <>
void write(schema::JobRow::Builder out, const JobRow& value) {
  out.setId(value.id.value);
  out.setKey(data(value.key));
  out.setKind(to_enum<schema::JobKind>(value.kind));
  out.setName(text(value.name));
  out.setProject(text(value.project));
  write_ids(out.initBuilds(count(value.builds.size())), value.builds);
  write_ids(out.initNeeds(count(value.needs.size())), value.needs);
  write_all(out.initInputs(count(value.inputs.size())), value.inputs);
  out.setPlatform(text(value.platform));
  write_texts(out.initLabels(count(value.labels.size())), value.labels);
  out.setDiskBytes(value.disk_bytes);
  out.setMemoryBytes(value.memory_bytes);
  out.setExpectedMs(value.expected_ms.value);
  out.setTimeoutMs(value.timeout.value);
  out.setNoCache(value.no_cache);
  out.setMayWiden(value.may_widen);
  out.setPriority(value.priority);
  out.setState(to_enum<schema::JobState>(value.state));
  out.setReason(text(value.reason));
  out.setAgent(text(value.agent));
  out.setFence(value.fence.value);
  out.setAttempts(value.attempts);
  out.setInfraFailures(value.infra_failures);
  out.setFullContext(value.full_context);
  out.setCreatedMs(value.created_ms);
  out.setReadyMs(value.ready_ms);
  out.setNotBeforeMs(value.not_before_ms);
  out.setAssignedMs(value.assigned_ms);
  out.setFinishedMs(value.finished_ms);
  out.setImage(data(value.image));
  out.setImageBytes(value.image_bytes);
  out.setPlacement(text(value.placement));
  write(out.initTimings(), value.timings);
  out.setHasFallback(value.has_fallback);
  out.setFellBack(value.fell_back);
  write_ids(out.initFallbackNeeds(count(value.fallback_needs.size())), value.fallback_needs);
  write_all(out.initFallbackInputs(count(value.fallback_inputs.size())), value.fallback_inputs);
}
template <>
void read(schema::JobRow::Reader in, JobRow& value) {
  value.id = {in.getId()};
  value.key = from_digest(in.getKey());
  value.kind = read_kind(in.getKind());
  value.name = from_text(in.getName());
  value.project = from_text(in.getProject());
  read_ids(in.getBuilds(), value.builds);
  read_ids(in.getNeeds(), value.needs);
  read_all(in.getInputs(), value.inputs);
  value.platform = from_text(in.getPlatform());
  read_texts(in.getLabels(), value.labels);
  value.disk_bytes = in.getDiskBytes();
  value.memory_bytes = in.getMemoryBytes();
  value.expected_ms = {in.getExpectedMs()};
  value.timeout = {in.getTimeoutMs()};
  value.no_cache = in.getNoCache();
  value.may_widen = in.getMayWiden();
  value.priority = in.getPriority();
  value.state = read_state(in.getState());
  value.reason = from_text(in.getReason());
  value.agent = from_text(in.getAgent());
  value.fence = {in.getFence()};
  value.attempts = in.getAttempts();
  value.infra_failures = in.getInfraFailures();
  value.full_context = in.getFullContext();
  value.created_ms = in.getCreatedMs();
  value.ready_ms = in.getReadyMs();
  value.not_before_ms = in.getNotBeforeMs();
  value.assigned_ms = in.getAssignedMs();
  value.finished_ms = in.getFinishedMs();
  value.image = from_digest(in.getImage());
  value.image_bytes = in.getImageBytes();
  value.placement = from_text(in.getPlacement());
  read(in.getTimings(), value.timings);
  value.has_fallback = in.getHasFallback();
  value.fell_back = in.getFellBack();
  read_ids(in.getFallbackNeeds(), value.fallback_needs);
  read_all(in.getFallbackInputs(), value.fallback_inputs);
}

}  // namespace farm::wire
