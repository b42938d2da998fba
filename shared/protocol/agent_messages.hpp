// Purpose: what agents and the coordinator say to each other, as values without bytes (shared/wire turns them into frames).
// Every message may be lost, doubled or late; each one says the whole truth of its subject, so a repeat is harmless.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/model/job.hpp"
#include "shared/model/outcome.hpp"

namespace farm::protocol {

inline constexpr std::uint32_t kProtocolVersion = 1;

// ---- agent → coordinator

struct HeldJob {
  JobId job;
  Fence fence;
  bool finished = false;  // its report is on the way until acknowledged
  std::string phase;      // for people: "fetching", "building 7/12: RUN cargo build", "pushing"
  std::uint32_t progress_permille = 0;
  friend bool operator==(const HeldJob&, const HeldJob&) = default;
};

// Sent once a second and at each change. It is also the join: an unknown agent becomes known by it. A job that the coordinator believes
// to be here and that `held` lacks is lost; one that it does not know is cancelled.
struct AgentHeartbeat {
  std::string agent;           // its name, which must be the name of its key
  Session session;             // grows with each start of the process; older ones are ignored
  std::uint64_t sequence = 0;  // grows with each heartbeat of a session; older ones are ignored
  std::uint32_t slots = 0;
  std::string platform;  // "linux/amd64"
  std::vector<std::string> labels;
  bool draining = false;
  bool leaving = false;  // the last one: the agent stops now and holds nothing
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint32_t load_permille = 0;  // load average over cores
  std::string buildkit_version;
  std::string farm_version;
  std::vector<HeldJob> held;
  std::uint64_t slice_cache_bytes = 0;
  std::uint64_t buildkit_bytes = 0;  // as last asked; 0: not known yet
  friend bool operator==(const AgentHeartbeat&, const AgentHeartbeat&) = default;
};

// Repeated with backoff until AckReport.
struct JobReport {
  JobId job;
  Fence fence;
  JobOutcome outcome;
  JobTimings timings;
  std::vector<StepReport> steps;  // at most kStepsMax, in the order of their start
  std::uint32_t steps_left_off = 0;
  friend bool operator==(const JobReport&, const JobReport&) = default;
};

// A piece of a job's log, at a byte offset, so that doubles and gaps show. Best effort: a lost piece is a gap, marked for the reader.
struct LogChunk {
  JobId job;
  Fence fence;
  std::uint64_t offset = 0;
  std::string bytes;
  friend bool operator==(const LogChunk&, const LogChunk&) = default;
};

// ---- coordinator → agent

struct StageOverride {
  std::string stage;  // the stage or named context
  std::string image;  // "R/farm/deps@sha256:…" with R = the registry as agents reach it
  friend bool operator==(const StageOverride&, const StageOverride&) = default;
};

struct SliceBlob {
  Digest id;    // content identity: the agent refuses a blob that unpacks to another
  Digest blob;  // what the registry calls it
  std::uint64_t bytes = 0;
  friend bool operator==(const SliceBlob&, const SliceBlob&) = default;
};

struct StartJob {
  JobId job;
  Fence fence;
  Digest key;
  std::string build_name;  // for the log: "market"
  JobSpec spec;            // args complete; `inputs` and `bases` are answered by the two lists below
  std::vector<StageOverride> overrides;
  std::vector<StageOverride> pinned_bases;  // stage = context_name
  std::vector<SliceBlob> blobs;             // for every slice that spec names
  std::string registry;                     // "127.0.0.1:5000"
  bool registry_insecure = false;
  std::string slice_repository;  // "farm/slices"
  bool no_cache = false;
  bool pull = false;
  bool full_context = false;                   // the retry without slicing
  Millis timeout;                              // of the whole job
  std::map<std::string, std::string> secrets;  // id → value; memory only
  friend bool operator==(const StartJob&, const StartJob&) = default;
};

struct CancelJob {
  JobId job;
  Fence fence;
  std::string reason;
  friend bool operator==(const CancelJob&, const CancelJob&) = default;
};

struct AckReport {
  JobId job;
  Fence fence;
  friend bool operator==(const AckReport&, const AckReport&) = default;
};

// Answers each heartbeat; an agent that hears none for a while reconnects and goes on building.
struct HeartbeatAnswer {
  std::uint64_t sequence = 0;
  bool drain = false;   // the operator's wish, told each time
  std::string refusal;  // not empty: this agent gets no work, and why (BuildKit too old, name taken)
  friend bool operator==(const HeartbeatAnswer&, const HeartbeatAnswer&) = default;
};

// ---- caches: asked by the coordinator, repeated until answered; an agent carries out each id once

inline constexpr std::uint64_t kNoByteLimit = UINT64_MAX;

struct PruneCache {
  std::uint64_t id = 0;                     // grows
  std::int64_t older_than_ms = -1;          // what was not used for so long goes; negative: age does not count
  std::uint64_t keep_bytes = kNoByteLimit;  // each of the two caches goes down to this, the least recently used first
  bool dry_run = false;                     // only tell what would be freed
  std::vector<Digest> drop_slices;          // blobs that go whatever their age
  friend bool operator==(const PruneCache&, const PruneCache&) = default;
};
struct CachePruned {
  std::uint64_t id = 0;
  std::uint64_t slice_bytes = 0;  // freed; in a dry run what would be
  std::uint64_t buildkit_bytes = 0;
  std::uint64_t slice_cache_bytes = 0;  // what is left now
  std::uint64_t buildkit_cache_bytes = 0;
  std::string error;  // not empty: what of it could not be done
  friend bool operator==(const CachePruned&, const CachePruned&) = default;
};

using FromAgent = std::variant<AgentHeartbeat, JobReport, LogChunk, CachePruned>;
using ToAgent = std::variant<StartJob, CancelJob, AckReport, HeartbeatAnswer, PruneCache>;

}  // namespace farm::protocol
