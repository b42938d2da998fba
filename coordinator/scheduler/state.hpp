// Purpose: the scheduler's live state: the durable records plus what a restart may forget. Read-only outside coordinator/scheduler.
//
// A job:   Waiting ──▶ Assigned ──▶ Verifying ──▶ Succeeded
//             ▲            │            │
//             └── retry ───┴────────────┘          Waiting ─▶ Skipped (upstream failed)
//          Waiting, Assigned, Verifying ─▶ Failed; ─▶ Cancelled (no build wants it any more)
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/scheduler/records.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::scheduler {

struct Job : JobRecord {
  std::set<JobId> wanted_by;     // jobs that need this one
  std::uint32_t needs_open = 0;  // of `needs`: not yet succeeded
  Millis path_ms;                // expected time of the longest chain of jobs that starts here
  bool confirmed = false;        // a heartbeat said that the agent holds this assignment
  Instant sent;                  // when StartJob was last sent
  Instant confirm_by;            // unconfirmed until then: the assignment is lost
  std::string phase;             // as the agent tells it
  std::uint32_t progress_permille = 0;
  bool verify_asked = false;
  std::uint32_t verify_tries = 0;
  Instant verify_at;            // asked, or to be asked again
  std::set<std::string> avoid;  // agents where the farm failed this job
  // A restart waits for registries anew.
  bool awaits_registry = false;  // it was away in the last attempt
  std::uint32_t registry_failures = 0;
  Millis registry_waited;  // in total
};

struct Build : BuildRecord {
  std::uint64_t version = 0;    // grows with each change, also over restarts: it starts at the time (ms) of opening or restart
  std::uint32_t jobs_open = 0;  // of `jobs`: not final
  std::set<JobId> running;      // of `jobs`: assigned
};

struct Agent {
  std::string name;
  bool up = false;                // false: lost, or not heard since the restart
  bool awaited = false;           // not heard since the restart, still in its grace
  bool drain = false;             // the operator's wish
  std::string refusal;            // not empty: gets no work
  protocol::AgentHeartbeat last;  // the newest heartbeat
  Instant heard;
  Instant lost_at;               // while up or awaited: when it counts as lost; after: when it was lost
  std::set<JobId> assigned;      // jobs in state Assigned whose agent this is
  std::uint32_t rest_count = 0;  // failures of the farm in a row
  Instant rest_until;
  std::uint64_t bandwidth_bytes_per_ms = 0;
  std::uint32_t speed_permille = 1'000;  // run time over prediction
  std::deque<Digest> local_order;        // keys of results that should be on its disk, oldest first
  std::set<Digest> local;                // the same, to ask
};

}  // namespace farm::scheduler
