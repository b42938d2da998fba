// Purpose: the agent's decisions as a deterministic machine: step(now, event) → commands. It holds assignments, results until they are
// acknowledged, drain and reconnection; it runs nothing itself. No clock, thread, socket, log; luck only from the seed in its options.
//
// Rules: never more jobs run than slots; an assignment (job, fence) runs at most once; a result repeats with backoff until acknowledged;
// a heartbeat says everything held. The coordinator may be away for any time: jobs go on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/base/random.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::agent {

// Bugs planted on purpose, so that a test can prove that the simulator finds them. Never set outside tests.
enum class PlantedBug : std::uint8_t { None, ResultNotRepeated, DoubleStartRuns, CancelIgnored, HeldForgotten };

struct AgentOptions {
  std::string name;
  Session session;          // greater than that of every earlier start; the shell keeps it on disk
  std::uint32_t slots = 1;  // at least 1
  std::string platform;
  std::vector<std::string> labels;
  std::string farm_version;
  Millis heartbeat_every{1'000};
  Millis report_first{500};  // a report is repeated after this, doubled up to report_most
  Millis report_most{10'000};
  Millis silence{4'000};          // no HeartbeatAnswer for so long: Reconnect
  Millis reconnect_most{10'000};  // longest wait between two Reconnects; each wait is drawn between half and all of it
  Millis stop_grace{10'000};      // after the second StopRequested: how long results wait for their acknowledgement
  std::uint64_t seed = 1;         // of the jitter
  PlantedBug planted = PlantedBug::None;
};

// ---- events

struct JobProgress {
  JobId job;
  Fence fence;
  std::string phase;
  std::uint32_t progress_permille = 0;
};
// From the executor, exactly once for each Execute, also after a Kill.
struct JobFinished {
  protocol::JobReport report;
};
// What a heartbeat tells of the host. Sent by the shell when it has measured.
struct HostMeasured {
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint32_t load_permille = 0;
  std::string buildkit_version;
  std::uint64_t slice_cache_bytes = 0;
  std::uint64_t buildkit_bytes = 0;  // 0: not known yet
};
// Answers CleanCache, exactly once for each.
struct CacheCleaned {
  protocol::CachePruned pruned;
};
// At least four times a second.
struct Tick {};
// The shell carried out a Reconnect (a new connection may still be on its way).
struct Reconnected {};
// SIGTERM. The first: drain (finish what runs, take nothing new, then leave). The second: kill what runs, report it, leave.
struct StopRequested {};

using AgentEvent = std::variant<protocol::StartJob, protocol::CancelJob, protocol::AckReport, protocol::HeartbeatAnswer, JobProgress,
                                JobFinished, HostMeasured, Tick, Reconnected, StopRequested, protocol::PruneCache, CacheCleaned>;

// ---- commands

struct Execute {
  protocol::StartJob start;
};
// End the process group; JobFinished follows. May come for a job that just finished: then it is nothing.
struct Kill {
  JobId job;
  Fence fence;
  std::string reason;
};
struct SendHeartbeat {
  protocol::AgentHeartbeat heartbeat;
};
struct SendReport {
  protocol::JobReport report;
};
struct Reconnect {};
// One at a time; CacheCleaned answers it.
struct CleanCache {
  protocol::PruneCache prune;
};
struct SendPruned {
  protocol::CachePruned pruned;
};
// Nothing is held any more, the last heartbeat (leaving) went before it.
struct Exit {};

using AgentCommand = std::variant<Execute, Kill, SendHeartbeat, SendReport, Reconnect, Exit, CleanCache, SendPruned>;

class AgentMachine {
 public:
  explicit AgentMachine(AgentOptions options);

  // `now` never goes backwards (asserted).
  std::vector<AgentCommand> step(Instant now, const AgentEvent& event);

  [[nodiscard]] std::uint32_t running() const;   // executing or being killed
  [[nodiscard]] std::size_t held_count() const;  // with queued and unacknowledged ones
  [[nodiscard]] bool draining() const { return stopping_ > 0 || told_to_drain_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }  // why the coordinator gives no work

 private:
  enum class State : std::uint8_t { Queued, Running, Killing, Finished };
  struct Held {
    protocol::StartJob start;
    State state = State::Queued;
    bool drop = false;  // cancelled by the coordinator: nobody waits for the report
    std::string phase;
    std::uint32_t progress_permille = 0;
    protocol::JobReport report;  // from Finished on
    Instant report_next;
    Millis report_wait;
  };
  using Assignment = std::pair<JobId, Fence>;

  void on(const protocol::StartJob& start);
  void on(const protocol::CancelJob& cancel);
  void on(const protocol::AckReport& ack);
  void on(const protocol::HeartbeatAnswer& answer);
  void on(const JobProgress& progress);
  void on(const JobFinished& finished);
  void on(const HostMeasured& measured);
  void on(const Tick& tick);
  void on(const Reconnected& reconnected);
  void on(const StopRequested& request);
  void on(const protocol::PruneCache& prune);
  void on(const CacheCleaned& cleaned);

  void start_queued();
  void kill(const Assignment& at, Held& held, std::string reason);
  void forget(std::map<Assignment, Held>::iterator at);
  void send_report(Held& held);
  void repeat_reports();
  void heartbeat(bool leaving = false);
  void reconnect_if_silent();
  void leave_if_done();
  [[nodiscard]] bool accepts(const protocol::StartJob& start) const;

  AgentOptions options_;
  Rng rng_;
  Instant now_;
  std::vector<AgentCommand> out_;
  std::map<Assignment, Held> held_;
  std::set<Fence> done_;  // assignments that are over, the newest ones
  Fence done_floor_;      // assignments up to this one that are not held are over
  HostMeasured host_;
  std::uint64_t sequence_ = 0;
  Instant heartbeat_next_;
  bool changed_ = true;  // something to tell before the next regular heartbeat
  Instant answered_;
  Instant reconnect_next_;
  Millis reconnect_wait_;
  bool told_to_drain_ = false;
  std::string refusal_;
  std::uint64_t newest_prune_ = 0;                     // ids up to this one are done, running or waiting
  bool cleaning_ = false;                              // a CleanCache is out
  std::optional<protocol::PruneCache> prune_waiting_;  // the newest one that came meanwhile
  std::optional<protocol::CachePruned> pruned_;        // the newest answer, for repeats
  int stopping_ = 0;                                   // StopRequested so far, at most 2
  Instant stop_until_;
  bool exited_ = false;
};

}  // namespace farm::agent
