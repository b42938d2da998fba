// Which ready job goes to which agent, and what happens to jobs that none can take.
#include <algorithm>
#include <tuple>
#include <utility>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

void Scheduler::Impl::assign_jobs() {
  if (queue.size() == 0) return;
  std::vector<Agent*> free;
  for (auto& [name, agent] : agents) {
    if (free_slots(agent, jobs, options) > 0) free.push_back(&agent);
  }
  std::set<Requirement> full;  // no agent has room for these in this pass
  ReadyQueue::Pass pass(queue, now);
  while (!free.empty()) {
    const std::optional<JobId> id = pass.next();
    if (!id) break;
    Job& job = jobs.at(*id);
    if (!below_limit(job) || full.contains(job.requirement)) continue;
    const Choice choice = choose(job, free);
    if (choice.agent == nullptr) {
      full.insert(job.requirement);
      continue;
    }
    job.placement = placement_in_words(job, choice, fits_only(job, *choice.agent), agents.size(), jobs);
    start(job, *choice.agent);
    if (free_slots(*choice.agent, jobs, options) == 0) std::erase(free, choice.agent);
  }
}

// A job of several builds runs as soon as one of them may run another.
bool Scheduler::Impl::below_limit(const Job& job) const {
  return std::any_of(job.builds.begin(), job.builds.end(), [&](BuildId id) {
    if (!open_builds.contains(id)) return false;
    const Build& build = builds.at(id);
    return build.options.parallel == 0 || build.running.size() < build.options.parallel;
  });
}

Choice Scheduler::Impl::choose(const Job& job, const std::vector<Agent*>& free) const {
  using Rank = std::tuple<bool, Millis>;
  Agent* best = nullptr;
  Agent* second = nullptr;
  Rank best_rank;
  Rank second_rank;
  for (Agent* agent : free) {
    if (!never_fits(*agent, job.requirement).empty() || !not_now(*agent, job.requirement, jobs, now).empty()) continue;
    const Rank rank{job.avoid.contains(agent->name), estimated_finish(*agent, job, jobs)};
    if (best == nullptr || rank < best_rank) {
      second = std::exchange(best, agent);
      second_rank = std::exchange(best_rank, rank);
    } else if (second == nullptr || rank < second_rank) {
      second = agent;
      second_rank = rank;
    }
  }
  Choice choice{best, std::get<1>(best_rank), std::get<0>(best_rank), {}, {}, false};
  if (second == nullptr) return choice;
  choice.second = second->name;
  choice.second_finish = std::get<1>(second_rank);
  choice.second_failed_before = std::get<0>(second_rank);
  return choice;
}

// No other agent that is connected can ever take it.
bool Scheduler::Impl::fits_only(const Job& job, const Agent& agent) const {
  return std::none_of(agents.begin(), agents.end(), [&](const auto& item) {
    return &item.second != &agent && item.second.up && never_fits(item.second, job.requirement).empty();
  });
}

std::optional<std::string> Scheduler::Impl::impossible(const Requirement& requirement) const {
  constexpr int kNamedMax = 4;
  std::string text;
  int count = 0;
  for (const auto& [name, agent] : agents) {
    if (agent.awaited) return std::nullopt;
    if (!agent.up) continue;
    const std::string why = never_fits(agent, requirement);
    if (why.empty()) return std::nullopt;
    if (++count <= kNamedMax) text += (count == 1 ? "" : "; ") + name + " " + why;
  }
  if (count == 0) return "no agent is connected";
  if (count > kNamedMax) text += "; and " + std::to_string(count - kNamedMax) + " more";
  return "no agent can take it: " + text;
}

void Scheduler::Impl::watch_impossible() {
  const bool nobody = std::none_of(agents.begin(), agents.end(), [](const auto& item) { return item.second.up; });
  const Millis grace = nobody ? options.no_agents_grace : options.impossible_grace;
  std::vector<std::pair<JobId, std::string>> hopeless;
  for (auto& [requirement, demand] : queue.demand()) {
    const std::optional<std::string> why = impossible(requirement);
    if (!why) {
      demand.impossible_since.reset();
      continue;
    }
    if (!demand.impossible_since || demand.nobody != nobody) {
      demand.impossible_since = now;
      demand.nobody = nobody;
      for (const JobId id : queue.jobs_with(requirement)) changed(jobs.at(id));
    }
    if (now - *demand.impossible_since < grace) continue;
    for (const JobId id : queue.jobs_with(requirement)) {
      if (now - jobs.at(id).ready >= grace) hopeless.emplace_back(id, *why);
    }
  }
  for (const auto& [id, why] : hopeless) {
    Job& job = jobs.at(id);
    if (!is_final(job.state)) finish_job(job, JobState::Failed, why);
  }
}

}  // namespace farm::scheduler
