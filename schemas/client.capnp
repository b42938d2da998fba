@0xb1f0c2a4d7e90003;
# What farmctl and the coordinator say to each other. shared/protocol/client_messages.hpp holds the same as values.
# farmctl repeats a request until it is answered; the answer carries the request's id.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("farm::schema");
using Common = import "common.capnp";

# client → coordinator. The token makes a repeat the same build.
struct Submit {
  token @0 :Text;
  options @1 :Common.SubmitOptions;
  plan @2 :Common.Plan;
  secrets @3 :List(Common.KeyValue);  # values: in the coordinator's memory only
}

# client → coordinator, when the blobs that Accepted asked for are in the registry. A repeat finds nothing missing.
struct SlicesPushed {
  token @0 :Text;
  blobs @1 :List(Common.SliceBlob);
  listings @2 :List(Common.SliceListing);  # of some of them: only words depend on it
}

# client → coordinator; long poll. Changes nothing.
struct WatchBuild {
  build @0 :UInt64;
  seenVersion @1 :UInt64;
  waitMs @2 :Int64;
}

# client → coordinator. Cancelling an ended build changes nothing.
struct CancelBuild {
  build @0 :UInt64;
}

# client → coordinator; long poll. Changes nothing.
struct GetLog {
  build @0 :UInt64;
  job @1 :Text;
  offset @2 :UInt64;
  waitMs @3 :Int64;
}

# client → coordinator. Changes nothing.
struct ListBuilds {
  countMax @0 :UInt32;
}

# client → coordinator. Changes nothing.
struct GetHistory {
  project @0 :Text;
  countMax @1 :UInt32;
  before @2 :UInt64;
}

# client → coordinator. Changes nothing.
struct ExplainJob {
  build @0 :UInt64;
  job @1 :Text;
}

# client → coordinator; admins only. Says the wanted state, so a repeat is harmless.
struct SetDrain {
  agent @0 :Text;
  drain @1 :Bool;
}

# client → coordinator.
# client → coordinator; admins only. A repeat finds nothing more to free.
struct Prune {
  olderThanMs @0 :Int64;
  keepBytes @1 :UInt64;
  dryRun @2 :Bool;
  all @3 :Bool;
}

# client → coordinator; admins only. A repeat finds nothing more to forget.
struct Clean {
  project @0 :Text;
  force @1 :Bool;
  dryRun @2 :Bool;
}

# client → coordinator; admins only. Says the wanted state, so a repeat is harmless.
struct HoldBuilds {
  forMs @0 :Int64;
}

struct ClientRequest {
  requestId @0 :UInt64;
  union {
    submit @1 :Submit;
    slicesPushed @2 :SlicesPushed;
    watchBuild @3 :WatchBuild;
    cancelBuild @4 :CancelBuild;
    getLog @5 :GetLog;
    listBuilds @6 :ListBuilds;
    listAgents @7 :Void;
    setDrain @8 :SetDrain;
    getUsage @9 :Void;
    prune @10 :Prune;
    clean @11 :Clean;
    holdBuilds @12 :HoldBuilds;
    getHistory @13 :GetHistory;
    explainJob @14 :ExplainJob;
    getFarm @15 :Void;
  }
}

# coordinator → client: answers Submit.
struct Accepted {
  status @0 :Common.BuildStatus;
  missingSlices @1 :List(Data);
  registry @2 :Text;
  registryInsecure @3 :Bool;
  sliceRepository @4 :Text;
}

# coordinator → client: answers GetLog.
struct LogPart {
  job @0 :Text;
  offset @1 :UInt64;
  bytes @2 :Data;
  ended @3 :Bool;
}

struct BuildSummary {
  id @0 :UInt64;
  project @1 :Text;
  state @2 :Common.BuildState;
  createdMs @3 :Int64;
  finishedMs @4 :Int64;
  jobs @5 :UInt32;
  jobsRun @6 :UInt32;
}

struct AgentStatus {
  name @0 :Text;
  state @1 :Text;
  platform @2 :Text;
  labels @3 :List(Text);
  slots @4 :UInt32;
  busy @5 :UInt32;
  diskFreeBytes @6 :UInt64;
  memoryAvailableBytes @7 :UInt64;
  buildkit @8 :Text;
  version @9 :Text;
  heardMs @10 :Int64;
  running @11 :List(Text);
  diskTotalBytes @12 :UInt64;
  memoryTotalBytes @13 :UInt64;
  loadPermille @14 :UInt32;
  sliceCacheBytes @15 :UInt64;
  buildkitBytes @16 :UInt64;
}

