@0xb1f0c2a4d7e90001;
# Values that both messages and records are made of.
#
# Rules of evolution, for every schema here:
#  - A field is never renumbered, removed or reused, and its type never changes. New fields go to the end of their struct; a reader of an
#    older version ignores them, a reader of a newer version sees their default. So the default must mean "as before".
#  - Union members and enumerants are added at the end. A reader that doesn't know one answers Unsupported, it never guesses.
#  - Times are Int64 milliseconds (…Ms), sizes UInt64 bytes (…Bytes). Digests are Data of 32 bytes; empty means "none".
#  - Every message says its direction, when it is sent and why a repeat is harmless; all of ours can be lost, doubled or late.
#  - A change that old peers would misunderstand raises protocolVersion (frame.capnp) or the record version (record.capnp).
#  - tests/golden/wire/*.bin hold frames of each released version; they must stay decodable.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("farm::schema");

struct KeyValue {
  key @0 :Text;
  value @1 :Text;
}

enum JobKind { deps @0; crates @1; compile @2; image @3; }

enum ErrorKind {
  invalidInput @0; notFound @1; conflict @2; unavailable @3; overloaded @4; timeout @5;
  cancelled @6; corrupt @7; unsupported @8; denied @9; internal @10;
}

struct BaseImage {
  reference @0 :Text;
  contextName @1 :Text;
}

struct StageInput {
  stage @0 :Text;
  job @1 :UInt32;
}

struct SliceUse {
  id @0 :Data;
  compiledBelow @1 :Bool;
}

struct NamedContext {
  name @0 :Text;
  slices @1 :List(SliceUse);
  image @2 :BaseImage;  # null: none
}

struct CompileRoute {
  job @0 :UInt32;
  stage @1 :Text;
  bin @2 :Text;
}

# shared/model/job.hpp explains each field.
struct JobSpec {
  kind @0 :JobKind;
  name @1 :Text;
  dockerfile @2 :Text;
  target @3 :Text;
  args @4 :List(KeyValue);
  platform @5 :Text;
  bases @6 :List(BaseImage);
  inputs @7 :List(StageInput);
  slices @8 :List(SliceUse);
  fullSlices @9 :List(SliceUse);
  contexts @10 :List(NamedContext);
  secrets @11 :List(Text);  # names; values never stand in a job
  agentLabels @12 :List(Text);
  repository @13 :Text;
  keyInputs @14 :List(KeyValue);
  bins @15 :List(Text);
  compileRoute @16 :CompileRoute;  # null: none
  imageLabels @17 :List(KeyValue);
  network @18 :Text;
  extraHosts @19 :List(Text);
  shmSizeBytes @20 :Int64;
  cacheName @21 :Text;
}

struct ServicePlan {
  service @0 :Text;
  job @1 :UInt32;
  image @2 :Text;
  tags @3 :List(Text);
}

struct SliceInfo {
  id @0 :Data;
  name @1 :Text;
  bytes @2 :UInt64;
  directory @3 :Text;
}

struct Diagnostic {
  severity @0 :Severity;
  file @1 :Text;
  line @2 :Int32;
  column @3 :Int32;
  message @4 :Text;
  enum Severity { note @0; warning @1; error @2; }
}

struct Plan {
  project @0 :Text;
  jobs @1 :List(JobSpec);  # upstream first
  services @2 :List(ServicePlan);
  slices @3 :List(SliceInfo);
  notes @4 :List(Diagnostic);
}

# Where a slice's bytes are: content identity, and the registry's name of the blob.
struct SliceBlob {
  id @0 :Data;
  blob @1 :Data;
  bytes @2 :UInt64;
}

# The files of a slice: path, mode and digest of each (shared/context/slice_listing.hpp). Its id is the hash over just that.
struct SliceListing {
  id @0 :Data;
  files @1 :Data;
}

struct SubmitOptions {
  parallel @0 :UInt32;  # 0: no limit
  noCache @1 :Bool;
  pull @2 :Bool;
  failFast @3 :Bool;
  timeoutMs @4 :Int64;
  supersede @5 :Text;
}

struct JobTimings {
  fetchMs @0 :Int64;
  runMs @1 :Int64;
  pushMs @2 :Int64;
  fetchedBytes @3 :UInt64;
  pushedBytes @4 :UInt64;
  steps @5 :UInt32;
  stepsCached @6 :UInt32;
  cookMs @7 :Int64;
  compileMs @8 :Int64;
  exportMs @9 :Int64;
}

struct StepReport {
  name @0 :Text;
  runMs @1 :Int64;
  cached @2 :Bool;
  failed @3 :Bool;
  startMs @4 :Int64;  # since the first step began
}

enum BuildState { waitingForSlices @0; running @1; succeeded @2; failed @3; cancelled @4; }
enum JobState { waiting @0; assigned @1; verifying @2; succeeded @3; failed @4; skipped @5; cancelled @6; hit @7; }
enum ServiceResult { pending @0; hit @1; built @2; failed @3; skipped @4; cancelled @5; }

struct JobStatus {
  id @0 :UInt64;
  kind @1 :JobKind;
  name @2 :Text;
  key @3 :Data;
  state @4 :JobState;
  agent @5 :Text;
  phase @6 :Text;
  reason @7 :Text;
  attempts @8 :UInt32;
  progressPermille @9 :UInt32;
  queuedMs @10 :Int64;
  timings @11 :JobTimings;
  image @12 :Data;
  needs @13 :List(Text);
  cause @14 :Text;
  placement @15 :Text;
  readyMs @16 :Int64;
  assignedMs @17 :Int64;
  finishedMs @18 :Int64;
}

struct ServiceStatus {
  service @0 :Text;
  result @1 :ServiceResult;
  reason @2 :Text;
  image @3 :Text;
  digest @4 :Data;
  job @5 :Text;
}

struct BuildCounters {
  jobsRun @0 :UInt32;
  jobsHit @1 :UInt32;
  jobsShared @2 :UInt32;
  retries @3 :UInt32;
  fetchedBytes @4 :UInt64;
  pushedBytes @5 :UInt64;
}

# The whole truth about a build, each time.
struct BuildStatus {
  id @0 :UInt64;
  version @1 :UInt64;  # grows with each change
  project @2 :Text;
  state @3 :BuildState;
  reason @4 :Text;
  createdMs @5 :Int64;
  finishedMs @6 :Int64;
  jobs @7 :List(JobStatus);
  services @8 :List(ServiceStatus);
  counters @9 :BuildCounters;
  client @10 :Text;
  parallel @11 :UInt32 = 1;
}
