#include "coordinator/metrics/observe.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace farm::metrics {
namespace {

constexpr Millis kPredictedMin{1'000};  // what is predicted to be shorter says nothing by being slower

double seconds(Millis time) { return static_cast<double>(time.value) / 1'000.0; }

Millis work_of(const scheduler::Job& job) { return job.timings.fetch_ms + job.timings.run_ms + job.timings.push_ms; }

// The scheduler's default stands where there is no history.
bool has_history(const scheduler::Job& job) {
  return job.expected_ms.value > 0 && job.expected_ms != scheduler::SchedulerOptions{}.expected_default;
}

class CommandObserver {
 public:
  CommandObserver(Metrics& metrics, const scheduler::Scheduler& scheduler) : metrics_(metrics), scheduler_(scheduler) {}

  void operator()(const scheduler::JobEnded& ended) {
    const scheduler::Job* job = scheduler_.find_job(ended.job);
    if (job == nullptr) return;
    const std::string_view kind = to_string(job->kind);
    metrics_.count(Metric::Jobs, {kind, to_string(ended.state)});
    if (job->attempts == 0) return;
    observe_phases(*job);
    if (ended.state == JobState::Succeeded && has_history(*job) && job->expected_ms >= kPredictedMin) {
      metrics_.observe(Metric::JobSlowness, seconds(work_of(*job)) / seconds(job->expected_ms), {kind});
    }
    const JobTimings& t = job->timings;
    metrics_.count(Metric::FetchedBytes, {kind}, static_cast<double>(t.fetched_bytes));
    metrics_.count(Metric::PushedBytes, {kind}, static_cast<double>(t.pushed_bytes));
    metrics_.count(Metric::Steps, {kind, "cached"}, t.steps_cached);
    metrics_.count(Metric::Steps, {kind, "run"}, t.steps - std::min(t.steps, t.steps_cached));
  }

  void operator()(const scheduler::BuildEnded& ended) {
    metrics_.count(Metric::Builds, {to_string(ended.state)});
    const scheduler::Build* build = scheduler_.find_build(ended.build);
    if (build == nullptr) return;
    const double took = seconds(build->finished - build->created);
    metrics_.observe(Metric::BuildSeconds, took, {to_string(ended.state)});
    metrics_.count(Metric::ProjectBuilds, {build->project, to_string(ended.state)});
    metrics_.set(Metric::ProjectNewestBuild, static_cast<double>(build->id.value), {build->project});
    metrics_.set(Metric::ProjectNewestSeconds, took, {build->project});
    if (ended.state != BuildState::Succeeded) return;
    metrics_.observe(Metric::ProjectBuildSeconds, took, {build->project});
    compare_with_history(*build);
  }

  void operator()(const scheduler::BuildRefused& refused) { metrics_.count(Metric::SubmissionsRefused, {to_string(refused.error.kind)}); }
  void operator()(const scheduler::RetryNoticed& retry) { metrics_.count(Metric::Retries, {cause_class(retry.cause)}); }
  void operator()(const scheduler::AgentLost&) { metrics_.count(Metric::AgentsLost); }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  void observe_phases(const scheduler::Job& job) {
    const JobTimings& t = job.timings;
    const auto phase = [&](std::string_view name, Millis time) {
      if (time.value <= 0) return;
      metrics_.observe(Metric::JobPhaseSeconds, seconds(time), {to_string(job.kind), name});
      metrics_.count(Metric::ProjectJobSeconds, {job.project, job.name, name}, seconds(time));
    };
    if (job.ready.ms > 0 && job.assigned >= job.ready) phase("queue", std::max(job.assigned - job.ready, Millis{1}));
    phase("fetch", t.fetch_ms);
    phase("cook", t.cook_ms);
    phase("compile", t.compile_ms);
    phase("other", t.run_ms - t.cook_ms - t.compile_ms);
    phase("export", t.export_ms);
    phase("push", t.push_ms - t.export_ms);
  }

  void compare_with_history(const scheduler::Build& build) {
    Millis expected;
    Millis took;
    for (const JobId id : build.jobs) {
      const scheduler::Job* job = scheduler_.find_job(id);
      if (job == nullptr || job->state != JobState::Succeeded || build.shared.contains(id) || !has_history(*job)) continue;
      expected = expected + job->expected_ms;
      took = took + work_of(*job);
    }
    if (expected >= kPredictedMin) metrics_.set(Metric::ProjectSlowness, seconds(took) / seconds(expected), {build.project});
  }

  Metrics& metrics_;
  const scheduler::Scheduler& scheduler_;
};

struct Class {
  std::string_view word;
  std::string_view name;
};
constexpr std::array<Class, 9> kClasses = {{{"be verified", "verification"},
                                            {"was lost", "agent_lost"},
                                            {"no longer holds", "agent_restarted"},
                                            {"did not take it", "not_taken"},
                                            {"whole context", "widened"},
                                            {"registry", "registry"},
                                            {"BuildKit", "buildkit"},
                                            {"disk", "disk"},
                                            {"timeout", "timeout"}}};

void observe_agents(Metrics& metrics, const scheduler::Scheduler& scheduler, Instant now) {
  std::set<std::string, std::less<>> known;
  for (const auto& [name, agent] : scheduler.agents()) {
    known.insert(name);
    metrics.set(Metric::AgentUp, agent.up ? 1 : 0, {name});
    metrics.set(Metric::AgentHeartbeatAge, agent.heard.ms > 0 ? seconds(now - agent.heard) : 0, {name});
    metrics.set(Metric::AgentAssignedJobs, static_cast<double>(agent.assigned.size()), {name});
    metrics.set(Metric::AgentSpeed, agent.speed_permille / 1'000.0, {name});
  }
  for (const Metric metric : {Metric::AgentUp, Metric::AgentHeartbeatAge, Metric::AgentAssignedJobs, Metric::AgentSpeed}) {
    metrics.keep_only(metric, known);
  }
}

}  // namespace

std::string_view cause_class(std::string_view cause) {
  for (const Class& entry : kClasses) {
    if (cause.find(entry.word) != std::string_view::npos) return entry.name;
  }
  return kOther;
}

std::vector<std::string> retry_causes() {
  std::vector<std::string> names;
  for (const Class& entry : kClasses) names.emplace_back(entry.name);
  names.emplace_back(kOther);
  return names;
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
  observe_agents(metrics, scheduler, now);
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

void observe_admission(Metrics& metrics, const Plan& plan, const admission::Admission& admission,
                       const std::function<Saved(const JobSpec& job, const Digest& key)>& saved) {
  // There with 0 while the build runs, so that its end is seen as an increase.
  metrics.count(Metric::ProjectBuilds, {plan.project, to_string(BuildState::Succeeded)}, 0);
  for (const ServicePlan& service : plan.services) {
    metrics.count(Metric::ServiceResults, {plan.project, service.service, to_string(ServiceResult::Built)}, 0);
  }
  for (std::size_t i = 0; i < plan.jobs.size() && i < admission.jobs.size(); ++i) {
    const admission::AdmittedJob& job = admission.jobs[i];
    if (job.need == admission::Need::NotNeeded) continue;
    const std::string_view kind = to_string(plan.jobs[i].kind);
    if (job.need == admission::Need::Hit) {
      const Saved spared = saved(plan.jobs[i], job.key);
      metrics.count(Metric::Results, {kind, "hit"});
      metrics.count(Metric::SavedBytes, {kind}, static_cast<double>(spared.bytes));
      metrics.count(Metric::SavedSeconds, {kind}, seconds(spared.time));
    } else {
      metrics.count(Metric::Results, {kind, "miss"});
      metrics.count(Metric::ResultMisses, {kind, to_string(job.cause)});
      metrics.count(Metric::ProjectJobMisses, {plan.project, plan.jobs[i].name, to_string(job.cause)});
    }
  }
}

void observe_services(Metrics& metrics, const BuildStatus& status) {
  for (const ServiceStatus& service : status.services) {
    metrics.count(Metric::ServiceResults, {status.project, service.service, to_string(service.result)});
  }
}

}  // namespace farm::metrics
