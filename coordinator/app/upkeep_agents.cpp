// The agents' part of upkeep: each is asked until it answers, is lost, or its time is over.
#include <algorithm>

#include "coordinator/app/upkeep.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

constexpr const char* kPruneCounter = "prune";

}  // namespace

void Upkeep::begin_agents(Task& task, protocol::PruneCache prune, Millis time) {
  prune.id = next_prune_id();
  if (core_.broken) return;
  task.ask_agents = std::move(prune);
  task.agents_until = core_.now + time;
  for (const auto& [name, agent] : core_.scheduler.agents()) {
    AgentPart& part = task.agents[name];
    if (!agent.up) {
      part.error = "it is lost";
    } else {
      ask_agent(task, name, part);
    }
  }
}

// Durable before it is used, so that it grows over restarts whatever the clock does: agents ignore what is not newer than their last one.
// Only the very first is taken from the clock, for agents that still run and were asked by a coordinator whose ids came from there.
std::uint64_t Upkeep::next_prune_id() {
  const Result<std::uint64_t> last = store::get_counter(core_.store, kPruneCounter);
  const std::uint64_t known = last ? *last : last_prune_id_;
  last_prune_id_ = std::max(last_prune_id_, known == 0 ? static_cast<std::uint64_t>(core_.now.ms) : known) + 1;
  store::Batch batch;
  store::put_counter(batch, kPruneCounter, last_prune_id_);
  effects_.save(batch);
  return last_prune_id_;
}

void Upkeep::ask_agent(Task& task, const std::string& name, AgentPart& part) {
  part.asked = core_.now;
  if (const Result<void> sent = core_.link.send(name, task.ask_agents); !sent) {
    core_.log.debug("an agent was not asked to prune", {{"agent", name}, {"error", sent.error().message}});
  }
}

void Upkeep::agent_answers(const std::string& agent, const protocol::CachePruned& answer) {
  if (tasks_.empty() || !tasks_.front().running || tasks_.front().ask_agents.id != answer.id) return;
  const auto part = tasks_.front().agents.find(agent);
  if (part == tasks_.front().agents.end() || !part->second.waits()) return;
  part->second.answer = answer;
  finish_if_done();
}

void Upkeep::tick() {
  if (tasks_.empty()) return;
  Task& task = tasks_.front();
  if (core_.now - task.started > kTaskTimeMax && !task.stops) {
    const std::string time = std::to_string(kTaskTimeMax.value / 60'000) + " minutes";
    if (!task.decision) {
      return refuse({ErrorKind::Timeout, "the registry did not tell within " + time + " what it holds; nothing was deleted there"});
    }
    if (!task.registry_done) task.notes.push_back("the time of " + time + " is over");
    task.stops = true;  // what is on its way comes to its end
  }
  bool changed = false;
  for (auto& [name, part] : task.agents) {
    if (!part.waits()) continue;
    const scheduler::Agent* agent = core_.scheduler.find_agent(name);
    if (agent == nullptr || !agent->up) part.error = "it was lost meanwhile";
    if (core_.now >= task.agents_until) part.error = "it did not answer in time (an older farm-agent can't)";
    if (part.waits() && core_.now - part.asked >= kAgentAskAgain) ask_agent(task, name, part);
    changed = changed || !part.waits();
  }
  if (changed) finish_if_done();
}

void Upkeep::tell_agents(Task& task) {
  for (const auto& [name, part] : task.agents) {
    const protocol::CachePruned answer = part.answer.value_or(protocol::CachePruned{});
    const std::string error = part.error.empty() ? answer.error : part.error;
    task.pruned.agents.push_back({name, answer.slice_bytes, answer.buildkit_bytes, error});
    protocol::UsageAgent usage;
    usage.name = name;
    usage.error = error;
    usage.slice_cache_bytes = answer.slice_cache_bytes;
    usage.buildkit_bytes = answer.buildkit_cache_bytes;
    usage.prunable_bytes = answer.slice_bytes + answer.buildkit_bytes;
    if (const scheduler::Agent* agent = core_.scheduler.find_agent(name)) {
      const AgentStatus status = core_.scheduler.agent_status(*agent);
      usage.state = status.state;
      usage.disk_free_bytes = status.disk_free_bytes;
      usage.disk_total_bytes = status.disk_total_bytes;
      if (!part.answer) usage.slice_cache_bytes = status.slice_cache_bytes;  // as its heartbeats said
      if (!part.answer) usage.buildkit_bytes = status.buildkit_bytes;
    }
    task.usage.agents.push_back(std::move(usage));
  }
}

}  // namespace farm::coordinator
