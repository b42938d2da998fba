// Purpose: the scheduler's insides, shared by its .cpp files. Private to coordinator/scheduler.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/scheduler/placement.hpp"
#include "coordinator/scheduler/placement_words.hpp"
#include "coordinator/scheduler/ready_queue.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "shared/base/assert.hpp"

namespace farm::scheduler {

struct Scheduler::Impl {
  explicit Impl(SchedulerOptions given);

  // ---- state
  SchedulerOptions options;
  Instant now;
  CountersRecord counters;
  std::map<BuildId, Build> builds;
  std::set<BuildId> open_builds;
  std::deque<BuildId> finished_builds;  // oldest first
  std::map<std::string, BuildId, std::less<>> tokens;
  JobTable jobs;
  std::size_t jobs_open = 0;
  std::map<Digest, JobId> by_key;  // the job that serves a key: in flight, or succeeded; never one with no_cache
  std::map<std::string, Agent, std::less<>> agents;
  ReadyQueue queue;
  std::set<std::pair<Instant, JobId>> delayed;  // waiting for their backoff
  std::set<JobId> verifying;

  // ---- of the step that runs
  std::vector<Command> sends;
  std::vector<AgentRecord> dirty_agents;
  std::set<JobId> dirty_jobs;
  std::set<BuildId> dirty_builds;
  std::set<BuildId> changed_builds;
  std::set<BuildId> to_settle;  // some job of theirs became final
  std::set<BuildId> failing;    // ... by failing
  bool counters_changed = false;
  bool pass_wanted = false;  // something may be placed now that could not before

  // ---- scheduler.cpp
  std::vector<Command> finish_step();
  void on(const BuildOpened& event);        // builds.cpp
  void on(const BuildPlanned& event);       // plan_jobs.cpp
  void on(const BuildAborted& event);       // builds.cpp
  void on(const BuildCancelled& event);     // builds.cpp
  void on(const AgentHeard& event);         // agents.cpp
  void on(const AgentDisconnected& event);  // agents.cpp
  void on(const JobReported& event);        // reports.cpp
  void on(const JobVerified& event);        // reports.cpp
  void on(const DrainSet& event);           // agents.cpp
  void on(const Tick& event);               // scheduler.cpp

  // ---- builds.cpp
  void end_build(Build& build, BuildState state, std::string reason);
  void settle_builds();
  void end_overdue_builds();
  void forget_old_builds();
  bool wanted(const Job& job) const;  // by an open build
  void changed(const Job& job);
  void changed(const Build& build);

  // ---- plan_jobs.cpp
  Job* shareable(const NewJob& job, const BuildPlanned& event);
  void subscribe(Build& build, Job& job);
  Job& create(const Build& build, const NewJob& job, const std::map<Digest, JobId>& known);
  void skip_superfluous(const BuildPlanned& event, const std::vector<JobId>& created);
  void update_paths(const Build& build);

  // ---- jobs.cpp
  void make_ready(Job& job);
  void enqueue(Job& job);
  void start(Job& job, Agent& agent);
  void take_back(Job& job);
  void adopt(Job& job, Agent& agent);
  void leave_agent(Job& job);
  void requeue(Job& job, Instant not_before);
  void infra_failure(Job& job, const std::string& cause, bool reported);
  void registry_failure(Job& job, const std::string& cause);
  void finish_job(Job& job, JobState state, std::string reason);
  void end_downstream(Job& job, JobState state);
  void release_delayed();
  void end_overdue_jobs();
  SendStart start_command(const Job& job) const;

  // ---- fallback.cpp
  void add_fallback(Job& job, const NewJob& wanted_job, const std::map<Digest, JobId>& known);
  void fall_back_from(const Job& failed);
  bool is_missed(const Job& failed, const Build& build) const;
  void fall_back(Job& job, const Job& failed);

  // ---- agents.cpp
  Agent* known_agent(const AgentHeard& event);
  void reconcile(Agent& agent);
  void reconcile_assigned(Agent& agent);
  void reconcile_held(Agent& agent);
  void lose(Agent& agent, const std::string& cause);
  void lose_silent_agents();
  void now_local(Agent& agent, const Digest& key);

  // ---- reports.cpp
  bool is_current(const Job& job, const std::string& agent, Fence fence) const;
  void slot_is_free(const std::string& agent, JobId job, Fence fence);
  void report(Job& job, const protocol::JobReport& report);
  void learn(Agent& agent, const Job& job, const JobTimings& timings);
  void ask_verifications();

  // ---- assign.cpp
  void assign_jobs();
  bool below_limit(const Job& job) const;
  Choice choose(const Job& job, const std::vector<Agent*>& free) const;
  bool fits_only(const Job& job, const Agent& agent) const;
  void watch_impossible();
  std::optional<std::string> impossible(const Requirement& requirement) const;

  // ---- restore.cpp
  void correct_times(JobRecord& record) const;
  Result<void> restore_jobs(SavedState& saved);
  Result<void> restore_builds(SavedState& saved);
  Result<void> restore_links();
  void take_up(Job& job);

  // ---- invariants.cpp
  std::optional<std::string> check_job(const Job& job);
  std::optional<std::string> check_build(const Build& build);
  std::optional<std::string> check_agent(const Agent& agent);

  // ---- scheduler.cpp; null: unknown or forgotten
  Job* job_of(JobId id);
  Build* build_of(BuildId id);
};

std::string seconds(Millis time);  // "12 s", for people

}  // namespace farm::scheduler
