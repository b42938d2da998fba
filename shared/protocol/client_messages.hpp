// Purpose: what farmctl and the coordinator say to each other. Every request may be repeated (same request id): the answer is the same,
// and a Submit with a token that is known is the same build. Watching is a long poll: the whole status each time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shared/model/explanation.hpp"
#include "shared/model/status.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::protocol {

inline constexpr std::uint32_t kHistoryBuildsMax = 200;

struct SubmitOptions {
  std::uint32_t parallel = 1;  // jobs of this build at a time; 0: no limit
  bool no_cache = false;
  bool pull = false;
  bool fail_fast = false;
  Millis timeout;         // of the whole build; 0: the coordinator's default
  std::string supersede;  // not empty: open builds of the project that were submitted with the same text are cancelled
  friend bool operator==(const SubmitOptions&, const SubmitOptions&) = default;
};

// ---- farmctl → coordinator

struct Submit {
  std::string token;  // 32 hex digits, drawn by the client: makes a repeat harmless
  SubmitOptions options;
  Plan plan;
  std::map<std::string, std::string> secrets;  // id → value; kept in memory only
};
// The slices that the answer to Submit asked for are in the registry now.
// `listings`: which files some of them have, so that the coordinator can tell later which one changed; only words depend on them.
inline constexpr std::size_t kListingsBytesMax = 2U << 20U;  // together
struct SliceListing {
  Digest id;
  std::string files;  // shared/context/slice_listing.hpp
  friend bool operator==(const SliceListing&, const SliceListing&) = default;
};
struct SlicesPushed {
  std::string token;
  std::vector<SliceBlob> blobs;
  std::vector<SliceListing> listings{};
};
// Answered when the build's version is above `seen_version`, or after `wait` (at most 5 s).
struct WatchBuild {
  BuildId build;  // 0: the newest
  std::uint64_t seen_version = 0;
  Millis wait;
};
struct CancelBuild {
  BuildId build;
};
struct GetLog {
  BuildId build;
  std::string job;  // a job's name or a service's name
  std::uint64_t offset = 0;
  Millis wait;
};
struct ListBuilds {
  std::uint32_t count_max = 20;
};
// Whole statuses of a project's builds, the newest first, at most kHistoryBuildsMax and as many as fit into a frame.
struct GetHistory {
  std::string project;  // empty: that of the newest build
  std::uint32_t count_max = 50;
  BuildId before;  // only older ones; 0: from the newest
};
// Why a job runs, waits, is where it is, or hits.
struct ExplainJob {
  BuildId build;    // 0: the newest
  std::string job;  // a job's name, a service's name, or an unambiguous part of one
};
struct ListAgents {};
struct SetDrain {
  std::string agent;
  bool drain = true;
};

// What takes the space, and what prune would free. Asks the registry and the agents: may take a while.
struct GetUsage {};
// Frees what is old or over the budget, the least recently used first, in the registry and on the agents. What open builds, running jobs
// and published tags need stays.
struct Prune {
  std::int64_t older_than_ms = -1;          // negative: age does not count
  std::uint64_t keep_bytes = kNoByteLimit;  // of the registry, and of each cache of each agent
  bool dry_run = false;
  bool all = false;  // also published tags that are no service's newest image, and results in the registry that no record names
};
// Forgets the results, history and caches of one project, so that its next build is cold.
struct Clean {
  std::string project;
  bool force = false;  // also while builds of it are open
  bool dry_run = false;
};
// No build begins for so long, because the registry is stopped meanwhile; refused while builds are open. 0: go on.
struct HoldBuilds {
  Millis for_ms;
};

// What this farm is, and who the asker is to it.
struct GetFarm {};

// ---- coordinator → farmctl

