#include "coordinator/metrics/observe.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace farm::metrics {
namespace {

double seconds(Millis time) { return static_cast<double>(time.value) / 1'000.0; }

class CommandObserver {
 public:
  CommandObserver(Metrics& metrics, const scheduler::Scheduler& scheduler) : metrics_(metrics), scheduler_(scheduler) {}

  void operator()(const scheduler::JobEnded& ended) {
    const scheduler::Job* job = scheduler_.find_job(ended.job);
    if (job == nullptr) return;
    const std::string_view kind = to_string(job->kind);
    metrics_.count(Metric::Jobs, {kind, to_string(ended.state)});
    if (job->attempts == 0) return;
    if (job->ready.ms > 0 && job->assigned >= job->ready)
      metrics_.observe(Metric::JobQueueSeconds, seconds(job->assigned - job->ready), {kind});
    if (ended.state != JobState::Succeeded) return;
    metrics_.observe(Metric::JobFetchSeconds, seconds(job->timings.fetch_ms), {kind});
    metrics_.observe(Metric::JobRunSeconds, seconds(job->timings.run_ms), {kind});
    metrics_.observe(Metric::JobPushSeconds, seconds(job->timings.push_ms), {kind});
    metrics_.count(Metric::FetchedBytes, {}, static_cast<double>(job->timings.fetched_bytes));
    metrics_.count(Metric::PushedBytes, {}, static_cast<double>(job->timings.pushed_bytes));
  }
  void operator()(const scheduler::BuildEnded& ended) {
    metrics_.count(Metric::Builds, {to_string(ended.state)});
    const scheduler::Build* build = scheduler_.find_build(ended.build);
    if (build != nullptr) metrics_.observe(Metric::BuildSeconds, seconds(build->finished - build->created), {to_string(ended.state)});
  }
  void operator()(const scheduler::BuildRefused& refused) { metrics_.count(Metric::SubmissionsRefused, {to_string(refused.error.kind)}); }
  void operator()(const scheduler::RetryNoticed& retry) { metrics_.count(Metric::Retries, {cause_class(retry.cause)}); }
  void operator()(const scheduler::AgentLost&) { metrics_.count(Metric::AgentsLost); }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  Metrics& metrics_;
  const scheduler::Scheduler& scheduler_;
};

}  // namespace

std::string_view cause_class(std::string_view cause) {
  struct Class {
    std::string_view word;
    std::string_view name;
  };
  static constexpr std::array<Class, 9> kClasses = {{{"be verified", "verification"},
                                                     {"was lost", "agent_lost"},
                                                     {"no longer holds", "agent_restarted"},
                                                     {"did not take it", "not_taken"},
                                                     {"whole context", "widened"},
                                                     {"registry", "registry"},
                                                     {"BuildKit", "buildkit"},
                                                     {"disk", "disk"},
                                                     {"timeout", "timeout"}}};
  for (const Class& entry : kClasses) {
    if (cause.find(entry.word) != std::string_view::npos) return entry.name;
  }
  return "other";
}

void observe_commands(Metrics& metrics, const scheduler::Scheduler& scheduler, const std::vector<scheduler::Command>& commands) {
  CommandObserver observer(metrics, scheduler);
  for (const scheduler::Command& command : commands) std::visit(observer, command);
}

void observe_state(Metrics& metrics, const scheduler::Scheduler& scheduler, Instant now) {
  std::map<std::string_view, std::uint32_t> states{{"up", 0}, {"draining", 0}, {"lost", 0}, {"refused", 0}};
  std::uint32_t slots = 0;
  std::size_t busy = 0;
  for (const auto& [name, agent] : scheduler.agents()) {
    const bool draining = agent.drain || agent.last.draining;
    ++states[!agent.up ? "lost" : (!agent.refusal.empty() ? "refused" : (draining ? "draining" : "up"))];
    if (!agent.up) continue;
    slots += agent.last.slots;
    busy += agent.assigned.size();
  }
  for (const auto& [state, number] : states) metrics.set(Metric::Agents, number, {state});
  metrics.set(Metric::Slots, slots);
  metrics.set(Metric::SlotsBusy, static_cast<double>(busy));
  metrics.set(Metric::QueueJobs, static_cast<double>(scheduler.queued_jobs()));
  Instant oldest = now;
  for (const auto& [id, job] : scheduler.jobs()) {
    if (job.state == JobState::Waiting && job.ready.ms > 0) oldest = std::min(oldest, job.ready);
  }
  metrics.set(Metric::QueueOldestSeconds, seconds(now - oldest));
  const auto open =
      std::count_if(scheduler.builds().begin(), scheduler.builds().end(), [](const auto& entry) { return !is_final(entry.second.state); });
  metrics.set(Metric::BuildsOpen, static_cast<double>(open));
}

}  // namespace farm::metrics
