// Purpose: the agent's metrics and their Prometheus text. Names, units and labels are an interface: dashboards use
// them. Thread-safe: the loop writes, the HTTP server's threads read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/model/job.hpp"
#include "shared/model/outcome.hpp"

namespace farm::agent {

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
};

class AgentMetrics {
 public:
  AgentMetrics(const std::string& farm_version, const std::string& agent_name);
  ~AgentMetrics();
  AgentMetrics(const AgentMetrics&) = delete;
  AgentMetrics& operator=(const AgentMetrics&) = delete;

  void job_finished(JobKind kind, const JobOutcome& outcome, const JobTimings& timings);
  void set(const AgentGauges& gauges);
  void set_buildkit_version(const std::string& version);
  void log_sent(std::uint64_t bytes);
  void connection_lost();
  // The text exposition format.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::agent
