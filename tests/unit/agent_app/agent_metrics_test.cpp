#include "agent/metrics/agent_metrics.hpp"

#include <gtest/gtest.h>

namespace farm::agent {
namespace {

bool has(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

TEST(AgentMetrics, JobsAreCountedByKindAndOutcome) {
  AgentMetrics metrics("1.2.3");
  JobTimings timings;
  timings.fetch_ms = Millis{200};
  timings.run_ms = Millis{3'000};
  timings.fetched_bytes = 1'000;
  timings.steps = 5;
  timings.steps_cached = 2;
  metrics.job_finished(JobKind::Deps, Succeeded{}, timings);
  metrics.job_finished(JobKind::Deps, Succeeded{}, timings);
  metrics.job_finished(JobKind::Image, InfraFailed{}, {});
  const std::string text = metrics.text();
  EXPECT_TRUE(has(text, "farm_agent_jobs_total{kind=\"deps\",outcome=\"succeeded\"} 2")) << text;
  EXPECT_TRUE(has(text, "farm_agent_jobs_total{kind=\"image\",outcome=\"infra_failed\"} 1")) << text;
  EXPECT_TRUE(has(text, "farm_agent_job_phase_seconds_count{kind=\"deps\",phase=\"other\"} 2")) << text;
  EXPECT_TRUE(has(text, "farm_agent_fetched_bytes_total 2000")) << text;
  EXPECT_TRUE(has(text, "farm_agent_steps_total{result=\"cached\"} 4")) << text;
  EXPECT_TRUE(has(text, "farm_agent_steps_total{result=\"run\"} 6")) << text;
  EXPECT_TRUE(has(text, "farm_build_info{program=\"agent\",version=\"1.2.3\"} 1")) << text;
}

TEST(AgentMetrics, CountersOfOthersOnlyGrow) {
  AgentMetrics metrics("1.2.3");
  AgentGauges gauges;
  gauges.slots = 3;
  gauges.slice_cache_hits = 5;
  metrics.set(gauges);
  metrics.set(gauges);
  gauges.slice_cache_hits = 7;
  metrics.set(gauges);
  const std::string text = metrics.text();
  EXPECT_TRUE(has(text, "farm_agent_slots 3")) << text;
  EXPECT_TRUE(has(text, "farm_agent_slice_cache_lookups_total{result=\"hit\"} 7")) << text;
}

TEST(AgentMetrics, OneBuildKitVersionIsTold) {
  AgentMetrics metrics("1.2.3");
  metrics.set_buildkit_version("v0.34.1");
  metrics.set_buildkit_version("v0.34.2");
  const std::string text = metrics.text();
  EXPECT_FALSE(has(text, "farm_agent_buildkit_info{version=\"v0.34.1\"} 1")) << text;
  EXPECT_TRUE(has(text, "farm_agent_buildkit_info{version=\"v0.34.2\"} 1")) << text;
}

}  // namespace
}  // namespace farm::agent
