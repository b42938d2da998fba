// What the agent says and when: heartbeats, reports until acknowledged, reconnection, leaving.
#include <algorithm>

#include "agent/core/agent_machine.hpp"
#include "shared/base/assert.hpp"

namespace farm::agent {

void AgentMachine::on(const protocol::HeartbeatAnswer& answer) {
  answered_ = now_;
  reconnect_wait_ = {};
  told_to_drain_ = answer.drain;
  refusal_ = answer.refusal;
}

void AgentMachine::on(const HostMeasured& measured) { host_ = measured; }

void AgentMachine::on(const Tick&) {
  repeat_reports();
  reconnect_if_silent();
}

void AgentMachine::on(const Reconnected&) {
  changed_ = true;
  for (auto& [at, held] : held_) {
    if (held.state == State::Finished) held.report_next = std::min(held.report_next, now_ + options_.report_first);
  }
}

void AgentMachine::on(const StopRequested&) {
  if (stopping_ >= 2) return;
  ++stopping_;
  changed_ = true;
  std::vector<Assignment> queued;
  for (auto& [at, held] : held_) {
    if (held.state == State::Queued) queued.push_back(at);
    if (held.state == State::Running && stopping_ == 2) kill(at, held, "the agent is stopped");
  }
  for (const Assignment& at : queued) forget(held_.find(at));  // the coordinator misses them in the next heartbeat
  if (stopping_ == 2) stop_until_ = now_ + options_.stop_grace;
}

// Each id is carried out once: a repeat of the newest is answered as before, an older one is nobody's concern any more.
void AgentMachine::on(const protocol::PruneCache& prune) {
  if (pruned_ && pruned_->id == prune.id) out_.emplace_back(SendPruned{*pruned_});
  if (prune.id <= newest_prune_) return;
  newest_prune_ = prune.id;
  if (cleaning_) {
    prune_waiting_ = prune;
    return;
  }
  cleaning_ = true;
  out_.emplace_back(CleanCache{prune});
}

void AgentMachine::on(const CacheCleaned& cleaned) {
  pruned_ = cleaned.pruned;
  out_.emplace_back(SendPruned{*pruned_});
  cleaning_ = prune_waiting_.has_value();
  if (prune_waiting_) out_.emplace_back(CleanCache{*prune_waiting_});
  prune_waiting_.reset();
  changed_ = true;
}

void AgentMachine::send_report(Held& held) {
  held.report_next = now_ + held.report_wait;
  held.report_wait = std::min(held.report_wait * 2, options_.report_most);
  out_.emplace_back(SendReport{held.report});
}

void AgentMachine::repeat_reports() {
  if (options_.planted == PlantedBug::ResultNotRepeated) return;
  for (auto& [at, held] : held_) {
    if (held.state == State::Finished && now_ >= held.report_next) send_report(held);
  }
}

void AgentMachine::heartbeat(bool leaving) {
  protocol::AgentHeartbeat beat;
  beat.agent = options_.name;
  beat.session = options_.session;
  beat.sequence = ++sequence_;
  beat.slots = options_.slots;
  beat.platform = options_.platform;
  beat.labels = options_.labels;
  beat.draining = draining();
  beat.leaving = leaving;
  beat.disk_free_bytes = host_.disk_free_bytes;
  beat.disk_total_bytes = host_.disk_total_bytes;
  beat.memory_available_bytes = host_.memory_available_bytes;
  beat.memory_total_bytes = host_.memory_total_bytes;
  beat.load_permille = host_.load_permille;
  beat.buildkit_version = host_.buildkit_version;
  beat.farm_version = options_.farm_version;
  beat.slice_cache_bytes = host_.slice_cache_bytes;
  beat.buildkit_bytes = host_.buildkit_bytes;
  beat.held.reserve(held_.size());
  for (const auto& [at, held] : held_) {
    if (options_.planted == PlantedBug::HeldForgotten && at.second.value % 3 == 0) continue;
    beat.held.push_back({at.first, at.second, held.state == State::Finished, held.phase, held.progress_permille});
  }
  out_.emplace_back(SendHeartbeat{std::move(beat)});
  heartbeat_next_ = now_ + options_.heartbeat_every;
  changed_ = false;
}

// Each wait is drawn, so that a farm whose coordinator comes back is not hit by all agents at once.
void AgentMachine::reconnect_if_silent() {
  if (now_ - answered_ < options_.silence) return;
  if (reconnect_wait_ == Millis{}) {
    reconnect_wait_ = options_.heartbeat_every;
    reconnect_next_ = now_ + Millis{rng_.between(0, reconnect_wait_.value)};
  }
  if (now_ < reconnect_next_) return;
  out_.emplace_back(Reconnect{});
  reconnect_wait_ = std::min(reconnect_wait_ * 2, options_.reconnect_most);
  reconnect_next_ = now_ + Millis{rng_.between(reconnect_wait_.value / 2, reconnect_wait_.value)};
}

void AgentMachine::leave_if_done() {
  if (stopping_ == 0) return;
  const bool given_up = stopping_ == 2 && now_ >= stop_until_ && running() == 0;
  if (!held_.empty() && !given_up) return;
  held_.clear();
  heartbeat(true);
  out_.emplace_back(Exit{});
  exited_ = true;
}

}  // namespace farm::agent
