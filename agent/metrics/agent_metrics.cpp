#include "agent/metrics/agent_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <string_view>

namespace farm::agent {
namespace {

const prometheus::Histogram::BucketBoundaries kPhaseSeconds = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1'280};

struct OutcomeName {
  const char* operator()(const Succeeded&) const { return "succeeded"; }
  const char* operator()(const BuildFailed&) const { return "build_failed"; }
  const char* operator()(const TimedOut&) const { return "timed_out"; }
  const char* operator()(const JobCancelled&) const { return "cancelled"; }
  const char* operator()(const InfraFailed&) const { return "infra_failed"; }
};

double seconds(Millis time) { return static_cast<double>(time.value) / 1'000.0; }

// Counters of others, given as their value since the start.
void raise_to(prometheus::Counter& counter, std::uint64_t value) {
  const double more = static_cast<double>(value) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace

struct AgentMetrics::Impl {
  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }

  prometheus::Family<prometheus::Gauge>& build_info =
      prometheus::BuildGauge().Name("farm_agent_build_info").Help("Versions; the value is always 1").Register(registry);
  prometheus::Family<prometheus::Gauge>& buildkit_info =
      prometheus::BuildGauge().Name("farm_agent_buildkit_info").Help("BuildKit's version; the value is always 1").Register(registry);
  prometheus::Gauge* buildkit_now = nullptr;
  std::mutex buildkit_mutex;

  prometheus::Family<prometheus::Counter>& jobs = counters("farm_agent_jobs_total", "Jobs that ended here, by kind and outcome");
  prometheus::Family<prometheus::Histogram>& phases =
      prometheus::BuildHistogram().Name("farm_agent_job_phase_seconds").Help("Time of a job's phases: fetch, run, push").Register(registry);
  prometheus::Counter& fetched = counters("farm_agent_fetched_bytes_total", "Slices and layers fetched for jobs").Add({});
  prometheus::Counter& pushed =
      counters("farm_agent_pushed_bytes_total", "Layers of results, without those of the images below them").Add({});
  prometheus::Family<prometheus::Counter>& steps =
      counters("farm_agent_steps_total", "Dockerfile steps, by whether BuildKit answered them from its cache");
  prometheus::Counter& steps_cached = steps.Add({{"result", "cached"}});
  prometheus::Counter& steps_run = steps.Add({{"result", "run"}});
  prometheus::Counter& log_bytes = counters("farm_agent_log_bytes_total", "Log bytes sent to the coordinator").Add({});
  prometheus::Counter& log_dropped =
      counters("farm_agent_log_dropped_bytes_total", "Log bytes dropped because they could not be sent in time").Add({});
  prometheus::Counter& lost = counters("farm_agent_connections_lost_total", "Connections to the coordinator that broke").Add({});
  prometheus::Family<prometheus::Counter>& lookups =
      counters("farm_agent_slice_cache_lookups_total", "Slices asked of the cache, by result");
  prometheus::Counter& cache_hits = lookups.Add({{"result", "hit"}});
  prometheus::Counter& cache_misses = lookups.Add({{"result", "miss"}});

  prometheus::Gauge& slots = gauge("farm_agent_slots", "Jobs that may run at a time");
  prometheus::Gauge& running = gauge("farm_agent_jobs_running", "Jobs that run now");
  prometheus::Gauge& unacknowledged = gauge("farm_agent_reports_unacknowledged", "Results that the coordinator has not acknowledged yet");
  prometheus::Gauge& connected = gauge("farm_agent_connected", "1 while there is a connection to the coordinator");
  prometheus::Gauge& draining = gauge("farm_agent_draining", "1 while the agent takes nothing new");
  prometheus::Gauge& disk_free = gauge("farm_agent_disk_free_bytes", "Free disk where the agent keeps its state");
  prometheus::Gauge& disk_total = gauge("farm_agent_disk_total_bytes", "Size of that disk");
  prometheus::Gauge& memory_available = gauge("farm_agent_memory_available_bytes", "Memory available on the host");
  prometheus::Gauge& memory_total = gauge("farm_agent_memory_total_bytes", "Memory of the host");
  prometheus::Gauge& load = gauge("farm_agent_load_ratio", "Load average of a minute over cores");
  prometheus::Gauge& cache_bytes = gauge("farm_agent_slice_cache_bytes", "Size of the slice cache");
  prometheus::Gauge& cache_entries = gauge("farm_agent_slice_cache_entries", "Slices in the cache");

  prometheus::Histogram& phase(JobKind kind, const char* name) {
    return phases.Add({{"kind", std::string(to_string(kind))}, {"phase", name}}, kPhaseSeconds);
  }
};

AgentMetrics::AgentMetrics(const std::string& farm_version, const std::string& agent_name) : impl_(std::make_unique<Impl>()) {
  impl_->build_info.Add({{"version", farm_version}, {"agent", agent_name}}).Set(1);
}

AgentMetrics::~AgentMetrics() = default;

void AgentMetrics::job_finished(JobKind kind, const JobOutcome& outcome, const JobTimings& timings) {
  impl_->jobs.Add({{"kind", std::string(to_string(kind))}, {"outcome", std::visit(OutcomeName{}, outcome)}}).Increment();
  impl_->phase(kind, "fetch").Observe(seconds(timings.fetch_ms));
  impl_->phase(kind, "run").Observe(seconds(timings.run_ms));
  impl_->phase(kind, "push").Observe(seconds(timings.push_ms));
  impl_->fetched.Increment(static_cast<double>(timings.fetched_bytes));
  impl_->pushed.Increment(static_cast<double>(timings.pushed_bytes));
  impl_->steps_cached.Increment(timings.steps_cached);
  impl_->steps_run.Increment(timings.steps - std::min(timings.steps, timings.steps_cached));
}

void AgentMetrics::set(const AgentGauges& now) {
  impl_->slots.Set(now.slots);
  impl_->running.Set(now.running);
  impl_->unacknowledged.Set(static_cast<double>(now.reports_unacknowledged));
  impl_->connected.Set(now.connected ? 1 : 0);
  impl_->draining.Set(now.draining ? 1 : 0);
  impl_->disk_free.Set(static_cast<double>(now.disk_free_bytes));
  impl_->disk_total.Set(static_cast<double>(now.disk_total_bytes));
  impl_->memory_available.Set(static_cast<double>(now.memory_available_bytes));
  impl_->memory_total.Set(static_cast<double>(now.memory_total_bytes));
  impl_->load.Set(now.load_permille / 1'000.0);
  impl_->cache_bytes.Set(static_cast<double>(now.slice_cache_bytes));
  impl_->cache_entries.Set(static_cast<double>(now.slice_cache_entries));
  raise_to(impl_->cache_hits, now.slice_cache_hits);
  raise_to(impl_->cache_misses, now.slice_cache_misses);
  raise_to(impl_->log_dropped, now.log_dropped_bytes);
}

void AgentMetrics::set_buildkit_version(const std::string& version) {
  const std::lock_guard lock(impl_->buildkit_mutex);
  if (impl_->buildkit_now != nullptr) impl_->buildkit_info.Remove(impl_->buildkit_now);
  impl_->buildkit_now = &impl_->buildkit_info.Add({{"version", version.empty() ? "unknown" : version}});
  impl_->buildkit_now->Set(1);
}

void AgentMetrics::log_sent(std::uint64_t bytes) { impl_->log_bytes.Increment(static_cast<double>(bytes)); }

void AgentMetrics::connection_lost() { impl_->lost.Increment(); }

std::string AgentMetrics::text() const {
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(impl_->registry.Collect());
}

}  // namespace farm::agent
