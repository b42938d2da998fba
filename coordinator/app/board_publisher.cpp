#include "coordinator/app/board_publisher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "coordinator/app/starts.hpp"
#include "coordinator/app/status_view.hpp"
#include "coordinator/app/watchers.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kAssignmentsShown = 256;

Instant sooner(Instant a, Instant b) { return a == Instant{} ? b : std::min(a, b); }

}  // namespace

Millis pause_after(std::chrono::microseconds took, std::size_t open_builds) {
  return Millis{took.count() * kShare * static_cast<std::int64_t>(open_builds) / 1'000};
}

void BoardPublisher::flush(const std::set<BuildId>& changed, bool logs_grew) {
  std::set<BuildId> ended;
  for (const BuildId id : changed) {
    if (book_.find(id) == nullptr) ended.insert(id);
  }
  for (const auto& [id, shown] : shown_) {
    if (book_.find(id) == nullptr) ended.insert(id);
  }
  show_ended(ended);
  show_open();
  logs_grew_ = logs_grew_ || logs_grew;
  if (core_.now - fleet_at_ >= kFleetPause) show_fleet();
  if (!logs_grew_ || core_.now - logs_at_ < kLogPause) return;
  logs_grew_ = false;
  logs_at_ = core_.now;
  board_.logs_grew();
}

void BoardPublisher::show_ended(const std::set<BuildId>& builds) {
  for (const BuildId id : builds) {
    shown_.erase(id);
    Result<BuildStatus> status = find_status(core_, book_, id);
    if (status && is_final(status->state)) board_.build_is(std::move(*status));
  }
}

void BoardPublisher::show_open() {
  build_due_ = Instant{};
  for (const auto& [id, build] : book_.all()) {
    const auto shown = shown_.find(id);
    const bool is_new = shown == shown_.end();
    const bool changed = is_new || shown->second.version != build.version;
    const Instant due = is_new ? core_.now : shown->second.at + std::max(changed ? kShowPause : kShowAgain, shown->second.pause);
    if (core_.now < due) {
      build_due_ = sooner(build_due_, due);
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    board_.build_is(make_status(build, core_.scheduler, core_.now, clients_registry(core_.config)));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    shown_[id] = {build.version, core_.now, pause_after(took, book_.all().size())};
  }
}

void BoardPublisher::show_fleet() {
  fleet_at_ = core_.now;
  FleetShot fleet;
  for (const auto& [name, agent] : core_.scheduler.agents()) {
    FleetShot::Agent shown{core_.scheduler.agent_status(agent), {}, {}, agent.local_order.size()};
    for (const JobId id : agent.assigned) {
      const scheduler::Job* job = core_.scheduler.find_job(id);
      if (job == nullptr || job->builds.empty() || shown.assignments.size() >= kAssignmentsShown) continue;
      shown.assignments.push_back({*job->builds.rbegin(), job->name, job->kind, job->phase, job->progress_permille, job->assigned.ms});
    }
    const std::size_t held = std::min(agent.local_order.size(), kHeldShown);
    shown.holds.assign(agent.local_order.rbegin(), agent.local_order.rbegin() + static_cast<std::ptrdiff_t>(held));
    fleet.agents.push_back(std::move(shown));
  }
  fleet.queued_jobs = core_.scheduler.queued_jobs();
  Instant oldest = core_.now;
  std::size_t fits_shown = 0;
  for (const auto& [id, job] : core_.scheduler.jobs()) {
    if (job.state == JobState::Assigned) ++fleet.running_jobs;
    if (job.state == JobState::Waiting && job.ready.ms > 0) oldest = std::min(oldest, job.ready);
    if (job.state != JobState::Waiting || job.needs_open != 0 || fleet.waiting.size() >= kWaitingShown || fits_shown >= kFitsShown)
      continue;
    std::vector<AgentFit>& fits = fleet.waiting[id];
    for (scheduler::AgentVerdict& verdict : core_.scheduler.explain_agents(id, core_.now)) {
      fits.push_back({std::move(verdict.agent), std::move(verdict.reason)});
    }
    fits_shown += fits.size();
  }
  fleet.queue_oldest_ms = (core_.now - oldest).value;
  board_.fleet_is(std::move(fleet));
}

Instant BoardPublisher::next_due() const {
  Instant due = fleet_at_ + kFleetPause;
  if (build_due_ != Instant{}) due = std::min(due, build_due_);
  if (logs_grew_) due = std::min(due, logs_at_ + kLogPause);
  return due;
}

}  // namespace farm::coordinator
