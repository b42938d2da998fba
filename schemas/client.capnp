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

# client → coordinator; admins only. Says the wanted state, so a repeat is harmless.
struct SetDrain {
  agent @0 :Text;
  drain @1 :Bool;
}

# client → coordinator.
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
}

# coordinator → client: the request is wrong, not allowed, or can't be served now.
struct Refused {
  kind @0 :Common.ErrorKind;
  message @1 :Text;
}

# coordinator → client: answers the request with the same id; sent again for each repeat of it.
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
  }
}