struct Accepted {
  BuildStatus status;
  std::vector<Digest> missing_slices;  // to be pushed, then SlicesPushed; empty: nothing to push
  std::string registry;                // where slices go, as clients reach it
  bool registry_insecure = false;
  std::string slice_repository;
};
struct LogPart {
  std::string job;
  std::uint64_t offset = 0;  // of `bytes`
  std::string bytes;
  bool ended = false;  // nothing comes after
};
struct BuildList {
  std::vector<BuildSummary> builds;  // newest first
};
struct BuildHistory {
  std::string project;
  std::vector<BuildStatus> builds;
  BuildId next;  // to be asked for as `before`; 0: there are no older ones
};
struct AgentList {
  std::vector<AgentStatus> agents;
};
struct FarmInfo {
  std::string version;
  std::int64_t now_ms = 0;  // the coordinator's clock
  std::string key_name;     // of the asker's key in the key book
  std::string role;
  std::string zone;
  std::vector<std::string> projects;  // empty: all
  std::string registry;               // as clients reach it
  bool registry_insecure = false;
};
struct Done {};
struct Refused {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;
};

// What one kind of thing of one project takes. Blobs that two groups share count in both.
struct UsageGroup {
  std::string kind;     // "slices", "deps", "crates", "compile", "image", "cache", "other" (not farm's: base images, for example)
  std::string project;  // "" where it can't be told, "(shared)" where several use it
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  std::int64_t oldest_ms = 0;  // last use of the item that was not used for the longest time; 0: unknown
  std::int64_t newest_ms = 0;
  friend bool operator==(const UsageGroup&, const UsageGroup&) = default;
};
struct UsageAgent {
  std::string name;
  std::string state;
  std::uint64_t slice_cache_bytes = 0;
  std::uint64_t buildkit_bytes = 0;  // agents that share one BuildKit each show all of it
  std::uint64_t prunable_bytes = 0;
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_total_bytes = 0;
  std::string error;  // why it could not be asked
};
struct Usage {
  std::vector<UsageGroup> groups;
  std::vector<UsageAgent> agents;
  std::uint64_t registry_bytes = 0;  // every blob once
  std::uint64_t manifests = 0;
  std::uint64_t prunable_bytes = 0;  // in the registry, by what Prune would do that is told nothing
  std::uint64_t in_use_bytes = 0;    // of what may not go now
  std::vector<std::string> notes;    // what could not be looked at
};
struct PrunedItem {
  std::string kind;
  std::string project;
  std::string name;
  std::uint64_t bytes = 0;
  std::int64_t used_ms = 0;
  friend bool operator==(const PrunedItem&, const PrunedItem&) = default;
};
struct PrunedAgent {
  std::string name;
  std::uint64_t slice_bytes = 0;
  std::uint64_t buildkit_bytes = 0;
  std::string error;
};
// In a dry run: what would be.
struct Pruned {
  bool dry_run = false;
  std::vector<UsageGroup> groups;  // of what went
  std::vector<PrunedItem> items;   // the same one by one, at most 500
  std::uint64_t results = 0;       // records forgotten
  std::uint64_t slices = 0;
  std::uint64_t manifests = 0;       // deleted in the registry
  std::uint64_t registry_bytes = 0;  // of blobs that nothing names any more; the registry's garbage collection frees them on its disk
  std::uint64_t registry_bytes_left = 0;
  std::uint64_t in_use = 0;  // items that would have gone and stay because they are in use
  std::uint64_t shared = 0;  // of Clean: results that stay because other projects use them
  std::vector<PrunedAgent> agents;
  std::vector<std::string> notes;  // what did not go as it should
};

using ClientRequestBody = std::variant<Submit, SlicesPushed, WatchBuild, CancelBuild, GetLog, ListBuilds, ListAgents, SetDrain, GetUsage,
                                       Prune, Clean, HoldBuilds, GetHistory, ExplainJob, GetFarm>;
using ClientAnswerBody =
    std::variant<Accepted, BuildStatus, LogPart, BuildList, AgentList, Done, Refused, Usage, Pruned, BuildHistory, Explanation, FarmInfo>;

struct ClientRequest {
  std::uint64_t request_id = 0;  // grows per client process; the answer carries it
  ClientRequestBody body;
};
struct ClientAnswer {
  std::uint64_t request_id = 0;
  ClientAnswerBody body;
};

}  // namespace farm::protocol
