#include "shared/wire/codec_messages.hpp"

namespace farm::wire {

using namespace protocol;  // NOLINT(google-build-using-namespace): this file is about nothing else

namespace {

// ---- requests

void write_body(schema::ClientRequest::Builder out, const Submit& value) {
  auto body = out.initSubmit();
  body.setToken(text(value.token));
  write(body.initOptions(), value.options);
  write(body.initPlan(), value.plan);
  write_map(body.initSecrets(count(value.secrets.size())), value.secrets);
}
void write_body(schema::ClientRequest::Builder out, const SlicesPushed& value) {
  auto body = out.initSlicesPushed();
  body.setToken(text(value.token));
  write_all(body.initBlobs(count(value.blobs.size())), value.blobs);
  write_all(body.initListings(count(value.listings.size())), value.listings);
}
void write_body(schema::ClientRequest::Builder out, const WatchBuild& value) {
  auto body = out.initWatchBuild();
  body.setBuild(value.build.value);
  body.setSeenVersion(value.seen_version);
  body.setWaitMs(value.wait.value);
}
void write_body(schema::ClientRequest::Builder out, const CancelBuild& value) { out.initCancelBuild().setBuild(value.build.value); }
void write_body(schema::ClientRequest::Builder out, const GetLog& value) {
  auto body = out.initGetLog();
  body.setBuild(value.build.value);
  body.setJob(text(value.job));
  body.setOffset(value.offset);
  body.setWaitMs(value.wait.value);
}
void write_body(schema::ClientRequest::Builder out, const ListBuilds& value) { out.initListBuilds().setCountMax(value.count_max); }
void write_body(schema::ClientRequest::Builder out, const ListAgents& /*value*/) { out.setListAgents(); }
void write_body(schema::ClientRequest::Builder out, const SetDrain& value) {
  auto body = out.initSetDrain();
  body.setAgent(text(value.agent));
  body.setDrain(value.drain);
}

void write_body(schema::ClientRequest::Builder out, const GetUsage& /*value*/) { out.setGetUsage(); }
void write_body(schema::ClientRequest::Builder out, const Prune& value) {
  auto body = out.initPrune();
  body.setOlderThanMs(value.older_than_ms);
  body.setKeepBytes(value.keep_bytes);
  body.setDryRun(value.dry_run);
  body.setAll(value.all);
}
void write_body(schema::ClientRequest::Builder out, const Clean& value) {
  auto body = out.initClean();
  body.setProject(text(value.project));
  body.setForce(value.force);
  body.setDryRun(value.dry_run);
}
void write_body(schema::ClientRequest::Builder out, const HoldBuilds& value) { out.initHoldBuilds().setForMs(value.for_ms.value); }

void write_body(schema::ClientRequest::Builder out, const GetHistory& value) {
  auto body = out.initGetHistory();
  body.setProject(text(value.project));
  body.setCountMax(value.count_max);
  body.setBefore(value.before.value);
}
void write_body(schema::ClientRequest::Builder out, const ExplainJob& value) {
  auto body = out.initExplainJob();
  body.setBuild(value.build.value);
  body.setJob(text(value.job));
}

void write_body(schema::ClientRequest::Builder out, const GetFarm& /*value*/) { out.setGetFarm(); }

Submit read_submit(schema::Submit::Reader in) {
  Submit value;
  value.token = from_text(in.getToken());
  read(in.getOptions(), value.options);
  read(in.getPlan(), value.plan);
  read_map(in.getSecrets(), value.secrets);
  return value;
}
SlicesPushed read_pushed(schema::SlicesPushed::Reader in) {
  SlicesPushed value;
  value.token = from_text(in.getToken());
  read_all(in.getBlobs(), value.blobs);
  read_all(in.getListings(), value.listings);
  return value;
}

}  // namespace

// ---- answers

template <>
void write(schema::BuildSummary::Builder out, const BuildSummary& value) {
  out.setId(value.id.value);
  out.setProject(text(value.project));
  out.setState(to_enum<schema::BuildState>(value.state));
  out.setCreatedMs(value.created_ms);
  out.setFinishedMs(value.finished_ms);
  out.setJobs(value.jobs);
  out.setJobsRun(value.jobs_run);
}
template <>
void read(schema::BuildSummary::Reader in, BuildSummary& value) {
  value.id = {in.getId()};
  value.project = from_text(in.getProject());
  value.state = read_state(in.getState());
  value.created_ms = in.getCreatedMs();
  value.finished_ms = in.getFinishedMs();
  value.jobs = in.getJobs();
  value.jobs_run = in.getJobsRun();
}

template <>
void write(schema::AgentStatus::Builder out, const AgentStatus& value) {
  out.setName(text(value.name));
  out.setState(text(value.state));
  out.setPlatform(text(value.platform));
  write_texts(out.initLabels(count(value.labels.size())), value.labels);
  out.setSlots(value.slots);
  out.setBusy(value.busy);
  out.setDiskFreeBytes(value.disk_free_bytes);
  out.setMemoryAvailableBytes(value.memory_available_bytes);
  out.setBuildkit(text(value.buildkit));
  out.setVersion(text(value.version));
  out.setHeardMs(value.heard_ms);
  write_texts(out.initRunning(count(value.running.size())), value.running);
  out.setDiskTotalBytes(value.disk_total_bytes);
  out.setMemoryTotalBytes(value.memory_total_bytes);
  out.setLoadPermille(value.load_permille);
  out.setSliceCacheBytes(value.slice_cache_bytes);
  out.setBuildkitBytes(value.buildkit_bytes);
}
template <>
void read(schema::AgentStatus::Reader in, AgentStatus& value) {
  value.name = from_text(in.getName());
  value.state = from_text(in.getState());
  value.platform = from_text(in.getPlatform());
  read_texts(in.getLabels(), value.labels);
  value.slots = in.getSlots();
  value.busy = in.getBusy();
  value.disk_free_bytes = in.getDiskFreeBytes();
  value.memory_available_bytes = in.getMemoryAvailableBytes();
  value.buildkit = from_text(in.getBuildkit());
  value.version = from_text(in.getVersion());
  value.heard_ms = in.getHeardMs();
  read_texts(in.getRunning(), value.running);
  value.disk_total_bytes = in.getDiskTotalBytes();
  value.memory_total_bytes = in.getMemoryTotalBytes();
  value.load_permille = in.getLoadPermille();
  value.slice_cache_bytes = in.getSliceCacheBytes();
  value.buildkit_bytes = in.getBuildkitBytes();
}

namespace {

void write_body(schema::ClientAnswer::Builder out, const FarmInfo& value) {
  auto body = out.initFarm();
  body.setVersion(text(value.version));
  body.setNowMs(value.now_ms);
  body.setKeyName(text(value.key_name));
  body.setRole(text(value.role));
  body.setZone(text(value.zone));
  write_texts(body.initProjects(count(value.projects.size())), value.projects);
  body.setRegistry(text(value.registry));
  body.setRegistryInsecure(value.registry_insecure);
}
void write_body(schema::ClientAnswer::Builder out, const Accepted& value) {
  auto body = out.initAccepted();
  write(body.initStatus(), value.status);
  write_digests(body.initMissingSlices(count(value.missing_slices.size())), value.missing_slices);
  body.setRegistry(text(value.registry));
  body.setRegistryInsecure(value.registry_insecure);
  body.setSliceRepository(text(value.slice_repository));
}
void write_body(schema::ClientAnswer::Builder out, const BuildStatus& value) { write(out.initStatus(), value); }
void write_body(schema::ClientAnswer::Builder out, const LogPart& value) {
  auto body = out.initLogPart();
  body.setJob(text(value.job));
  body.setOffset(value.offset);
  body.setBytes(data(std::string_view(value.bytes)));
  body.setEnded(value.ended);
}
void write_body(schema::ClientAnswer::Builder out, const BuildList& value) {
  write_all(out.initBuildList(count(value.builds.size())), value.builds);
}
void write_body(schema::ClientAnswer::Builder out, const AgentList& value) {
  write_all(out.initAgentList(count(value.agents.size())), value.agents);
}
void write_body(schema::ClientAnswer::Builder out, const Done& /*value*/) { out.setDone(); }
void write_body(schema::ClientAnswer::Builder out, const Refused& value) {
  auto body = out.initRefused();
  body.setKind(to_enum<schema::ErrorKind>(value.kind));
  body.setMessage(text(value.message));
}
void write_body(schema::ClientAnswer::Builder out, const BuildHistory& value) { write(out.initHistory(), value); }
void write_body(schema::ClientAnswer::Builder out, const Explanation& value) { write(out.initExplanation(), value); }

void write_body(schema::ClientAnswer::Builder out, const Usage& value) { write(out.initUsage(), value); }
void write_body(schema::ClientAnswer::Builder out, const Pruned& value) { write(out.initPruned(), value); }

Accepted read_accepted(schema::Accepted::Reader in) {
  Accepted value;
  read(in.getStatus(), value.status);
  read_digests(in.getMissingSlices(), value.missing_slices);
  value.registry = from_text(in.getRegistry());
  value.registry_insecure = in.getRegistryInsecure();
  value.slice_repository = from_text(in.getSliceRepository());
  return value;
}
template <typename Value, typename Reader>
Value read_as(Reader in) {
  Value value;
  read(in, value);
  return value;
}
BuildList read_builds(capnp::List<schema::BuildSummary>::Reader in) {
  BuildList value;
  read_all(in, value.builds);
  return value;
}
AgentList read_agents(capnp::List<schema::AgentStatus>::Reader in) {
  AgentList value;
  read_all(in, value.agents);
  return value;
}

FarmInfo read_farm(schema::FarmInfo::Reader in) {
  FarmInfo value;
  value.version = from_text(in.getVersion());
  value.now_ms = in.getNowMs();
  value.key_name = from_text(in.getKeyName());
  value.role = from_text(in.getRole());
  value.zone = from_text(in.getZone());
  read_texts(in.getProjects(), value.projects);
  value.registry = from_text(in.getRegistry());
  value.registry_insecure = in.getRegistryInsecure();
  return value;
}

ClientRequestBody read_body(schema::ClientRequest::Reader in) {
  switch (in.which()) {
    case schema::ClientRequest::SUBMIT: return read_submit(in.getSubmit());
    case schema::ClientRequest::SLICES_PUSHED: return read_pushed(in.getSlicesPushed());
    case schema::ClientRequest::WATCH_BUILD: {
      const auto watch = in.getWatchBuild();
      return WatchBuild{{watch.getBuild()}, watch.getSeenVersion(), {watch.getWaitMs()}};
    }
    case schema::ClientRequest::CANCEL_BUILD: return CancelBuild{{in.getCancelBuild().getBuild()}};
    case schema::ClientRequest::GET_LOG: {
      const auto log = in.getGetLog();
      return GetLog{{log.getBuild()}, from_text(log.getJob()), log.getOffset(), {log.getWaitMs()}};
    }
    case schema::ClientRequest::LIST_BUILDS: return ListBuilds{in.getListBuilds().getCountMax()};
    case schema::ClientRequest::LIST_AGENTS: return ListAgents{};
    case schema::ClientRequest::SET_DRAIN: {
      const auto drain = in.getSetDrain();
      return SetDrain{from_text(drain.getAgent()), drain.getDrain()};
    }
    case schema::ClientRequest::GET_HISTORY: {
      const auto history = in.getGetHistory();
      return GetHistory{from_text(history.getProject()), history.getCountMax(), {history.getBefore()}};
    }
    case schema::ClientRequest::EXPLAIN_JOB: {
      const auto explain = in.getExplainJob();
      return ExplainJob{{explain.getBuild()}, from_text(explain.getJob())};
    }
    case schema::ClientRequest::GET_FARM: return GetFarm{};
    case schema::ClientRequest::GET_USAGE: return GetUsage{};
    case schema::ClientRequest::PRUNE: {
      const auto prune = in.getPrune();
      return Prune{prune.getOlderThanMs(), prune.getKeepBytes(), prune.getDryRun(), prune.getAll()};
    }
    case schema::ClientRequest::CLEAN: {
      const auto clean = in.getClean();
      return Clean{from_text(clean.getProject()), clean.getForce(), clean.getDryRun()};
    }
    case schema::ClientRequest::HOLD_BUILDS: return HoldBuilds{{in.getHoldBuilds().getForMs()}};
  }
  fail_unknown("request", static_cast<unsigned>(in.which()));
}

ClientAnswerBody read_body(schema::ClientAnswer::Reader in) {
  switch (in.which()) {
    case schema::ClientAnswer::ACCEPTED: return read_accepted(in.getAccepted());
    case schema::ClientAnswer::STATUS: return read_as<BuildStatus>(in.getStatus());
    case schema::ClientAnswer::LOG_PART: {
      const auto part = in.getLogPart();
      return LogPart{from_text(part.getJob()), part.getOffset(), from_data(part.getBytes()), part.getEnded()};
    }
    case schema::ClientAnswer::BUILD_LIST: return read_builds(in.getBuildList());
    case schema::ClientAnswer::AGENT_LIST: return read_agents(in.getAgentList());
    case schema::ClientAnswer::DONE: return Done{};
    case schema::ClientAnswer::REFUSED: {
      const auto refused = in.getRefused();
      return Refused{read_error_kind(refused.getKind()), from_text(refused.getMessage())};
    }
    case schema::ClientAnswer::HISTORY: return read_as<BuildHistory>(in.getHistory());
    case schema::ClientAnswer::FARM: return read_farm(in.getFarm());
    case schema::ClientAnswer::EXPLANATION: return read_as<Explanation>(in.getExplanation());
    case schema::ClientAnswer::USAGE: {
      Usage usage;
      read(in.getUsage(), usage);
      return usage;
    }
    case schema::ClientAnswer::PRUNED: {
      Pruned pruned;
      read(in.getPruned(), pruned);
      return pruned;
    }
  }
  fail_unknown("answer", static_cast<unsigned>(in.which()));
}

}  // namespace

template <>
void write(schema::ClientRequest::Builder out, const ClientRequest& value) {
  out.setRequestId(value.request_id);
  std::visit([&](const auto& body) { write_body(out, body); }, value.body);
}
template <>
void read(schema::ClientRequest::Reader in, ClientRequest& value) {
  value.request_id = in.getRequestId();
  value.body = read_body(in);
}
template <>
void write(schema::ClientAnswer::Builder out, const ClientAnswer& value) {
  out.setRequestId(value.request_id);
  std::visit([&](const auto& body) { write_body(out, body); }, value.body);
}
template <>
void read(schema::ClientAnswer::Reader in, ClientAnswer& value) {
  value.request_id = in.getRequestId();
  value.body = read_body(in);
}

}  // namespace farm::wire
