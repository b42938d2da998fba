// Assignments: taken, run, ended. See connection.cpp for heartbeats, reports and leaving.
#include "agent/core/agent_machine.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace farm::agent {
namespace {

constexpr std::size_t kQueuedMax = 16;   // assignments beyond the slots: a new one may come before a cancelled one is dead
constexpr std::size_t kDoneMax = 1'024;  // assignments remembered as over

}  // namespace

AgentMachine::AgentMachine(AgentOptions options) : options_(std::move(options)), rng_(options_.seed) { FARM_ASSERT(options_.slots >= 1); }

std::vector<AgentCommand> AgentMachine::step(Instant now, const AgentEvent& event) {
  FARM_ASSERT(now >= now_);
  if (now_ == Instant{}) answered_ = now;
  now_ = now;
  if (!exited_) {
    std::visit([this](const auto& e) { on(e); }, event);
    start_queued();
    leave_if_done();
    if (!exited_ && (changed_ || now_ >= heartbeat_next_)) heartbeat();
  }
  return std::exchange(out_, {});
}

// Not again: what is over, what is held, what an assignment of the same job that is newer has replaced. Not more than there is room for.
bool AgentMachine::accepts(const protocol::StartJob& start) const {
  const bool over = done_.contains(start.fence) || start.fence <= done_floor_;
  if (over && options_.planted != PlantedBug::DoubleStartRuns) return false;
  if (stopping_ > 0 || held_.size() >= options_.slots + kQueuedMax) return false;
  const auto newest = held_.upper_bound({start.job, Fence{UINT64_MAX}});
  return newest == held_.begin() || std::prev(newest)->first.first != start.job || std::prev(newest)->first.second < start.fence;
}

void AgentMachine::on(const protocol::StartJob& start) {
  if (!accepts(start)) return;
  for (auto at = held_.lower_bound({start.job, Fence{}}); at != held_.end() && at->first.first == start.job;) {
    auto old = at++;
    old->second.drop = true;
    if (old->second.state == State::Running) {
      kill(old->first, old->second, "a newer assignment of the same job came");
    } else if (old->second.state != State::Killing) {
      forget(old);
    }
  }
  Held held;
  held.start = start;
  held.phase = "queued";
  held_.emplace(Assignment{start.job, start.fence}, std::move(held));
  changed_ = true;
}

void AgentMachine::on(const protocol::CancelJob& cancel) {
  const auto found = held_.find({cancel.job, cancel.fence});
  if (found == held_.end()) {
    done_.insert(cancel.fence);  // a StartJob that was overtaken by its CancelJob
    return;
  }
  if (options_.planted == PlantedBug::CancelIgnored) return;
  found->second.drop = true;
  if (found->second.state == State::Running) kill(found->first, found->second, cancel.reason);
  if (found->second.state == State::Queued || found->second.state == State::Finished) forget(found);
}

void AgentMachine::on(const protocol::AckReport& ack) {
  const auto found = held_.find({ack.job, ack.fence});
  if (found != held_.end() && found->second.state == State::Finished) forget(found);
}

void AgentMachine::on(const JobProgress& progress) {
  const auto found = held_.find({progress.job, progress.fence});
  if (found == held_.end() || found->second.state != State::Running) return;
  Held& held = found->second;
  held.phase = progress.phase;
  held.progress_permille = progress.progress_permille;
}

void AgentMachine::on(const JobFinished& finished) {
  const auto found = held_.find({finished.report.job, finished.report.fence});
  if (found == held_.end()) return;
  Held& held = found->second;
  if (held.state != State::Running && held.state != State::Killing) return;
  changed_ = true;
  if (held.drop) {
    forget(found);
    return;
  }
  held.state = State::Finished;
  held.phase = "reporting";
  held.start = {};  // specs and secrets aren't needed any more
  held.report = finished.report;
  if (held.report.steps.size() > kStepsMax) {
    held.report.steps_left_off += static_cast<std::uint32_t>(held.report.steps.size() - kStepsMax);
    held.report.steps.resize(kStepsMax);
  }
  held.report_wait = options_.report_first;
  send_report(held);
}

void AgentMachine::kill(const Assignment& at, Held& held, std::string reason) {
  held.state = State::Killing;
  held.phase = "stopping";
  changed_ = true;
  out_.emplace_back(Kill{at.first, at.second, std::move(reason)});
}

void AgentMachine::forget(std::map<Assignment, Held>::iterator at) {
  done_.insert(at->first.second);
  held_.erase(at);
  changed_ = true;
}

// A job that an older assignment still occupies waits for its end: both would write to the same places.
void AgentMachine::start_queued() {
  while (done_.size() > kDoneMax) {
    done_floor_ = std::max(done_floor_, *done_.begin());
    done_.erase(done_.begin());
  }
  std::uint32_t busy = running();
  std::vector<std::map<Assignment, Held>::iterator> queued;
  for (auto at = held_.begin(); at != held_.end() && busy < options_.slots; ++at) {
    if (at->second.state != State::Queued) continue;
    const bool occupied = at != held_.begin() && std::prev(at)->first.first == at->first.first;
    if (!occupied) queued.push_back(at);
  }
  std::sort(queued.begin(), queued.end(), [](const auto& a, const auto& b) { return a->first.second < b->first.second; });
  for (const auto& at : queued) {
    if (busy >= options_.slots) break;
    ++busy;
    at->second.state = State::Running;
    at->second.phase = "starting";
    out_.emplace_back(Execute{at->second.start});
  }
}

std::uint32_t AgentMachine::running() const {
  return static_cast<std::uint32_t>(std::count_if(held_.begin(), held_.end(), [](const auto& item) {
    return item.second.state == State::Running || item.second.state == State::Killing;
  }));
}

std::size_t AgentMachine::held_count() const { return held_.size(); }

}  // namespace farm::agent
