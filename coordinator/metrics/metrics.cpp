#include "coordinator/metrics/metrics.hpp"

#include <map>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "shared/base/assert.hpp"

namespace farm::metrics {
namespace {

const std::vector<MetricRow>& rows() {
  static const std::vector<MetricRow> table = {
      {Metric::BuildInfo, "farm_build_info", Type::Gauge, "", "Always 1; the version of the coordinator is a label.", {"version"}},
      {Metric::Builds, "farm_builds_total", Type::Counter, "", "Builds that ended.", {"outcome"}},
      {Metric::BuildSeconds, "farm_build_seconds", Type::Histogram, "seconds", "From submission to the end of a build.", {"outcome"}},
      {Metric::BuildsOpen, "farm_builds_open", Type::Gauge, "", "Builds that have not ended.", {}},
      {Metric::SubmissionsRefused, "farm_submissions_refused_total", Type::Counter, "", "Submissions that were not let in.", {"cause"}},
      {Metric::Jobs, "farm_jobs_total", Type::Counter, "", "Jobs that ended.", {"kind", "outcome"}},
      {Metric::JobQueueSeconds, "farm_job_queue_seconds", Type::Histogram, "seconds", "From ready to the last assignment.", {"kind"}},
      {Metric::JobFetchSeconds,
       "farm_job_fetch_seconds",
       Type::Histogram,
       "seconds",
       "Fetching slices and laying out the context.",
       {"kind"}},
      {Metric::JobRunSeconds, "farm_job_run_seconds", Type::Histogram, "seconds", "Building, without the push.", {"kind"}},
      {Metric::JobPushSeconds, "farm_job_push_seconds", Type::Histogram, "seconds", "Export and push.", {"kind"}},
      {Metric::FetchedBytes, "farm_fetched_bytes_total", Type::Counter, "bytes", "Slices fetched by agents.", {}},
      {Metric::PushedBytes, "farm_pushed_bytes_total", Type::Counter, "bytes", "Results pushed by agents.", {}},
      {Metric::Results,
       "farm_results_total",
       Type::Counter,
       "",
       "Jobs of submissions whose result was known (hit) or not (miss).",
       {"kind", "result"}},
      {Metric::QueueJobs, "farm_queue_jobs", Type::Gauge, "", "Jobs that are ready and have no slot.", {}},
      {Metric::QueueOldestSeconds, "farm_queue_oldest_seconds", Type::Gauge, "seconds", "Age of the oldest of them.", {}},
      {Metric::Agents, "farm_agents", Type::Gauge, "", "Known agents.", {"state"}},
      {Metric::Slots, "farm_slots", Type::Gauge, "", "Slots of the agents that are up.", {}},
      {Metric::SlotsBusy, "farm_slots_busy", Type::Gauge, "", "Slots in use.", {}},
      {Metric::Retries, "farm_retries_total", Type::Counter, "", "Attempts that failed for the farm's own reasons.", {"cause"}},
      {Metric::AgentsLost, "farm_agents_lost_total", Type::Counter, "", "Times an agent was lost.", {}},
      {Metric::KeysRejected, "farm_keys_rejected_total", Type::Counter, "", "Connections with a key that is not in the book.", {}},
      {Metric::MessagesRefused,
       "farm_messages_refused_total",
       Type::Counter,
       "",
       "Messages that were unreadable or not allowed.",
       {"cause"}},
      {Metric::StepSeconds, "farm_step_seconds", Type::Histogram, "seconds", "One step of the scheduler.", {}},
      {Metric::LoopLagSeconds, "farm_loop_lag_seconds", Type::Histogram, "seconds", "How much later than due the loop's tick came.", {}},
      {Metric::StoreWriteSeconds, "farm_store_write_seconds", Type::Histogram, "seconds", "One durable batch.", {}},
      {Metric::RegistryCallSeconds,
       "farm_registry_call_seconds",
       Type::Histogram,
       "seconds",
       "One piece of work at the registry.",
       {"call", "outcome"}},
      {Metric::RegistryCallsWaiting,
       "farm_registry_calls_waiting",
       Type::Gauge,
       "",
       "Pieces of work at the registry that wait or run.",
       {}},
      {Metric::LogBytes, "farm_log_bytes_total", Type::Counter, "bytes", "Log bytes taken from agents.", {}},
      {Metric::Watchers, "farm_watchers", Type::Gauge, "", "Long polls that wait.", {}},
  };
  return table;
}

// Builds take from tenths of a second to an hour; steps and writes take microseconds to seconds.
const prometheus::Histogram::BucketBoundaries& buckets(Metric metric) {
  static const prometheus::Histogram::BucketBoundaries fine = {0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};
  static const prometheus::Histogram::BucketBoundaries coarse = {0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1'800, 3'600};
  switch (metric) {
    case Metric::StepSeconds:
    case Metric::LoopLagSeconds:
    case Metric::StoreWriteSeconds:
    case Metric::RegistryCallSeconds: return fine;
    default: return coarse;
  }
}

}  // namespace

std::span<const MetricRow> metric_table() { return rows(); }

struct Metrics::Impl {
  prometheus::Registry registry;
  std::map<Metric, prometheus::Family<prometheus::Counter>*> counters;
  std::map<Metric, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<Metric, prometheus::Family<prometheus::Histogram>*> histograms;

  void add(const MetricRow& row) {
    switch (row.type) {
      case Type::Counter:
        counters[row.metric] = &prometheus::BuildCounter().Name(row.name).Help(row.help).Register(registry);
        // 0 before the first event: from no value to 1 is no increase to Prometheus.
        if (row.labels.empty()) counters[row.metric]->Add({});
        return;
      case Type::Gauge: gauges[row.metric] = &prometheus::BuildGauge().Name(row.name).Help(row.help).Register(registry); return;
      case Type::Histogram: histograms[row.metric] = &prometheus::BuildHistogram().Name(row.name).Help(row.help).Register(registry); return;
    }
  }
};

namespace {

std::map<std::string, std::string> named(Metric metric, Metrics::Values values) {
  const std::vector<const char*>& names = rows()[static_cast<std::size_t>(metric)].labels;
  FARM_ASSERT(names.size() == values.size());
  std::map<std::string, std::string> labels;
  std::size_t i = 0;
  for (const std::string_view value : values) labels.emplace(names[i++], value);
  return labels;
}

}  // namespace

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  for (const MetricRow& row : rows()) impl_->add(row);
}
Metrics::~Metrics() = default;

void Metrics::count(Metric metric, Values labels, double by) { impl_->counters.at(metric)->Add(named(metric, labels)).Increment(by); }

void Metrics::set(Metric metric, double value, Values labels) { impl_->gauges.at(metric)->Add(named(metric, labels)).Set(value); }

void Metrics::observe(Metric metric, double value, Values labels) {
  impl_->histograms.at(metric)->Add(named(metric, labels), buckets(metric)).Observe(value);
}

std::string Metrics::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace farm::metrics
