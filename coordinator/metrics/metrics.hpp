// Purpose: the coordinator's metrics: one table of all names (table.cpp), and a thread-safe registry of their values.
// docs/metrics.md is printed from the table; a test holds the two together.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "shared/metrics/registry.hpp"
#include "shared/metrics/table.hpp"

namespace farm::metrics {

enum class Metric : std::uint8_t {
  BuildInfo,
  // Builds.
  Builds,
  BuildSeconds,
  BuildsOpen,
  SubmissionsRefused,
  // Jobs.
  Jobs,
  JobPhaseSeconds,
  JobSlowness,
  Steps,
  Retries,
  QueueJobs,
  QueueOldestSeconds,
  // Caches.
  Results,
  ResultMisses,
  SavedBytes,
  SavedSeconds,
  FetchedBytes,
  PushedBytes,
  Slices,
  SliceBytes,
  RegistryUp,
  RegistryBytes,
  RegistryEntries,
  // Agents.
  Agents,
  AgentsLost,
  Slots,
  SlotsBusy,
  AgentUp,
  AgentHeartbeatAge,
  AgentAssignedJobs,
  AgentSpeed,
  // Per project and service.
  ProjectBuilds,
  ProjectBuildSeconds,
  ProjectNewestBuild,
  ProjectNewestSeconds,
  ProjectSlowness,
  ServiceResults,
  ProjectJobSeconds,
  ProjectJobMisses,
  // The coordinator itself.
  KeysRejected,
  MessagesRefused,
  HttpDenied,
  LogBytes,
  Watchers,
  StepSeconds,
  LoopLagSeconds,
  RegistryCallSeconds,
  RegistryCallsWaiting,
  StoreWriteSeconds,
  StoreBytes,
  StoreKeys,
  StoreUnreadable,
  StoreMemtableBytes,
  StoreCacheBytes,
  StorePendingCompactionBytes,
  StoreCompactionsRunning,
  StoreBackgroundErrors,
  StoreWriteStopped,
  StoreDiskFreeBytes,
  StoreDiskTotalBytes,
  Process,  // the first of kProcessRows
};

// In the order of the enum, then what every process tells of itself.
std::span<const Row> metric_table();

class Metrics {
 public:
  Metrics() : registry_(metric_table()) {}

  using Values = Registry::Values;  // of the row's labels, in its order
  void count(Metric metric, Values labels = {}, double by = 1) { registry_.count(id(metric), labels, by); }
  void set(Metric metric, double value, Values labels = {}) { registry_.set(id(metric), labels, value); }
  void observe(Metric metric, double value, Values labels = {}) { registry_.observe(id(metric), labels, value); }
  void keep_only(Metric metric, const std::set<std::string, std::less<>>& values) { registry_.keep_only(id(metric), values); }

  // The text format of version 0.0.4, with this process's figures as they are now.
  [[nodiscard]] std::string text() const;

 private:
  static std::size_t id(Metric metric) { return static_cast<std::size_t>(metric); }
  mutable Registry registry_;  // thread-safe; text() refreshes the process's figures
};

}  // namespace farm::metrics
