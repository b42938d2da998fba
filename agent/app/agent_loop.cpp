#include "agent/app/agent_loop.hpp"

#include <algorithm>
#include <chrono>

#include "agent/app/host_facts.hpp"
#include "shared/wire/wire.hpp"

namespace farm::agent {
namespace {

constexpr Millis kTick{200};
constexpr Millis kMeasureEvery{2'000};
constexpr Millis kLeftReportsEvery{3'000};
constexpr Millis kKeepAfter{1'000};
constexpr Millis kRefusalEvery{60'000};
constexpr std::size_t kLogBytesPerTick = 512U << 10U;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string outcome_text(const JobOutcome& outcome) {
  struct Text {
    std::string operator()(const Succeeded& done) const { return "succeeded " + done.image.oci(); }
    std::string operator()(const BuildFailed& failed) const { return "build failed with exit code " + std::to_string(failed.exit_code); }
    std::string operator()(const TimedOut&) const { return "timed out"; }
    std::string operator()(const JobCancelled&) const { return "cancelled"; }
    std::string operator()(const InfraFailed& failed) const { return "infrastructure failed: " + failed.message.substr(0, 1'000); }
  };
  return std::visit(Text{}, outcome);
}

}  // namespace

AgentLoop::AgentLoop(LoopParts parts) : parts_(std::move(parts)), machine_(parts_.machine) {
  wall_start_.ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  steady_start_ms_ = steady_ms();
  std::vector<std::string> problems;
  left_reports_ = parts_.reports.load(problems);
  for (const std::string& problem : problems) parts_.log.warning("a kept report can't be read and is dropped", {{"error", problem}});
  poller_.add(parts_.link);
  poller_.add(parts_.inbox.waker);
}

// Wall clock at the start, then the steady one: a clock that is set must not go backwards for the machine.
Instant AgentLoop::now() { return now_ = std::max(now_, wall_start_ + Millis{steady_ms() - steady_start_ms_}); }

Result<void> AgentLoop::run() {
  parts_.notifier.ready();
  while (!exit_) {
    if (Result<bool> woken = poller_.wait(kTick); !woken) return woken.error();
    parts_.notifier.alive(now());
    parts_.inbox.waker.drain();
    receive();
    for (; stop_signals_seen_ < std::min(2, parts_.inbox.stop_signals.load()); ++stop_signals_seen_) {
      parts_.log.info(stop_signals_seen_ == 0 ? "asked to stop: running jobs are finished, no new ones are taken; once more ends them"
                                              : "asked to stop again: running jobs are ended");
      parts_.notifier.stopping();
      step(StopRequested{});
    }
    take_jobs();
    keep_unacknowledged();
    parts_.executor.check_deadlines(now());
    measure_if_due();
    send_logs(parts_.link.connected() ? parts_.outbox.take(kLogBytesPerTick) : std::vector<protocol::LogChunk>{});
    if (now() >= left_reports_next_) send_left_reports();
    step(Tick{});
    update_metrics();
  }
  return {};
}

void AgentLoop::step(const AgentEvent& event) {
  for (const AgentCommand& command : machine_.step(now(), event)) {
    std::visit([this](const auto& c) { carry_out(c); }, command);
  }
}

void AgentLoop::carry_out(const Execute& command) {
  const protocol::StartJob& start = command.start;
  parts_.log.info("job starts", {{"build", start.build_name}, {"job", start.spec.name}, {"id", start.job}, {"fence", start.fence}});
  parts_.executor.start(start, now());
}

void AgentLoop::carry_out(const Kill& command) {
  parts_.log.info("job is ended", {{"id", command.job}, {"fence", command.fence}, {"reason", command.reason}});
  parts_.executor.kill(command.job, command.fence);
}

void AgentLoop::carry_out(const SendHeartbeat& command) { send(command.heartbeat); }

void AgentLoop::carry_out(const SendReport& command) { send(command.report); }

void AgentLoop::carry_out(const Reconnect&) {
  if (Result<void> done = parts_.link.reconnect(); !done) parts_.log.warning("reconnecting failed", {{"error", done.error().message}});
  step(Reconnected{});
}

void AgentLoop::carry_out(const Exit&) { exit_ = true; }

void AgentLoop::carry_out(const CleanCache& command) { parts_.caches.clean(command.prune); }

void AgentLoop::carry_out(const SendPruned& command) { send(command.pruned); }

void AgentLoop::receive() {
  while (true) {
    Result<std::optional<net::DealerEvent>> event = parts_.link.receive();
    if (!event) return parts_.log.warning("receiving from the coordinator failed", {{"error", event.error().message}});
    if (!event->has_value()) return;
    std::visit([this](const auto& e) { on(e); }, **event);
  }
}

void AgentLoop::on(const net::FrameReceived& event) {
  const Result<protocol::ToAgent> message = wire::decode_to_agent(event.frame);
  if (!message) return parts_.log.warning("a message of the coordinator can't be read", {{"error", message.error().message}});
  from_coordinator(*message);
}

void AgentLoop::from_coordinator(const protocol::ToAgent& message) {
  if (const auto* ack = std::get_if<protocol::AckReport>(&message)) forget_report(ack->job, ack->fence);
  if (const auto* cancel = std::get_if<protocol::CancelJob>(&message)) forget_report(cancel->job, cancel->fence);
  std::visit([this](const auto& m) { step(m); }, message);
  if (machine_.refusal() == refusal_told_) return;
  refusal_told_ = machine_.refusal();
  if (refusal_told_.empty())
    parts_.log.info("the coordinator gives this agent work again");
  else
    parts_.log.error("the coordinator gives this agent no work", {{"error", refusal_told_}});
}

// Acknowledged, or nobody wants it.
void AgentLoop::forget_report(JobId job, Fence fence) {
  unkept_reports_.erase({job, fence});
  parts_.reports.remove(job, fence);
  std::erase_if(left_reports_, [&](const protocol::JobReport& report) { return report.job == job && report.fence == fence; });
}

void AgentLoop::on(const net::Connected&) {
  parts_.log.info("connected to the coordinator");
  // Before the first heartbeat, which says that these jobs aren't held any more: a result that is told in time needn't
  // be made again.
  send_left_reports();
}

void AgentLoop::on(const net::Disconnected&) {
  parts_.metrics.connection_lost();
  parts_.log.warning("the connection to the coordinator broke; jobs go on");
}

void AgentLoop::on(const net::ConnectionRefused& event) {
  if (now() < refused_told_next_) return;
  refused_told_next_ = now_ + kRefusalEvery;
  parts_.log.error("no connection to the coordinator", {{"error", event.error.message}});
}

void AgentLoop::take_jobs() {
  for (JobProgress& progress : parts_.executor.take_progress()) step(progress);
  while (std::optional<FinishedJob> finished = parts_.executor.take_finished()) job_finished(std::move(*finished));
  while (const std::optional<protocol::CachePruned> cleaned = parts_.inbox.cleaned.pop()) step(CacheCleaned{*cleaned});
}

// First the log, so that it is there when the result is.
void AgentLoop::job_finished(FinishedJob finished) {
  const protocol::JobReport& report = finished.report;
  const JobTimings& t = report.timings;
  parts_.log.info("job ended", {{"job", finished.name},
                                {"id", report.job},
                                {"fence", report.fence},
                                {"outcome", outcome_text(report.outcome)},
                                {"fetch_ms", t.fetch_ms.value},
                                {"run_ms", t.run_ms.value},
                                {"push_ms", t.push_ms.value}});
  parts_.metrics.job_finished(finished.kind, report.outcome, t);
  send_logs(parts_.outbox.take_all({report.job, report.fence}));
  unkept_reports_[{report.job, report.fence}] = {now() + kKeepAfter, report};
  step(JobFinished{report});
  parts_.caches.changed();
}

void AgentLoop::keep_unacknowledged() {
  for (auto at = unkept_reports_.begin(); at != unkept_reports_.end();) {
    if (now() < at->second.first) {
      ++at;
      continue;
    }
    if (Result<void> kept = parts_.reports.put(at->second.second); !kept) {
      parts_.log.warning("a report can't be kept on disk: it is lost if the agent stops before the coordinator has it",
                         {{"error", kept.error().message}});
    }
    at = unkept_reports_.erase(at);
  }
}

void AgentLoop::send_logs(const std::vector<protocol::LogChunk>& chunks) {
  for (const protocol::LogChunk& chunk : chunks) {
    if (send(chunk)) parts_.metrics.log_sent(chunk.bytes.size());
  }
}

void AgentLoop::send_left_reports() {
  left_reports_next_ = now() + kLeftReportsEvery;
  for (const protocol::JobReport& report : left_reports_) send(report);
}

bool AgentLoop::send(const protocol::FromAgent& message) { return parts_.link.send(wire::encode(message)).has_value(); }

void AgentLoop::measure_if_due() {
  while (std::optional<std::string> version = parts_.inbox.buildkit_versions.pop()) {
    host_.buildkit_version = *version;
    parts_.metrics.set_buildkit_version(*version);
    measured_next_ = Instant{};
  }
  while (const std::optional<std::uint64_t> bytes = parts_.inbox.buildkit_bytes.pop()) {
    host_.buildkit_bytes = *bytes;
    measured_next_ = Instant{};
  }
  if (now() < measured_next_) return;
  measured_next_ = now_ + kMeasureEvery;
  const HostFacts facts = read_host_facts(parts_.state_dir);
  host_.disk_free_bytes = facts.disk_free_bytes;
  host_.disk_total_bytes = facts.disk_total_bytes;
  host_.memory_available_bytes = facts.memory_available_bytes;
  host_.memory_total_bytes = facts.memory_total_bytes;
  host_.load_permille = facts.load_permille;
  host_.slice_cache_bytes = parts_.workspace.cache_stats().bytes;
  step(host_);
}

void AgentLoop::update_metrics() {
  const workspace::SliceCache::Stats cache = parts_.workspace.cache_stats();
  AgentGauges gauges;
  gauges.slots = parts_.machine.slots;
  gauges.running = machine_.running();
  gauges.reports_unacknowledged = machine_.held_count() - machine_.running() + left_reports_.size();
  gauges.connected = parts_.link.connected();
  gauges.draining = machine_.draining();
  gauges.disk_free_bytes = host_.disk_free_bytes;
  gauges.disk_total_bytes = host_.disk_total_bytes;
  gauges.memory_available_bytes = host_.memory_available_bytes;
  gauges.memory_total_bytes = host_.memory_total_bytes;
  gauges.load_permille = host_.load_permille;
  gauges.buildkit_bytes = host_.buildkit_bytes;
  gauges.slice_cache_bytes = cache.bytes;
  gauges.slice_cache_entries = cache.entries;
  gauges.slice_cache_hits = cache.hits;
  gauges.slice_cache_misses = cache.misses;
  gauges.log_dropped_bytes = parts_.outbox.dropped_bytes();
  parts_.metrics.set(gauges);
}

}  // namespace farm::agent
