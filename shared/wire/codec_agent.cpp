#include "shared/wire/codec_messages.hpp"

namespace farm::wire {

using namespace protocol;  // NOLINT(google-build-using-namespace): this file is about nothing else

template <>
void write(schema::HeldJob::Builder out, const HeldJob& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
  out.setFinished(value.finished);
  out.setPhase(text(value.phase));
  out.setProgressPermille(value.progress_permille);
}
template <>
void read(schema::HeldJob::Reader in, HeldJob& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
  value.finished = in.getFinished();
  value.phase = from_text(in.getPhase());
  value.progress_permille = in.getProgressPermille();
}

template <>
void write(schema::StageOverride::Builder out, const StageOverride& value) {
  out.setStage(text(value.stage));
  out.setImage(text(value.image));
}
template <>
void read(schema::StageOverride::Reader in, StageOverride& value) {
  value.stage = from_text(in.getStage());
  value.image = from_text(in.getImage());
}

namespace {

void write_outcome(schema::JobReport::Outcome::Builder out, const JobOutcome& outcome) {
  if (const auto* succeeded = std::get_if<Succeeded>(&outcome)) {
    auto group = out.initSucceeded();
    group.setImage(data(succeeded->image));
    group.setBytes(succeeded->bytes);
  } else if (const auto* failed = std::get_if<BuildFailed>(&outcome)) {
    auto group = out.initBuildFailed();
    group.setExitCode(failed->exit_code);
    group.setMessage(text(failed->message));
    group.setMissingFile(failed->missing_file);
  } else if (std::holds_alternative<TimedOut>(outcome)) {
    out.setTimedOut();
  } else if (std::holds_alternative<JobCancelled>(outcome)) {
    out.setCancelled();
  } else {
    const auto& infra = std::get<InfraFailed>(outcome);
    auto group = out.initInfraFailed();
    group.setKind(to_enum<schema::ErrorKind>(infra.kind));
    group.setInfraMessage(text(infra.message));
    group.setRegistryAway(infra.registry_away);
  }
}
JobOutcome read_outcome(schema::JobReport::Outcome::Reader in) {
  switch (in.which()) {
    case schema::JobReport::Outcome::SUCCEEDED: return Succeeded{from_digest(in.getSucceeded().getImage()), in.getSucceeded().getBytes()};
    case schema::JobReport::Outcome::BUILD_FAILED: {
      const auto failed = in.getBuildFailed();
      return BuildFailed{failed.getExitCode(), from_text(failed.getMessage()), failed.getMissingFile()};
    }
    case schema::JobReport::Outcome::TIMED_OUT: return TimedOut{};
    case schema::JobReport::Outcome::CANCELLED: return JobCancelled{};
    case schema::JobReport::Outcome::INFRA_FAILED: {
      const auto infra = in.getInfraFailed();
      return InfraFailed{read_error_kind(infra.getKind()), from_text(infra.getInfraMessage()), infra.getRegistryAway()};
    }
  }
  fail_unknown("outcome", static_cast<unsigned>(in.which()));
}

}  // namespace

template <>
void write(schema::AgentHeartbeat::Builder out, const AgentHeartbeat& value) {
  out.setAgent(text(value.agent));
  out.setSession(value.session.value);
  out.setSequence(value.sequence);
  out.setSlots(value.slots);
  out.setPlatform(text(value.platform));
  write_texts(out.initLabels(count(value.labels.size())), value.labels);
  out.setDraining(value.draining);
  out.setLeaving(value.leaving);
  out.setDiskFreeBytes(value.disk_free_bytes);
  out.setDiskTotalBytes(value.disk_total_bytes);
  out.setMemoryAvailableBytes(value.memory_available_bytes);
  out.setMemoryTotalBytes(value.memory_total_bytes);
  out.setLoadPermille(value.load_permille);
  out.setBuildkitVersion(text(value.buildkit_version));
  out.setFarmVersion(text(value.farm_version));
  write_all(out.initHeld(count(value.held.size())), value.held);
  out.setSliceCacheBytes(value.slice_cache_bytes);
  out.setBuildkitBytes(value.buildkit_bytes);
}
template <>
void read(schema::AgentHeartbeat::Reader in, AgentHeartbeat& value) {
  value.agent = from_text(in.getAgent());
  value.session = {in.getSession()};
  value.sequence = in.getSequence();
  value.slots = in.getSlots();
  value.platform = from_text(in.getPlatform());
  read_texts(in.getLabels(), value.labels);
  value.draining = in.getDraining();
  value.leaving = in.getLeaving();
  value.disk_free_bytes = in.getDiskFreeBytes();
  value.disk_total_bytes = in.getDiskTotalBytes();
  value.memory_available_bytes = in.getMemoryAvailableBytes();
  value.memory_total_bytes = in.getMemoryTotalBytes();
  value.load_permille = in.getLoadPermille();
  value.buildkit_version = from_text(in.getBuildkitVersion());
  value.farm_version = from_text(in.getFarmVersion());
  read_all(in.getHeld(), value.held);
  value.slice_cache_bytes = in.getSliceCacheBytes();
  value.buildkit_bytes = in.getBuildkitBytes();
}

template <>
void write(schema::JobReport::Builder out, const JobReport& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
  write_outcome(out.getOutcome(), value.outcome);
  write(out.initTimings(), value.timings);
  write_all(out.initSteps(count(value.steps.size())), value.steps);
  out.setStepsLeftOff(value.steps_left_off);
}
template <>
void read(schema::JobReport::Reader in, JobReport& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
  value.outcome = read_outcome(in.getOutcome());
  read(in.getTimings(), value.timings);
  read_all(in.getSteps(), value.steps);
  value.steps_left_off = in.getStepsLeftOff();
}

template <>
void write(schema::LogChunk::Builder out, const LogChunk& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
  out.setOffset(value.offset);
  out.setBytes(data(std::string_view(value.bytes)));
}
template <>
void read(schema::LogChunk::Reader in, LogChunk& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
  value.offset = in.getOffset();
  value.bytes = from_data(in.getBytes());
}

template <>
void write(schema::StartJob::Builder out, const StartJob& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
  out.setKey(data(value.key));
  out.setBuildName(text(value.build_name));
  write(out.initSpec(), value.spec);
  write_all(out.initOverrides(count(value.overrides.size())), value.overrides);
  write_all(out.initPinnedBases(count(value.pinned_bases.size())), value.pinned_bases);
  write_all(out.initBlobs(count(value.blobs.size())), value.blobs);
  out.setRegistry(text(value.registry));
  out.setRegistryInsecure(value.registry_insecure);
  out.setSliceRepository(text(value.slice_repository));
  out.setNoCache(value.no_cache);
  out.setPull(value.pull);
  out.setFullContext(value.full_context);
  out.setTimeoutMs(value.timeout.value);
  write_map(out.initSecrets(count(value.secrets.size())), value.secrets);
}
template <>
void read(schema::StartJob::Reader in, StartJob& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
  value.key = from_digest(in.getKey());
  value.build_name = from_text(in.getBuildName());
  read(in.getSpec(), value.spec);
  read_all(in.getOverrides(), value.overrides);
  read_all(in.getPinnedBases(), value.pinned_bases);
  read_all(in.getBlobs(), value.blobs);
  value.registry = from_text(in.getRegistry());
  value.registry_insecure = in.getRegistryInsecure();
  value.slice_repository = from_text(in.getSliceRepository());
  value.no_cache = in.getNoCache();
  value.pull = in.getPull();
  value.full_context = in.getFullContext();
  value.timeout = {in.getTimeoutMs()};
  read_map(in.getSecrets(), value.secrets);
}

template <>
void write(schema::CancelJob::Builder out, const CancelJob& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
  out.setReason(text(value.reason));
}
template <>
void read(schema::CancelJob::Reader in, CancelJob& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
  value.reason = from_text(in.getReason());
}

template <>
void write(schema::AckReport::Builder out, const AckReport& value) {
  out.setJob(value.job.value);
  out.setFence(value.fence.value);
}
template <>
void read(schema::AckReport::Reader in, AckReport& value) {
  value.job = {in.getJob()};
  value.fence = {in.getFence()};
}

template <>
void write(schema::HeartbeatAnswer::Builder out, const HeartbeatAnswer& value) {
  out.setSequence(value.sequence);
  out.setDrain(value.drain);
  out.setRefusal(text(value.refusal));
}
template <>
void read(schema::HeartbeatAnswer::Reader in, HeartbeatAnswer& value) {
  value.sequence = in.getSequence();
  value.drain = in.getDrain();
  value.refusal = from_text(in.getRefusal());
}

template <>
void write(schema::PruneCache::Builder out, const PruneCache& value) {
  out.setId(value.id);
  out.setOlderThanMs(value.older_than_ms);
  out.setKeepBytes(value.keep_bytes);
  out.setDryRun(value.dry_run);
  write_digests(out.initDropSlices(count(value.drop_slices.size())), value.drop_slices);
}
template <>
void read(schema::PruneCache::Reader in, PruneCache& value) {
  value.id = in.getId();
  value.older_than_ms = in.getOlderThanMs();
  value.keep_bytes = in.getKeepBytes();
  value.dry_run = in.getDryRun();
  read_digests(in.getDropSlices(), value.drop_slices);
}

template <>
void write(schema::CachePruned::Builder out, const CachePruned& value) {
  out.setId(value.id);
  out.setSliceBytes(value.slice_bytes);
  out.setBuildkitBytes(value.buildkit_bytes);
  out.setSliceCacheBytes(value.slice_cache_bytes);
  out.setBuildkitCacheBytes(value.buildkit_cache_bytes);
  out.setError(text(value.error));
}
template <>
void read(schema::CachePruned::Reader in, CachePruned& value) {
  value.id = in.getId();
  value.slice_bytes = in.getSliceBytes();
  value.buildkit_bytes = in.getBuildkitBytes();
  value.slice_cache_bytes = in.getSliceCacheBytes();
  value.buildkit_cache_bytes = in.getBuildkitCacheBytes();
  value.error = from_text(in.getError());
}

}  // namespace farm::wire
