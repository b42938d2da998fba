#include "coordinator/scheduler/placement.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace farm::scheduler {
namespace {

constexpr std::int64_t kEstimateMsMax = 1'000'000'000'000;  // keeps sums far from overflow, whatever outside values say

bool holds(const Agent& agent, const protocol::HeldJob& held, const JobTable& jobs) {
  if (!agent.assigned.contains(held.job)) return false;
  const auto job = jobs.find(held.job);
  return job != jobs.end() && job->second.fence == held.fence;
}

// What the agent's assignments may still take: a heartbeat shows only what they have taken so far, so their whole need is set aside.
std::uint64_t set_aside(const Agent& agent, const JobTable& jobs, std::uint64_t Requirement::* need) {
  std::uint64_t sum = 0;
  for (const JobId id : agent.assigned) sum += jobs.at(id).requirement.*need;
  return sum;
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

}  // namespace

std::uint32_t free_slots(const Agent& agent, const JobTable& jobs, const SchedulerOptions& options) {
  if (!agent.up) return 0;
  std::size_t busy = agent.assigned.size();
  for (const protocol::HeldJob& held : agent.last.held) {
    if (!held.finished && !holds(agent, held, jobs)) ++busy;
  }
  const std::size_t slots = agent.last.slots + (options.planted == PlantedBug::SlotTooMany ? 1U : 0U);
  return busy >= slots ? 0 : static_cast<std::uint32_t>(slots - busy);
}

std::string never_fits(const Agent& agent, const Requirement& requirement) {
  if (!agent.refusal.empty()) return "gets no work: " + agent.refusal;
  if (agent.last.slots == 0) return "has no slots";
  if (!requirement.platform.empty() && requirement.platform != agent.last.platform) {
    return "is " + (agent.last.platform.empty() ? "of no known platform" : agent.last.platform) + ", not " + requirement.platform;
  }
  for (const std::string& label : requirement.labels) {
    if (std::find(agent.last.labels.begin(), agent.last.labels.end(), label) == agent.last.labels.end()) {
      return "lacks the label " + label;
    }
  }
  if (agent.last.disk_total_bytes != 0 && requirement.disk_bytes > agent.last.disk_total_bytes) {
    return "has a disk of " + megabytes(agent.last.disk_total_bytes) + ", " + megabytes(requirement.disk_bytes) + " are needed";
  }
  if (agent.last.memory_total_bytes != 0 && requirement.memory_bytes > agent.last.memory_total_bytes) {
    return "has " + megabytes(agent.last.memory_total_bytes) + " of memory, " + megabytes(requirement.memory_bytes) + " are needed";
  }
  return {};
}

std::string not_now(const Agent& agent, const Requirement& requirement, const JobTable& jobs, Instant now) {
  if (agent.drain || agent.last.draining) return "is draining";
  if (now < agent.rest_until) return "rests after " + std::to_string(agent.rest_count) + " failures of its own";
  if (requirement.disk_bytes != 0 && agent.last.disk_total_bytes != 0 &&
      agent.last.disk_free_bytes < set_aside(agent, jobs, &Requirement::disk_bytes) + requirement.disk_bytes) {
    return "has " + megabytes(agent.last.disk_free_bytes) + " of disk free, not enough";
  }
  if (requirement.memory_bytes != 0 && agent.last.memory_total_bytes != 0 &&
      (agent.last.memory_total_bytes < set_aside(agent, jobs, &Requirement::memory_bytes) + requirement.memory_bytes ||
       agent.last.memory_available_bytes < requirement.memory_bytes)) {
    return "has " + megabytes(agent.last.memory_available_bytes) + " of memory free, not enough";
  }
  return {};
}

Millis estimated_finish(const Agent& agent, const Job& job, const JobTable& jobs) {
  std::uint64_t missing = 0;
  for (const InputResult& input : job.inputs) {
    if (!agent.local.contains(input.key)) missing += input.bytes;
  }
  for (const JobId need : job.needs) {
    const auto upstream = jobs.find(need);
    if (upstream != jobs.end() && !agent.local.contains(upstream->second.key)) missing += upstream->second.result.bytes;
  }
  const std::uint64_t fetch = missing / std::max<std::uint64_t>(agent.bandwidth_bytes_per_ms, 1);
  const std::int64_t slots = std::max<std::int64_t>(agent.last.slots, 1);
  const std::int64_t crowd = slots + static_cast<std::int64_t>(agent.assigned.size());
  const std::int64_t run = std::min(job.expected_ms.value, kEstimateMsMax) * agent.speed_permille / 1'000 * crowd / slots;
  return Millis{static_cast<std::int64_t>(std::min<std::uint64_t>(fetch, kEstimateMsMax)) + run};
}

}  // namespace farm::scheduler
