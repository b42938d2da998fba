// Purpose: the coordinator's metrics: one table of all names, and a thread-safe registry of their values in Prometheus' text format.
// Conventions: base units in the name (_seconds, _bytes), _total for counters, labels from small closed sets (never a project, job or
// agent).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farm::metrics {

enum class Metric : std::uint8_t {
  BuildInfo,
  Builds,
  BuildSeconds,
  BuildsOpen,
  SubmissionsRefused,
  Jobs,
  JobQueueSeconds,
  JobFetchSeconds,
  JobRunSeconds,
  JobPushSeconds,
  FetchedBytes,
  PushedBytes,
  Results,
  QueueJobs,
  QueueOldestSeconds,
  Agents,
  Slots,
  SlotsBusy,
  Retries,
  AgentsLost,
  KeysRejected,
  MessagesRefused,
  StepSeconds,
  LoopLagSeconds,
  StoreWriteSeconds,
  RegistryCallSeconds,
  RegistryCallsWaiting,
  LogBytes,
  Watchers,
};

enum class Type : std::uint8_t { Counter, Gauge, Histogram };

struct MetricRow {
  Metric metric;
  const char* name;
  Type type;
  const char* unit;  // "", "seconds", "bytes"
  const char* help;
  std::vector<const char*> labels;
};

// In the order of the enum.
std::span<const MetricRow> metric_table();

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  using Values = std::initializer_list<std::string_view>;  // of the row's labels, in its order
  void count(Metric metric, Values labels = {}, double by = 1);
  void set(Metric metric, double value, Values labels = {});
  void observe(Metric metric, double value, Values labels = {});  // seconds

  // The text format of version 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::metrics
