// Purpose: what farmctl and the coordinator say to each other. Every request may be repeated (same request id): the answer is the same,
// and a Submit with a token that is known is the same build. Watching is a long poll: the whole status each time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shared/model/status.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::protocol {

struct SubmitOptions {
  std::uint32_t parallel = 1;  // jobs of this build at a time; 0: no limit
  bool no_cache = false;
  bool pull = false;
  bool fail_fast = false;
  Millis timeout;  // of the whole build; 0: the coordinator's default
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
struct SlicesPushed {
  std::string token;
  std::vector<SliceBlob> blobs;
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
struct ListAgents {};
struct SetDrain {
  std::string agent;
  bool drain = true;
};

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
struct AgentList {
  std::vector<AgentStatus> agents;
};
struct Done {};
struct Refused {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;
};

using ClientRequestBody = std::variant<Submit, SlicesPushed, WatchBuild, CancelBuild, GetLog, ListBuilds, ListAgents, SetDrain>;
using ClientAnswerBody = std::variant<Accepted, BuildStatus, LogPart, BuildList, AgentList, Done, Refused>;

struct ClientRequest {
  std::uint64_t request_id = 0;  // grows per client process; the answer carries it
  ClientRequestBody body;
};
struct ClientAnswer {
  std::uint64_t request_id = 0;
  ClientAnswerBody body;
};

}  // namespace farm::protocol