# coordinator → client: answers GetHistory.
struct BuildHistory {
  project @0 :Text;
  builds @1 :List(Common.BuildStatus);
  next @2 :UInt64;
}

struct InputChange {
  name @0 :Text;
  before @1 :List(Text);
  after @2 :List(Text);
}

struct LineChange {
  lineBefore @0 :UInt32;
  lineAfter @1 :UInt32;
  before @2 :Text;
  after @3 :Text;
}

struct AgentFit {
  agent @0 :Text;
  reason @1 :Text;
}

struct SliceChange {
  name @0 :Text;
  changed @1 :List(Text);
  added @2 :List(Text);
  removed @3 :List(Text);
  leftOff @4 :UInt32;
}

# coordinator → client: answers ExplainJob.
struct Explanation {
  build @0 :UInt64;
  project @1 :Text;
  buildState @2 :Common.BuildState;
  createdMs @3 :Int64;
  job @4 :Common.JobStatus;
  services @5 :List(Text);
  lastBuild @6 :UInt64;
  lastMs @7 :Int64;
  lastKey @8 :Data;
  changes @9 :List(InputChange);
  changesLeftOff @10 :UInt32;
  dockerfile @11 :List(LineChange);
  agents @12 :List(AgentFit);
  slices @13 :List(SliceChange);
  steps @14 :List(Common.StepReport);
  stepsLeftOff @15 :UInt32;
}

# coordinator → client: answers GetFarm.
struct FarmInfo {
  version @0 :Text;
  nowMs @1 :Int64;
  keyName @2 :Text;
  role @3 :Text;
  zone @4 :Text;
  projects @5 :List(Text);
  registry @6 :Text;
  registryInsecure @7 :Bool;
}

# coordinator → client: the request is wrong, not allowed, or can't be served now.
struct Refused {
  kind @0 :Common.ErrorKind;
  message @1 :Text;
}

# coordinator → client: answers the request with the same id; sent again for each repeat of it.
# What one kind of thing of one project takes.
struct UsageGroup {
  kind @0 :Text;
  project @1 :Text;
  items @2 :UInt64;
  bytes @3 :UInt64;
  oldestMs @4 :Int64;
  newestMs @5 :Int64;
}

struct UsageAgent {
  name @0 :Text;
  state @1 :Text;
  sliceCacheBytes @2 :UInt64;
  buildkitBytes @3 :UInt64;
  prunableBytes @4 :UInt64;
  diskFreeBytes @5 :UInt64;
  diskTotalBytes @6 :UInt64;
  error @7 :Text;
}

# coordinator → client: answers GetUsage.
struct Usage {
  groups @0 :List(UsageGroup);
  agents @1 :List(UsageAgent);
  registryBytes @2 :UInt64;
  manifests @3 :UInt64;
  prunableBytes @4 :UInt64;
  inUseBytes @5 :UInt64;
  notes @6 :List(Text);
}

struct PrunedItem {
  kind @0 :Text;
  project @1 :Text;
  name @2 :Text;
  bytes @3 :UInt64;
  usedMs @4 :Int64;
}

# coordinator → client: answers Prune and Clean.
struct Pruned {
  dryRun @0 :Bool;
  groups @1 :List(UsageGroup);
  items @2 :List(PrunedItem);
  results @3 :UInt64;
  slices @4 :UInt64;
  manifests @5 :UInt64;
  registryBytes @6 :UInt64;
  registryBytesLeft @7 :UInt64;
  inUse @8 :UInt64;
  shared @9 :UInt64;
  agents @10 :List(PrunedAgent);
  notes @11 :List(Text);
}

struct PrunedAgent {
  name @0 :Text;
  sliceBytes @1 :UInt64;
  buildkitBytes @2 :UInt64;
  error @3 :Text;
}

struct ClientAnswer {
  requestId @0 :UInt64;
  union {
    accepted @1 :Accepted;
    status @2 :Common.BuildStatus;
    logPart @3 :LogPart;
    buildList @4 :List(BuildSummary);
    agentList @5 :List(AgentStatus);
    done @6 :Void;
    refused @7 :Refused;
    usage @8 :Usage;
    pruned @9 :Pruned;
    history @10 :BuildHistory;
    explanation @11 :Explanation;
    farm @12 :FarmInfo;
  }
}
