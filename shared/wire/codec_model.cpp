#include "shared/wire/codec_model.hpp"

namespace farm::wire {

JobKind read_kind(schema::JobKind kind) { return checked_enum(kind, JobKind::Image, "job kind"); }
ErrorKind read_error_kind(schema::ErrorKind kind) { return checked_enum(kind, ErrorKind::Internal, "error kind"); }

template <>
void write(schema::KeyValue::Builder out, const KeyInput& value) {
  out.setKey(text(value.name));
  out.setValue(text(value.value));
}
template <>
void read(schema::KeyValue::Reader in, KeyInput& value) {
  value.name = from_text(in.getKey());
  value.value = from_text(in.getValue());
}

template <>
void write(schema::BaseImage::Builder out, const BaseImage& value) {
  out.setReference(text(value.reference));
  out.setContextName(text(value.context_name));
}
template <>
void read(schema::BaseImage::Reader in, BaseImage& value) {
  value.reference = from_text(in.getReference());
  value.context_name = from_text(in.getContextName());
}

template <>
void write(schema::StageInput::Builder out, const StageInput& value) {
  out.setStage(text(value.stage));
  out.setJob(value.job);
}
template <>
void read(schema::StageInput::Reader in, StageInput& value) {
  value.stage = from_text(in.getStage());
  value.job = in.getJob();
}

template <>
void write(schema::SliceUse::Builder out, const SliceUse& value) {
  out.setId(data(value.id));
  out.setCompiledBelow(value.compiled_below);
}
template <>
void read(schema::SliceUse::Reader in, SliceUse& value) {
  value.id = from_digest(in.getId());
  value.compiled_below = in.getCompiledBelow();
}

template <>
void write(schema::NamedContext::Builder out, const NamedContext& value) {
  out.setName(text(value.name));
  write_all(out.initSlices(count(value.slices.size())), value.slices);
  if (value.image) write(out.initImage(), *value.image);
}
template <>
void read(schema::NamedContext::Reader in, NamedContext& value) {
  value.name = from_text(in.getName());
  read_all(in.getSlices(), value.slices);
  if (in.hasImage()) read(in.getImage(), value.image.emplace());
}

template <>
void write(schema::CompileRoute::Builder out, const CompileRoute& value) {
  out.setJob(value.job);
  out.setStage(text(value.stage));
  out.setBin(text(value.bin));
}
template <>
void read(schema::CompileRoute::Reader in, CompileRoute& value) {
  value.job = in.getJob();
  value.stage = from_text(in.getStage());
  value.bin = from_text(in.getBin());
}

template <>
void write(schema::ServicePlan::Builder out, const ServicePlan& value) {
  out.setService(text(value.service));
  out.setJob(value.job);
  out.setImage(text(value.image));
  write_texts(out.initTags(count(value.tags.size())), value.tags);
}
template <>
void read(schema::ServicePlan::Reader in, ServicePlan& value) {
  value.service = from_text(in.getService());
  value.job = in.getJob();
  value.image = from_text(in.getImage());
  read_texts(in.getTags(), value.tags);
}

template <>
void write(schema::SliceInfo::Builder out, const SliceInfo& value) {
  out.setId(data(value.id));
  out.setName(text(value.name));
  out.setBytes(value.bytes);
  out.setDirectory(text(value.directory));
}
template <>
void read(schema::SliceInfo::Reader in, SliceInfo& value) {
  value.id = from_digest(in.getId());
  value.name = from_text(in.getName());
  value.bytes = in.getBytes();
  value.directory = from_text(in.getDirectory());
}

template <>
void write(schema::Diagnostic::Builder out, const Diagnostic& value) {
  out.setSeverity(to_enum<schema::Diagnostic::Severity>(value.severity));
  out.setFile(text(value.place.file));
  out.setLine(value.place.line);
  out.setColumn(value.place.column);
  out.setMessage(text(value.message));
}
template <>
void read(schema::Diagnostic::Reader in, Diagnostic& value) {
  value.severity = checked_enum(in.getSeverity(), Severity::Error, "severity");
  value.place.file = from_text(in.getFile());
  value.place.line = in.getLine();
  value.place.column = in.getColumn();
  value.message = from_text(in.getMessage());
}

template <>
void write(schema::JobSpec::Builder out, const JobSpec& value) {
  out.setKind(to_enum<schema::JobKind>(value.kind));
  out.setName(text(value.name));
  out.setDockerfile(text(value.dockerfile));
  out.setTarget(text(value.target));
  write_map(out.initArgs(count(value.args.size())), value.args);
  out.setPlatform(text(value.platform));
  write_all(out.initBases(count(value.bases.size())), value.bases);
  write_all(out.initInputs(count(value.inputs.size())), value.inputs);
  write_all(out.initSlices(count(value.slices.size())), value.slices);
  write_all(out.initFullSlices(count(value.full_slices.size())), value.full_slices);
  write_all(out.initContexts(count(value.contexts.size())), value.contexts);
  write_texts(out.initSecrets(count(value.secrets.size())), value.secrets);
  write_texts(out.initAgentLabels(count(value.agent_labels.size())), value.agent_labels);
  write_map(out.initImageLabels(count(value.image_labels.size())), value.image_labels);
  out.setNetwork(text(value.network));
  write_texts(out.initExtraHosts(count(value.extra_hosts.size())), value.extra_hosts);
  out.setShmSizeBytes(value.shm_size_bytes);
  out.setCacheName(text(value.cache_name));
  out.setRepository(text(value.repository));
  write_all(out.initKeyInputs(count(value.key_inputs.size())), value.key_inputs);
  write_texts(out.initBins(count(value.bins.size())), value.bins);
  if (value.compile_route) write(out.initCompileRoute(), *value.compile_route);
}
template <>
void read(schema::JobSpec::Reader in, JobSpec& value) {
  value.kind = read_kind(in.getKind());
  value.name = from_text(in.getName());
  value.dockerfile = from_text(in.getDockerfile());
  value.target = from_text(in.getTarget());
  read_map(in.getArgs(), value.args);
  value.platform = from_text(in.getPlatform());
  read_all(in.getBases(), value.bases);
  read_all(in.getInputs(), value.inputs);
  read_all(in.getSlices(), value.slices);
  read_all(in.getFullSlices(), value.full_slices);
  read_all(in.getContexts(), value.contexts);
  read_texts(in.getSecrets(), value.secrets);
  read_texts(in.getAgentLabels(), value.agent_labels);
  read_map(in.getImageLabels(), value.image_labels);
  value.network = from_text(in.getNetwork());
  read_texts(in.getExtraHosts(), value.extra_hosts);
  value.shm_size_bytes = in.getShmSizeBytes();
  value.cache_name = from_text(in.getCacheName());
  value.repository = from_text(in.getRepository());
  read_all(in.getKeyInputs(), value.key_inputs);
  read_texts(in.getBins(), value.bins);
  if (in.hasCompileRoute()) read(in.getCompileRoute(), value.compile_route.emplace());
}

template <>
void write(schema::Plan::Builder out, const Plan& value) {
  out.setProject(text(value.project));
  write_all(out.initJobs(count(value.jobs.size())), value.jobs);
  write_all(out.initServices(count(value.services.size())), value.services);
  write_all(out.initSlices(count(value.slices.size())), value.slices);
  write_all(out.initNotes(count(value.notes.size())), value.notes);
}
template <>
void read(schema::Plan::Reader in, Plan& value) {
  value.project = from_text(in.getProject());
  read_all(in.getJobs(), value.jobs);
  read_all(in.getServices(), value.services);
  read_all(in.getSlices(), value.slices);
  read_all(in.getNotes(), value.notes);
}

template <>
void write(schema::SliceListing::Builder out, const protocol::SliceListing& value) {
  out.setId(data(value.id));
  out.setFiles(data(std::string_view(value.files)));
}
template <>
void read(schema::SliceListing::Reader in, protocol::SliceListing& value) {
  value.id = from_digest(in.getId());
  value.files = from_data(in.getFiles());
}

template <>
void write(schema::SliceBlob::Builder out, const protocol::SliceBlob& value) {
  out.setId(data(value.id));
  out.setBlob(data(value.blob));
  out.setBytes(value.bytes);
}
template <>
void read(schema::SliceBlob::Reader in, protocol::SliceBlob& value) {
  value.id = from_digest(in.getId());
  value.blob = from_digest(in.getBlob());
  value.bytes = in.getBytes();
}

template <>
void write(schema::SubmitOptions::Builder out, const protocol::SubmitOptions& value) {
  out.setParallel(value.parallel);
  out.setNoCache(value.no_cache);
  out.setPull(value.pull);
  out.setFailFast(value.fail_fast);
  out.setTimeoutMs(value.timeout.value);
  out.setSupersede(text(value.supersede));
}
template <>
void read(schema::SubmitOptions::Reader in, protocol::SubmitOptions& value) {
  value.parallel = in.getParallel();
  value.no_cache = in.getNoCache();
  value.pull = in.getPull();
  value.fail_fast = in.getFailFast();
  value.timeout = {in.getTimeoutMs()};
  value.supersede = from_text(in.getSupersede());
}

}  // namespace farm::wire
