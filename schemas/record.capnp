@0xb1f0c2a4d7e90005;
# What the coordinator keeps on disk (coordinator/store). Each value in RocksDB is one Record; its version is the writer's. A reader
# refuses a version above its own. Records are found by the keys that coordinator/store/records.hpp gives them.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("farm::schema");
using Common = import "common.capnp";

# key → what was made of it. Written once, when the image was read back from the registry.
struct ResultRecord {
  key @0 :Data;
  kind @1 :Common.JobKind;
  name @2 :Text;
  project @3 :Text;
  repository @4 :Text;
  image @5 :Data;
  bytes @6 :UInt64;
  createdMs @7 :Int64;
  runMs @8 :Int64;
  zone @9 :Text;
  keyInputs @10 :List(Common.KeyValue);
  baseDigests @11 :List(Common.KeyValue);
  upstreamKeys @12 :List(Data);
  usedMs @13 :Int64;
  build @14 :UInt64;
  users @15 :List(Text);
}

# slice id → its blob. Written when the blob was seen in the registry.
struct SliceRecord {
  id @0 :Data;
  blob @1 :Data;
  bytes @2 :UInt64;
  usedMs @3 :Int64;
  users @4 :List(Text);
}

# A submission as accepted. Written before Submit is answered. Holds no secret.
struct SubmissionRecord {
  build @0 :UInt64;
  token @1 :Text;
  client @2 :Text;
  zone @3 :Text;
  createdMs @4 :Int64;
  options @5 :Common.SubmitOptions;
  plan @6 :Common.Plan;
  jobKeys @7 :List(Data);
  baseDigests @8 :List(Common.KeyValue);
  missingSlices @9 :List(Data);
  needed @10 :List(Bool);
  submitted @11 :Bool;
  lastKeys @12 :List(Data);
}

# A scheduler job as agents get it. Written with the scheduler's own record of it.
struct JobSpecRecord {
  job @0 :UInt64;
  build @1 :UInt64;
  key @2 :Data;
  project @3 :Text;
  zone @4 :Text;
  spec @5 :Common.JobSpec;
  baseDigests @6 :List(Common.KeyValue);
  upstreamKeys @7 :List(Data);
  fallback @8 :List(Common.StageInput);
  fallbackKeys @9 :List(Data);
}

# Run times of a job name. Written after each success.
struct DurationRecord {
  project @0 :Text;
  name @1 :Text;
  meanMs @2 :Int64;
  count @3 :UInt64;
  updatedMs @4 :Int64;
}

# The BuildKit steps of a job's last attempt that was reported. Written when its report came.
struct StepsRecord {
  job @0 :UInt64;
  steps @1 :List(Common.StepReport);
  leftOff @2 :UInt32;
}

# Written when an agent's session, drain or shape changes.
struct AgentRecord {
  name @0 :Text;
  session @1 :UInt64;
  drain @2 :Bool;
  heardMs @3 :Int64;
  platform @4 :Text;
  slots @5 :UInt32;
}

# One line of history.
struct EventRecord {
  number @0 :UInt64;
  atMs @1 :Int64;
  build @2 :UInt64;
  agent @3 :Text;
  text @4 :Text;
}

# The scheduler's build. Written at each change of it.
struct BuildRow {
  id @0 :UInt64;
  token @1 :Text;
  client @2 :Text;
  project @3 :Text;
  parallel @4 :UInt32;
  failFast @5 :Bool;
  timeoutMs @6 :Int64;
  priority @7 :UInt32;
  state @8 :Common.BuildState;
  reason @9 :Text;
  createdMs @10 :Int64;
  finishedMs @11 :Int64;
  jobs @12 :List(UInt64);
  shared @13 :List(UInt64);
  abandoned @14 :List(UInt64);
}

struct InputRow {
  key @0 :Data;
  bytes @1 :UInt64;
}

# The scheduler's job. Written at each change that a restart must know.
struct JobRow {
  id @0 :UInt64;
  key @1 :Data;
  kind @2 :Common.JobKind;
  name @3 :Text;
  project @4 :Text;
  builds @5 :List(UInt64);
  needs @6 :List(UInt64);
  inputs @7 :List(InputRow);
  platform @8 :Text;
  labels @9 :List(Text);
  diskBytes @10 :UInt64;
  memoryBytes @11 :UInt64;
  expectedMs @12 :Int64;
  timeoutMs @13 :Int64;
  noCache @14 :Bool;
  mayWiden @15 :Bool;
  priority @16 :UInt32;
  state @17 :Common.JobState;
  reason @18 :Text;
  agent @19 :Text;
  fence @20 :UInt64;
  attempts @21 :UInt32;
  infraFailures @22 :UInt32;
  fullContext @23 :Bool;
  createdMs @24 :Int64;
  readyMs @25 :Int64;
  notBeforeMs @26 :Int64;
  assignedMs @27 :Int64;
  finishedMs @28 :Int64;
  image @29 :Data;
  imageBytes @30 :UInt64;
  timings @31 :Common.JobTimings;
  hasFallback @32 :Bool;
  fellBack @33 :Bool;
  fallbackNeeds @34 :List(UInt64);
  fallbackInputs @35 :List(InputRow);
  placement @36 :Text;
}

struct Record {
  version @0 :UInt32;
  union {
    result @1 :ResultRecord;
    slice @2 :SliceRecord;
    submission @3 :SubmissionRecord;
    jobSpec @4 :JobSpecRecord;
    duration @5 :DurationRecord;
    agent @6 :AgentRecord;
    event @7 :EventRecord;
    status @8 :Common.BuildStatus;
    build @9 :BuildRow;
    job @10 :JobRow;
    steps @11 :StepsRecord;
    listing @12 :Common.SliceListing;
  }
}
