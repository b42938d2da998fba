#include "coordinator/scheduler/ready_queue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace farm::scheduler {

ReadyQueue::ReadyQueue(Millis age_step, std::map<std::string, std::uint32_t> weights)
    : age_step_(std::max(age_step, Millis{1})), weights_(std::move(weights)) {}

void ReadyQueue::push(const ReadyJob& job) {
  FARM_ASSERT(!contains(job.job));
  Entry entry{job.project, {}, job.priority, job.ready, job.requirement};
  const std::int64_t age = job.ready.ms / age_step_.value;
  entry.key = Key{(age + static_cast<std::int64_t>(job.priority)) * age_step_.value, -job.path_ms.value, job.build, job.job};
  Project& project = projects_[job.project];
  if (project.jobs.empty()) project.pass = std::max(project.pass, virtual_time_);
  project.jobs.insert(entry.key);
  ++demand_[job.requirement].jobs;
  entries_.emplace(job.job, std::move(entry));
}

void ReadyQueue::erase(JobId job) {
  const auto found = entries_.find(job);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  const auto project = projects_.find(entry.project);
  project->second.jobs.erase(entry.key);
  // A project that owes nothing is forgotten, so that names from outside don't pile up.
  if (project->second.jobs.empty() && project->second.pass <= virtual_time_) projects_.erase(project);
  const auto demand = demand_.find(entry.requirement);
  if (--demand->second.jobs == 0) demand_.erase(demand);
  entries_.erase(found);
}

std::vector<JobId> ReadyQueue::jobs_with(const Requirement& requirement) const {
  std::vector<JobId> found;
  for (const auto& [id, entry] : entries_) {
    if (entry.requirement == requirement) found.push_back(id);
  }
  return found;
}

void ReadyQueue::pay(const std::string& name, Millis cost) {
  const auto weight = weights_.find(name);
  const std::uint64_t share = weight == weights_.end() ? 1 : std::max<std::uint32_t>(weight->second, 1);
  Project& project = projects_[name];
  virtual_time_ = std::max(virtual_time_, project.pass);
  project.pass = std::max(project.pass, virtual_time_) + static_cast<std::uint64_t>(std::max<std::int64_t>(cost.value, 1)) * 16 / share;
  std::erase_if(projects_, [&](const auto& item) { return item.second.jobs.empty() && item.second.pass <= virtual_time_; });
}

std::int64_t ReadyQueue::class_now(const Entry& entry, Instant now) const {
  const std::int64_t raised = (now - entry.ready).value / age_step_.value;
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(entry.priority) - raised);
}

ReadyQueue::Pass::Pass(ReadyQueue& queue, Instant now) : queue_(queue), now_(now) {
  for (const auto& [name, project] : queue.projects_) {
    if (!project.jobs.empty()) after_.emplace(name, std::nullopt);
  }
}

std::optional<JobId> ReadyQueue::Pass::next() {
  std::optional<Key> best;
  std::tuple<std::int64_t, std::uint64_t> best_rank;
  std::optional<Key>* best_after = nullptr;
  for (auto at = after_.begin(); at != after_.end();) {
    const auto project = queue_.projects_.find(at->first);
    const bool known = project != queue_.projects_.end();
    const auto head = !known ? std::set<Key>::const_iterator{}
                             : (at->second ? project->second.jobs.upper_bound(*at->second) : project->second.jobs.begin());
    if (!known || head == project->second.jobs.end()) {
      at = after_.erase(at);
      continue;
    }
    const std::tuple rank{queue_.class_now(queue_.entries_.at(head->job), now_), project->second.pass};
    if (!best || rank < best_rank) {
      best = *head;
      best_rank = rank;
      best_after = &at->second;
    }
    ++at;
  }
  if (!best) return std::nullopt;
  *best_after = best;
  return best->job;
}

}  // namespace farm::scheduler
