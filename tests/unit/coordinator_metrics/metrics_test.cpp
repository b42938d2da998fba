#include "coordinator/metrics/metrics.hpp"

#include <gtest/gtest.h>

namespace farm::metrics {
namespace {

TEST(Metrics, AreServedInTheTextFormat) {
  Metrics metrics;
  metrics.count(Metric::Jobs, {"deps", "succeeded"});
  metrics.count(Metric::Jobs, {"deps", "succeeded"}, 2);
  metrics.set(Metric::Slots, 7);
  metrics.observe(Metric::JobPhaseSeconds, 0.2, {"image", "push"});
  const std::string text = metrics.text();
  for (const char* line :
       {"farm_jobs_total{kind=\"deps\",outcome=\"succeeded\"} 3", "farm_slots 7", "# TYPE farm_job_phase_seconds histogram",
        "farm_job_phase_seconds_bucket{kind=\"image\",phase=\"push\",le=\"0.1\"} 0",
        "farm_job_phase_seconds_bucket{kind=\"image\",phase=\"push\",le=\"0.25\"} 1", "# TYPE process_cpu_seconds_total counter"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(Metrics, TellOfTheirOwnProcess) {
  const Metrics metrics;
  EXPECT_EQ(metrics.text().find("process_start_time_seconds 0\n"), std::string::npos);
  EXPECT_EQ(metrics.text().find("process_resident_memory_bytes 0\n"), std::string::npos);
}

}  // namespace
}  // namespace farm::metrics
