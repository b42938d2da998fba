#include "agent/metrics/agent_metrics.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "shared/metrics/process.hpp"

namespace farm::agent {
namespace {

using metrics::Buckets;
using metrics::Label;
using metrics::Row;
using metrics::Type;

enum Id : std::size_t {
  kBuildInfo,
  kBuildkitInfo,
  kJobs,
  kPhaseSeconds,
  kSteps,
  kFetchedBytes,
  kPushedBytes,
  kSliceLookups,
  kSliceBytes,
  kSliceEntries,
  kBuildkitBytes,
  kSlots,
  kRunning,
  kUnacknowledged,
  kConnected,
  kConnectionsLost,
  kDraining,
  kDiskFree,
  kDiskTotal,
  kMemoryAvailable,
  kMemoryTotal,
  kLoad,
  kLogBytes,
  kLogDropped,
  kProcess,  // the first of kProcessRows
};

std::vector<Row> make_table() {
  const Label kind{"kind", {"deps", "crates", "compile", "image"}};
  const Label outcome{"outcome", {"succeeded", "build_failed", "timed_out", "cancelled", "infra_failed"}};
  const Label phase{"phase", {"fetch", "cook", "compile", "other", "export", "push"}};
  const Label version{"version", {}, 4};
  const auto counter = [](Id id, const char* name, const char* unit, const char* help, std::vector<Label> labels = {}) {
    return Row{id, name, Type::Counter, unit, help, std::move(labels), Buckets::None};
  };
  const auto gauge = [](Id id, const char* name, const char* unit, const char* help, std::vector<Label> labels = {}) {
    return Row{id, name, Type::Gauge, unit, help, std::move(labels), Buckets::None};
  };
  std::vector<Row> rows = {
      gauge(kBuildInfo, "farm_build_info", "", "Always 1; which program, in which version.", {Label{"program", {"agent"}}, version}),
      gauge(kBuildkitInfo, "farm_agent_buildkit_info", "", "Always 1; the version of BuildKit that answers now.", {version}),
      counter(kJobs, "farm_agent_jobs_total", "", "Jobs that ended here.", {kind, outcome}),
      {kPhaseSeconds,
       "farm_agent_job_phase_seconds",
       Type::Histogram,
       "seconds",
       "Time of the phases of jobs that ended here, however they ended; phases as in farm_job_phase_seconds.",
       {kind, phase},
       Buckets::Coarse},
      counter(kSteps, "farm_agent_steps_total", "", "Dockerfile steps, by whether BuildKit answered them from its cache.",
              {Label{"result", {"cached", "run"}}}),
      counter(kFetchedBytes, "farm_agent_fetched_bytes_total", "bytes", "Slices and layers fetched for jobs."),
      counter(kPushedBytes, "farm_agent_pushed_bytes_total", "bytes", "Layers of results, without those of the images below them."),
      counter(kSliceLookups, "farm_agent_slice_cache_lookups_total", "", "Slices asked of the agent's cache.",
              {Label{"result", {"hit", "miss"}}}),
      gauge(kSliceBytes, "farm_agent_slice_cache_bytes", "bytes", "Size of the slice cache."),
      gauge(kSliceEntries, "farm_agent_slice_cache_entries", "", "Slices in the cache."),
      gauge(kBuildkitBytes, "farm_agent_buildkit_cache_bytes", "bytes", "Size of BuildKit's cache as it last told; 0: not known yet."),
      gauge(kSlots, "farm_agent_slots", "", "Jobs that may run at a time."),
      gauge(kRunning, "farm_agent_jobs_running", "", "Jobs that run now."),
      gauge(kUnacknowledged, "farm_agent_reports_unacknowledged", "", "Results that the coordinator has not acknowledged yet."),
      gauge(kConnected, "farm_agent_connected", "", "1 while there is a connection to the coordinator, else 0."),
      counter(kConnectionsLost, "farm_agent_connections_lost_total", "", "Connections to the coordinator that broke."),
      gauge(kDraining, "farm_agent_draining", "", "1 while the agent takes nothing new, else 0."),
      gauge(kDiskFree, "farm_agent_disk_free_bytes", "bytes", "Free disk where the agent keeps its state."),
      gauge(kDiskTotal, "farm_agent_disk_total_bytes", "bytes", "Size of that disk."),
      gauge(kMemoryAvailable, "farm_agent_memory_available_bytes", "bytes", "Memory of the host that programs could still get."),
      gauge(kMemoryTotal, "farm_agent_memory_total_bytes", "bytes", "Memory of the host."),
      gauge(kLoad, "farm_agent_load_ratio", "ratio", "Load average of a minute over cores."),
      counter(kLogBytes, "farm_agent_log_bytes_total", "bytes", "Log bytes sent to the coordinator."),
      counter(kLogDropped, "farm_agent_log_dropped_bytes_total", "bytes", "Log bytes dropped because they could not be sent in time."),
  };
  for (Row& row : metrics::process_rows(kProcess)) rows.push_back(std::move(row));
  return rows;
}

struct OutcomeName {
  const char* operator()(const Succeeded&) const { return "succeeded"; }
  const char* operator()(const BuildFailed&) const { return "build_failed"; }
  const char* operator()(const TimedOut&) const { return "timed_out"; }
  const char* operator()(const JobCancelled&) const { return "cancelled"; }
  const char* operator()(const InfraFailed&) const { return "infra_failed"; }
};

double seconds(Millis time) { return static_cast<double>(time.value) / 1'000.0; }

}  // namespace

std::span<const Row> metric_table() {
  static const std::vector<Row> table = make_table();
  return table;
}

AgentMetrics::AgentMetrics(const std::string& farm_version) : registry_(metric_table()) {
  registry_.set(kBuildInfo, {"agent", farm_version}, 1);
}

void AgentMetrics::job_finished(JobKind kind, const JobOutcome& outcome, const JobTimings& timings) {
  const std::string_view kind_name = to_string(kind);
  registry_.count(kJobs, {kind_name, std::visit(OutcomeName{}, outcome)});
  const auto phase = [&](std::string_view name, Millis time) {
    if (time.value > 0) registry_.observe(kPhaseSeconds, {kind_name, name}, seconds(time));
  };
  phase("fetch", timings.fetch_ms);
  phase("cook", timings.cook_ms);
  phase("compile", timings.compile_ms);
  phase("other", timings.run_ms - timings.cook_ms - timings.compile_ms);
  phase("export", timings.export_ms);
  phase("push", timings.push_ms - timings.export_ms);
  registry_.count(kFetchedBytes, {}, static_cast<double>(timings.fetched_bytes));
  registry_.count(kPushedBytes, {}, static_cast<double>(timings.pushed_bytes));
  registry_.count(kSteps, {"cached"}, timings.steps_cached);
  registry_.count(kSteps, {"run"}, timings.steps - std::min(timings.steps, timings.steps_cached));
}

void AgentMetrics::set(const AgentGauges& now) {
  const auto gauge = [this](Id id, auto value) { registry_.set(id, {}, static_cast<double>(value)); };
  gauge(kSlots, now.slots);
  gauge(kRunning, now.running);
  gauge(kUnacknowledged, now.reports_unacknowledged);
  gauge(kConnected, now.connected ? 1 : 0);
  gauge(kDraining, now.draining ? 1 : 0);
  gauge(kDiskFree, now.disk_free_bytes);
  gauge(kDiskTotal, now.disk_total_bytes);
  gauge(kMemoryAvailable, now.memory_available_bytes);
  gauge(kMemoryTotal, now.memory_total_bytes);
  gauge(kLoad, now.load_permille / 1'000.0);
  gauge(kSliceBytes, now.slice_cache_bytes);
  gauge(kSliceEntries, now.slice_cache_entries);
  gauge(kBuildkitBytes, now.buildkit_bytes);
  registry_.raise_to(kSliceLookups, {"hit"}, static_cast<double>(now.slice_cache_hits));
  registry_.raise_to(kSliceLookups, {"miss"}, static_cast<double>(now.slice_cache_misses));
  registry_.raise_to(kLogDropped, {}, static_cast<double>(now.log_dropped_bytes));
}

void AgentMetrics::set_buildkit_version(const std::string& version) {
  const std::string shown = version.empty() ? "unknown" : version;
  registry_.set(kBuildkitInfo, {shown}, 1);
  registry_.keep_only(kBuildkitInfo, {shown});
}

void AgentMetrics::log_sent(std::uint64_t bytes) { registry_.count(kLogBytes, {}, static_cast<double>(bytes)); }

void AgentMetrics::connection_lost() { registry_.count(kConnectionsLost); }

std::string AgentMetrics::text() const {
  metrics::set_process(registry_, kProcess, metrics::read_process());
  return registry_.text();
}

}  // namespace farm::agent
