// Purpose: the coordinator's decisions as a deterministic machine: step(now, event) → commands. No clock, thread, socket, log, chance or
// floating point; ordered containers only; ids and fences from counters. One owner, one thread. Nothing here throws.
//
// Rules: a fence is issued once in the farm's life; only the report with a job's newest fence, from its agent, changes the job; every build
// ends (timeouts bound every wait); equal keys share one job; a job starts after all its needs succeeded and never on a full agent.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/scheduler/commands.hpp"
#include "coordinator/scheduler/events.hpp"
#include "coordinator/scheduler/options.hpp"
#include "coordinator/scheduler/state.hpp"
#include "shared/model/status.hpp"

namespace farm::scheduler {

// Why a job does not run on one agent; empty: it could.
struct AgentVerdict {
  std::string agent;
  std::string reason;  // "has 2 of 2 slots busy", "is linux/arm64, not linux/amd64", "lacks the label gpu"
};

class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options);
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;

  // Takes up what was saved. Only before the first step. Jobs in Assigned wait SchedulerOptions::restart_grace for a heartbeat that holds
  // them with their fence; jobs in Verifying are asked for again with the first Tick. Error: Corrupt, where records contradict each other.
  Result<void> restore(Instant now, SavedState saved);

  // The only way in and out. `now` never goes backwards (asserted).
  std::vector<Command> step(Instant now, const Event& event);

  // Pointers are valid until the next step. Null: unknown or forgotten.
  [[nodiscard]] const Build* find_build(BuildId id) const;
  [[nodiscard]] const Build* find_token(std::string_view token) const;
  [[nodiscard]] const Job* find_job(JobId id) const;
  [[nodiscard]] const Agent* find_agent(std::string_view name) const;
  [[nodiscard]] const std::map<BuildId, Build>& builds() const;
  [[nodiscard]] const std::map<JobId, Job>& jobs() const;
  [[nodiscard]] const std::map<std::string, Agent, std::less<>>& agents() const;
  [[nodiscard]] std::size_t queued_jobs() const;  // ready, without a slot

  // For people and for JobStatus::phase: what a job waits for, in one line; empty where it does not wait.
  [[nodiscard]] std::string explain(JobId job, Instant now) const;
  // The same per agent.
  [[nodiscard]] std::vector<AgentVerdict> explain_agents(JobId job, Instant now) const;

  // A job as this build sees it (a build that ended early sees Cancelled or Skipped where the job goes on for another build).
  [[nodiscard]] JobState state_in(const Build& build, const Job& job) const;
  [[nodiscard]] JobStatus job_status(const Build& build, const Job& job, Instant now) const;
  [[nodiscard]] AgentStatus agent_status(const Agent& agent) const;

  // The whole-state check, for tests and the simulator: the first contradiction, or nothing. Slow: visits everything.
  [[nodiscard]] std::optional<std::string> check_invariants() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::scheduler
