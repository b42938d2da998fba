#include "coordinator/metrics/observe.hpp"

#include <gtest/gtest.h>

#include <map>

namespace farm::metrics {
namespace {

bool has(const Metrics& metrics, const std::string& line) { return metrics.text().find(line) != std::string::npos; }

TEST(CauseClass, IsASmallClosedSet) {
  EXPECT_EQ(cause_class("the registry is full"), "registry");
  EXPECT_EQ(cause_class("agent alpha was lost: no heartbeat for 5 s"), "agent_lost");
  EXPECT_EQ(cause_class("its result could not be verified: no answer from the registry"), "verification");
  EXPECT_EQ(cause_class("anything else, with the name of a project"), "other");
}

TEST(ObserveState, CountsAgentsBySlotAndState) {
  Metrics metrics;
  scheduler::Scheduler scheduler({});
  protocol::AgentHeartbeat heartbeat;
  heartbeat.agent = "alpha";
  heartbeat.session = Session{1};
  heartbeat.sequence = 1;
  heartbeat.slots = 3;
  heartbeat.platform = "linux/amd64";
  scheduler.step(Instant{1'000}, scheduler::AgentHeard{heartbeat, ""});
  observe_state(metrics, scheduler, Instant{1'000});
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"up\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"lost\"} 0")) << "states without agents are zeros, not gaps";
  EXPECT_TRUE(has(metrics, "farm_slots 3"));
  scheduler.step(Instant{100'000}, scheduler::Tick{});
  observe_state(metrics, scheduler, Instant{100'000});
  EXPECT_TRUE(has(metrics, "farm_agents{state=\"lost\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_slots 0"));
}

TEST(ObserveCommands, CountsEndedBuildsAndRefusals) {
  Metrics metrics;
  scheduler::SchedulerOptions options;
  options.builds_open_max = 1;
  scheduler::Scheduler scheduler(options);
  const auto step = [&](const scheduler::Event& event) { observe_commands(metrics, scheduler, scheduler.step(Instant{1'000}, event)); };
  step(scheduler::BuildOpened{"a", "dev", "market", {}});
  step(scheduler::BuildOpened{"b", "dev", "market", {}});
  step(scheduler::BuildPlanned{scheduler.find_token("a")->id, {}, Instant{1'000}});
  EXPECT_TRUE(has(metrics, "farm_builds_total{outcome=\"succeeded\"} 1"));
  EXPECT_TRUE(has(metrics, "farm_submissions_refused_total{cause=\"overloaded\"} 1")) << metrics.text();
}

// A farm with one agent, which runs one job of a build: as the coordinator does it, event by event.
struct OneJob {
  Metrics metrics;
  scheduler::Scheduler scheduler{scheduler::SchedulerOptions{}};
  Instant now{10'000};
  std::uint64_t sequence = 0;

  std::vector<scheduler::Command> step(const scheduler::Event& event) {
    std::vector<scheduler::Command> commands = scheduler.step(now, event);
    observe_commands(metrics, scheduler, commands);
    return commands;
  }
  void beat(std::vector<protocol::HeldJob> held = {}) {
    protocol::AgentHeartbeat heartbeat;
    heartbeat.agent = "alpha";
    heartbeat.session = Session{1};
    heartbeat.sequence = ++sequence;
    heartbeat.slots = 1;
    heartbeat.platform = "linux/amd64";
    heartbeat.disk_free_bytes = heartbeat.disk_total_bytes = 1ULL << 40U;
    heartbeat.held = std::move(held);
    step(scheduler::AgentHeard{heartbeat, ""});
  }
  void run(const std::string& token, Millis expected, const JobTimings& timings) {
    step(scheduler::BuildOpened{token, "dev", "market", {}});
    scheduler::NewJob job;
    job.key.bytes[0] = static_cast<std::uint8_t>(token[0]);
    job.kind = JobKind::Image;
    job.name = "image api";
    job.expected_ms = expected;
    const BuildId build = scheduler.find_token(token)->id;
    beat();
    now = now + Millis{100};
    step(scheduler::BuildPlanned{build, {job}, now});
    const JobId id = scheduler.find_build(build)->jobs.front();
    const Fence fence = scheduler.find_job(id)->fence;
    ASSERT_NE(fence, Fence{});
    now = now + Millis{5'000};
    beat({{id, fence, true, "", 0}});
    protocol::JobReport report;
    report.job = id;
    report.fence = fence;
    report.outcome = Succeeded{};
    report.timings = timings;
    step(scheduler::JobReported{"alpha", report});
    step(scheduler::JobVerified{id, fence, {}});
  }
};

JobTimings some_timings() {
  JobTimings timings;
  timings.fetch_ms = Millis{500};
  timings.run_ms = Millis{3'000};
  timings.push_ms = Millis{500};
  timings.compile_ms = Millis{2'000};
  timings.export_ms = Millis{300};
  timings.fetched_bytes = 11;
  timings.pushed_bytes = 7;
  timings.steps = 5;
  timings.steps_cached = 2;
  return timings;
}

TEST(ObserveCommands, SplitsAJobsTimeIntoItsPhases) {
  OneJob farm;
  farm.run("a", Millis{0}, some_timings());
  const auto phase = [](const std::string& name) { return "{kind=\"image\",phase=\"" + name + "\"} "; };
  for (const auto& [name, seconds] : std::map<std::string, std::string>{
           {"fetch", "0.5"}, {"compile", "2"}, {"other", "1"}, {"export", "0.3"}, {"push", "0.2"}, {"cook", "0"}}) {
    EXPECT_TRUE(has(farm.metrics, "farm_job_phase_seconds_sum" + phase(name) + seconds + "\n")) << name << "\n" << farm.metrics.text();
  }
  EXPECT_TRUE(has(farm.metrics, "farm_job_phase_seconds_count" + phase("cook") + "0\n")) << "a phase that was not is not observed";
  EXPECT_TRUE(has(farm.metrics, "farm_project_job_seconds_total{farm_job=\"image api\",phase=\"compile\",project=\"market\"} 2\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_steps_total{kind=\"image\",result=\"cached\"} 2\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_steps_total{kind=\"image\",result=\"run\"} 3\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_fetched_bytes_total{kind=\"image\"} 11\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_pushed_bytes_total{kind=\"image\"} 7\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_project_builds_total{outcome=\"succeeded\",project=\"market\"} 1\n"));
}

TEST(ObserveCommands, ComparesAJobAndItsBuildWithTheirHistoryAlone) {
  OneJob farm;
  farm.run("a", Millis{0}, some_timings());
  EXPECT_TRUE(has(farm.metrics, "farm_job_slowness_ratio_count{kind=\"image\"} 0\n")) << "no history";
  EXPECT_FALSE(has(farm.metrics, "farm_project_slowness_ratio{"));
  farm.run("b", Millis{100}, some_timings());
  EXPECT_TRUE(has(farm.metrics, "farm_job_slowness_ratio_count{kind=\"image\"} 0\n")) << "too short to say anything";
  farm.run("c", Millis{1'000}, some_timings());
  EXPECT_TRUE(has(farm.metrics, "farm_job_slowness_ratio_sum{kind=\"image\"} 4\n")) << farm.metrics.text();
  EXPECT_TRUE(has(farm.metrics, "farm_project_slowness_ratio{project=\"market\"} 4\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_project_newest_build{project=\"market\"} 3\n"));
}

TEST(ObserveState, AnAgentHasSeriesAsLongAsTheSchedulerKnowsIt) {
  OneJob farm;
  farm.beat();
  farm.now = farm.now + Millis{2'000};
  observe_state(farm.metrics, farm.scheduler, farm.now);
  EXPECT_TRUE(has(farm.metrics, "farm_agent_up{agent=\"alpha\"} 1\n"));
  EXPECT_TRUE(has(farm.metrics, "farm_agent_heartbeat_age_seconds{agent=\"alpha\"} 2\n"));
  farm.now = farm.now + Millis{10'000};
  farm.step(scheduler::Tick{});
  observe_state(farm.metrics, farm.scheduler, farm.now);
  EXPECT_TRUE(has(farm.metrics, "farm_agent_up{agent=\"alpha\"} 0\n"));
  farm.now = farm.now + scheduler::SchedulerOptions{}.agent_forget;
  farm.step(scheduler::Tick{});
  observe_state(farm.metrics, farm.scheduler, farm.now);
  EXPECT_FALSE(has(farm.metrics, "agent=\"alpha\""));
}

TEST(ObserveAdmission, CountsHitsWithWhatTheySavedAndMissesWithTheirCause) {
  Metrics metrics;
  Plan plan;
  plan.project = "market";
  plan.jobs.resize(3);
  plan.jobs[0].kind = JobKind::Deps;
  plan.jobs[1].name = "image api";
  admission::Admission admission;
  admission.jobs.resize(3);
  admission.jobs[0].need = admission::Need::Hit;
  admission.jobs[1].need = admission::Need::Needed;
  admission.jobs[1].cause = admission::Cause::Source;
  observe_admission(metrics, plan, admission, [](const JobSpec& job, const Digest&) {
    EXPECT_EQ(job.kind, JobKind::Deps) << "only hits are asked for";
    return Saved{1'000, Millis{90'000}};
  });
  EXPECT_TRUE(has(metrics, "farm_results_total{kind=\"deps\",result=\"hit\"} 1\n"));
  EXPECT_TRUE(has(metrics, "farm_results_total{kind=\"image\",result=\"miss\"} 1\n")) << "what is not needed is no lookup";
  EXPECT_TRUE(has(metrics, "farm_result_misses_total{cause=\"source\",kind=\"image\"} 1\n"));
  EXPECT_TRUE(has(metrics, "farm_project_job_misses_total{cause=\"source\",farm_job=\"image api\",project=\"market\"} 1\n"));
  EXPECT_TRUE(has(metrics, "farm_project_builds_total{outcome=\"failed\",project=\"market\"} 0\n")) << "before it ends";
  EXPECT_TRUE(has(metrics, "farm_saved_bytes_total{kind=\"deps\"} 1000\n"));
  EXPECT_TRUE(has(metrics, "farm_saved_seconds_total{kind=\"deps\"} 90\n"));
}

TEST(ObserveServices, CountsEachServiceByItsResult) {
  Metrics metrics;
  BuildStatus status;
  status.project = "market";
  status.services.resize(2);
  status.services[0].service = "api";
  status.services[0].result = ServiceResult::Hit;
  status.services[1].service = "web";
  status.services[1].result = ServiceResult::Failed;
  observe_services(metrics, status);
  EXPECT_TRUE(has(metrics, "farm_service_results_total{project=\"market\",result=\"hit\",service=\"api\"} 1\n"));
  EXPECT_TRUE(has(metrics, "farm_service_results_total{project=\"market\",result=\"failed\",service=\"web\"} 1\n"));
}

}  // namespace
}  // namespace farm::metrics
