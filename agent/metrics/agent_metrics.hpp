// Purpose: the agent's metrics: one table of all names, and their values. Names, units and labels are an interface: dashboards and alerts
// use them; docs/metrics.md is printed from the table. Thread-safe: the loop writes, the HTTP server's threads read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "shared/metrics/registry.hpp"
#include "shared/metrics/table.hpp"
#include "shared/model/job.hpp"
#include "shared/model/outcome.hpp"

namespace farm::agent {

std::span<const metrics::Row> metric_table();

// What is true now; the loop sets it all at once.
struct AgentGauges {
  std::uint32_t slots = 0;
  std::uint32_t running = 0;
  std::uint64_t reports_unacknowledged = 0;
  bool connected = false;
  bool draining = false;
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint32_t load_permille = 0;
  std::uint64_t slice_cache_bytes = 0;
  std::uint64_t slice_cache_entries = 0;
  std::uint64_t slice_cache_hits = 0;    // since the start
  std::uint64_t slice_cache_misses = 0;  // since the start
  std::uint64_t log_dropped_bytes = 0;   // since the start
  std::uint64_t buildkit_bytes = 0;      // as last asked; 0: not known yet
};

class AgentMetrics {
 public:
  explicit AgentMetrics(const std::string& farm_version);

  void job_finished(JobKind kind, const JobOutcome& outcome, const JobTimings& timings);
  void set(const AgentGauges& gauges);
  void set_buildkit_version(const std::string& version);
  void log_sent(std::uint64_t bytes);
  void connection_lost();
  // The text format of version 0.0.4, with this process's figures as they are now.
  [[nodiscard]] std::string text() const;

 private:
  mutable metrics::Registry registry_;  // thread-safe; text() refreshes the process's figures
};

}  // namespace farm::agent
