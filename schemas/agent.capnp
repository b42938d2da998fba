@0xb1f0c2a4d7e90002;
# What agents and the coordinator say to each other. shared/protocol/agent_messages.hpp holds the same as values and explains each field.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("farm::schema");
using Common = import "common.capnp";

struct HeldJob {
  job @0 :UInt64;
  fence @1 :UInt64;
  finished @2 :Bool;
  phase @3 :Text;
  progressPermille @4 :UInt32;
}

# agent → coordinator, once a second and at each change. Says everything the agent holds; a repeat or an older one (session, sequence)
# changes nothing.
struct AgentHeartbeat {
  agent @0 :Text;
  session @1 :UInt64;
  sequence @2 :UInt64;
  slots @3 :UInt32;
  platform @4 :Text;
  labels @5 :List(Text);
  draining @6 :Bool;
  leaving @7 :Bool;
  diskFreeBytes @8 :UInt64;
  diskTotalBytes @9 :UInt64;
  memoryAvailableBytes @10 :UInt64;
  memoryTotalBytes @11 :UInt64;
  loadPermille @12 :UInt32;
  buildkitVersion @13 :Text;
  farmVersion @14 :Text;
  held @15 :List(HeldJob);
  sliceCacheBytes @16 :UInt64;
  buildkitBytes @17 :UInt64;
}

# agent → coordinator, when a job has ended; repeated with backoff until AckReport. A report whose fence is not the job's changes nothing.
struct JobReport {
  job @0 :UInt64;
  fence @1 :UInt64;
  outcome :union {
    succeeded :group {
      image @2 :Data;
      bytes @3 :UInt64;
    }
    buildFailed :group {
      exitCode @4 :Int32;
      message @5 :Text;
      missingFile @6 :Bool;
    }
    timedOut @7 :Void;
    cancelled @8 :Void;
    infraFailed :group {
      kind @9 :Common.ErrorKind;
      infraMessage @10 :Text;
      registryAway @14 :Bool;
    }
  }
  timings @11 :Common.JobTimings;
  steps @12 :List(Common.StepReport);
  stepsLeftOff @13 :UInt32;
}

# agent → coordinator, while a job runs. The offset makes a double harmless and a loss visible.
struct LogChunk {
  job @0 :UInt64;
  fence @1 :UInt64;
  offset @2 :UInt64;
  bytes @3 :Data;
}

struct StageOverride {
  stage @0 :Text;
  image @1 :Text;
}

# coordinator → agent, when a job is assigned; repeated while the agent's heartbeats lack it. The fence tells a repeat from a
# new assignment.
struct StartJob {
  job @0 :UInt64;
  fence @1 :UInt64;
  key @2 :Data;
  buildName @3 :Text;
  spec @4 :Common.JobSpec;
  overrides @5 :List(StageOverride);
  pinnedBases @6 :List(StageOverride);
  blobs @7 :List(Common.SliceBlob);
  registry @8 :Text;
  registryInsecure @9 :Bool;
  sliceRepository @10 :Text;
  noCache @11 :Bool;
  pull @12 :Bool;
  fullContext @13 :Bool;
  timeoutMs @14 :Int64;
  secrets @15 :List(Common.KeyValue);  # values: in memory only, on both sides
}

# coordinator → agent; repeated while heartbeats still hold the job. Cancelling what is gone changes nothing.
struct CancelJob {
  job @0 :UInt64;
  fence @1 :UInt64;
  reason @2 :Text;
}

# coordinator → agent, for each JobReport, also for one that is late or unknown: the agent may forget it.
struct AckReport {
  job @0 :UInt64;
  fence @1 :UInt64;
}

# coordinator → agent, for each heartbeat.
struct HeartbeatAnswer {
  sequence @0 :UInt64;
  drain @1 :Bool;
  refusal @2 :Text;
}

# coordinator → agent, for `farmctl prune`, `du` and `clean`; repeated until CachePruned. An agent carries out each id once and answers a
# repeat of the newest one as it did before.
struct PruneCache {
  id @0 :UInt64;
  olderThanMs @1 :Int64;
  keepBytes @2 :UInt64;
  dryRun @3 :Bool;
  dropSlices @4 :List(Data);
}

# agent → coordinator: answers PruneCache.
struct CachePruned {
  id @0 :UInt64;
  sliceBytes @1 :UInt64;
  buildkitBytes @2 :UInt64;
  sliceCacheBytes @3 :UInt64;
  buildkitCacheBytes @4 :UInt64;
  error @5 :Text;
}
