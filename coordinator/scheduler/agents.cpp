// Agents: liveness, and the comparison of what an agent holds with what the scheduler believes.
#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {
namespace {

const protocol::HeldJob* find_held(const Agent& agent, const Job& job) {
  for (const protocol::HeldJob& held : agent.last.held) {
    if (held.job == job.id && held.fence == job.fence) return &held;
  }
  return nullptr;
}

// What placement looks at, apart from the slots' use and the free space (the next Tick sees that early enough).
bool fits_differently(const protocol::AgentHeartbeat& before, const protocol::AgentHeartbeat& after) {
  return before.slots != after.slots || before.platform != after.platform || before.labels != after.labels ||
         before.draining != after.draining || before.held.size() != after.held.size();
}

}  // namespace

Agent* Scheduler::Impl::known_agent(const AgentHeard& event) {
  const std::string& name = event.heartbeat.agent;
  if (const auto found = agents.find(name); found != agents.end()) return &found->second;
  if (name.empty()) return nullptr;
  if (agents.size() >= options.agents_max) {
    const std::string refusal = "the farm knows " + std::to_string(agents.size()) + " agents, its limit";
    sends.emplace_back(SendAnswer{name, {event.heartbeat.sequence, false, refusal}});
    return nullptr;
  }
  Agent& agent = agents[name];
  agent.name = name;
  agent.bandwidth_bytes_per_ms = options.bandwidth_bytes_per_ms;
  return &agent;
}

void Scheduler::Impl::on(const AgentHeard& event) {
  Agent* agent = known_agent(event);
  if (agent == nullptr) return;
  const protocol::AgentHeartbeat& heartbeat = event.heartbeat;
  const bool heard_before = agent->heard != Instant{};
  const bool older =
      heartbeat.session < agent->last.session || (heartbeat.session == agent->last.session && heartbeat.sequence <= agent->last.sequence);
  if (heard_before && older) return;
  const bool was_up = agent->up;
  if (!was_up || event.refusal != agent->refusal || fits_differently(agent->last, heartbeat)) pass_wanted = true;
  agent->last = heartbeat;
  agent->refusal = event.refusal;
  agent->heard = now;
  agent->awaited = false;
  agent->up = true;
  agent->lost_at = now + options.agent_silence;
  if (!was_up && !heartbeat.leaving) sends.emplace_back(AgentUp{agent->name});
  if (heartbeat.leaving) {
    lose(*agent, "it left the farm");
  } else {
    reconcile(*agent);
  }
  sends.emplace_back(SendAnswer{agent->name, {heartbeat.sequence, agent->drain, agent->refusal}});
}

void Scheduler::Impl::reconcile(Agent& agent) {
  reconcile_assigned(agent);
  reconcile_held(agent);
}

// Each job that should be there: confirmed by the heartbeat, lost, or not there yet.
void Scheduler::Impl::reconcile_assigned(Agent& agent) {
  const std::set<JobId> assigned = agent.assigned;
  for (const JobId id : assigned) {
    Job& job = jobs.at(id);
    if (const protocol::HeldJob* held = find_held(agent, job)) {
      job.confirmed = true;
      if (job.phase == held->phase && job.progress_permille == held->progress_permille) continue;
      job.phase = held->phase;
      job.progress_permille = held->progress_permille;
      changed(job);
    } else if (options.planted == PlantedBug::NoReconciliation) {
      continue;
    } else if (job.confirmed) {
      infra_failure(job, "agent " + agent.name + " no longer holds it (did it restart?)", false);
    } else if (now >= job.confirm_by) {
      infra_failure(job, "agent " + agent.name + " did not take it within " + seconds(options.start_grace), false);
    } else if (now - job.sent >= options.start_resend) {
      job.sent = now;
      sends.emplace_back(start_command(job));
    }
  }
}

// Each job that is there: expected, taken up again, or ended. A finished one is left alone: its report is on the way.
void Scheduler::Impl::reconcile_held(Agent& agent) {
  for (const protocol::HeldJob& held : agent.last.held) {
    if (held.finished) continue;
    Job* job = job_of(held.job);
    const bool newest = job != nullptr && job->fence == held.fence && job->agent == agent.name;
    if (newest && (job->state == JobState::Assigned || job->state == JobState::Verifying)) continue;
    if (newest && job->state == JobState::Waiting && agent.assigned.size() < agent.last.slots) {
      adopt(*job, agent);
      continue;
    }
    sends.emplace_back(SendCancel{agent.name, held.job, held.fence, "nobody waits for it any more"});
  }
}

void Scheduler::Impl::on(const AgentDisconnected& event) {
  const auto found = agents.find(event.agent);
  if (found == agents.end() || !found->second.up) return;
  found->second.lost_at = std::min(found->second.lost_at, now + options.disconnect_grace);
}

void Scheduler::Impl::on(const DrainSet& event) {
  const auto found = agents.find(event.agent);
  if (found == agents.end() && (event.agent.empty() || agents.size() >= options.agents_max)) return;
  Agent& agent = found == agents.end() ? agents[event.agent] : found->second;
  if (found == agents.end()) {
    agent.name = event.agent;
    agent.bandwidth_bytes_per_ms = options.bandwidth_bytes_per_ms;
    agent.lost_at = now;
  }
  agent.drain = event.drain;
  dirty_agents.push_back(AgentRecord{agent.name, agent.drain});
  pass_wanted = true;
  if (agent.up) sends.emplace_back(SendAnswer{agent.name, {agent.last.sequence, agent.drain, agent.refusal}});
}

void Scheduler::Impl::lose(Agent& agent, const std::string& cause) {
  agent.up = false;
  agent.awaited = false;
  agent.lost_at = now;
  agent.last.held.clear();
  sends.emplace_back(AgentLost{agent.name, cause});
  const std::set<JobId> assigned = agent.assigned;
  for (const JobId id : assigned) infra_failure(jobs.at(id), "agent " + agent.name + " was lost: " + cause, false);
  FARM_ASSERT(agent.assigned.empty());
}

void Scheduler::Impl::lose_silent_agents() {
  Forgotten forgotten;
  for (auto at = agents.begin(); at != agents.end();) {
    Agent& agent = at->second;
    if ((agent.up || agent.awaited) && now >= agent.lost_at) {
      lose(agent, "no heartbeat for " + seconds(agent.awaited ? options.restart_grace : now - agent.heard));
    }
    if (!agent.up && !agent.awaited && !agent.drain && now - agent.lost_at >= options.agent_forget) {
      forgotten.agents.push_back(agent.name);
      at = agents.erase(at);
    } else {
      ++at;
    }
  }
  if (!forgotten.agents.empty()) sends.emplace_back(std::move(forgotten));
}

void Scheduler::Impl::now_local(Agent& agent, const Digest& key) {
  if (!agent.local.insert(key).second) return;
  agent.local_order.push_back(key);
  if (agent.local_order.size() <= options.local_results_max) return;
  agent.local.erase(agent.local_order.front());
  agent.local_order.pop_front();
}

}  // namespace farm::scheduler
