#include "coordinator/metrics/metrics.hpp"

#include <set>

#include <gtest/gtest.h>

namespace farm::metrics {
namespace {

TEST(MetricTable, FollowsTheConventionsOfPrometheus) {
  std::set<std::string> names;
  std::size_t place = 0;
  for (const MetricRow& row : metric_table()) {
    const std::string name = row.name;
    EXPECT_EQ(static_cast<std::size_t>(row.metric), place++) << name << " is not at its place in the enum";
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(name.starts_with("farm_")) << name;
    EXPECT_EQ(name.ends_with("_total"), row.type == Type::Counter) << name;
    const std::string unit = row.unit;
    EXPECT_TRUE(unit.empty() || name.find("_" + unit) != std::string::npos) << name;
    EXPECT_TRUE(row.type != Type::Histogram || unit == "seconds") << name;
    EXPECT_TRUE(std::string(row.help).ends_with(".")) << name;
    for (const char* label : row.labels) {
      EXPECT_FALSE((std::set<std::string>{"project", "agent", "job", "build", "client"}.contains(label)))
          << name << ": not a small closed set";
    }
  }
}

TEST(Metrics, AreServedInTheTextFormat) {
  Metrics metrics;
  metrics.count(Metric::Jobs, {"deps", "succeeded"});
  metrics.count(Metric::Jobs, {"deps", "succeeded"}, 2);
  metrics.set(Metric::Slots, 7);
  metrics.observe(Metric::JobRunSeconds, 0.2, {"image"});
  const std::string text = metrics.text();
  for (const char* line :
       {"farm_jobs_total{kind=\"deps\",outcome=\"succeeded\"} 3", "farm_slots 7", "# TYPE farm_job_run_seconds histogram",
        "farm_job_run_seconds_bucket{kind=\"image\",le=\"0.1\"} 0", "farm_job_run_seconds_bucket{kind=\"image\",le=\"0.5\"} 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace farm::metrics
