// How long the scheduler takes for a farm far larger than any we know: 10,000 jobs on 500 agents.
#include <benchmark/benchmark.h>

#include <deque>

#include "coordinator/scheduler/scheduler.hpp"

namespace farm::scheduler {
namespace {

constexpr std::size_t kJobs = 10'000;
constexpr std::size_t kAgents = 500;
constexpr std::uint32_t kSlots = 4;

Digest key_of(std::size_t i) {
  Digest key;
  for (std::size_t byte = 0; byte < 8; ++byte) key.bytes[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
  key.bytes[31] = 1;
  return key;
}

protocol::AgentHeartbeat heartbeat(std::size_t agent, std::uint64_t sequence) {
  protocol::AgentHeartbeat beat;
  beat.agent = "agent-" + std::to_string(agent);
  beat.session = Session{1};
  beat.sequence = sequence;
  beat.slots = kSlots;
  beat.platform = "linux/amd64";
  return beat;
}

std::vector<NewJob> many_jobs() {
  std::vector<NewJob> jobs;
  for (std::size_t i = 0; i < kJobs; ++i) {
    NewJob job;
    job.key = key_of(i + 1);
    job.name = "job " + std::to_string(i);
    job.expected_ms = Millis{1'000 + static_cast<std::int64_t>(i * 7'919 % 60'000)};
    job.requirement.platform = "linux/amd64";
    if (i >= 100) job.needs = {key_of(i % 100 + 1)};  // a hundred layers below everything
    jobs.push_back(std::move(job));
  }
  return jobs;
}

struct Crowd {
  Crowd() : scheduler(SchedulerOptions{}) {
    for (std::size_t agent = 0; agent < kAgents; ++agent) keep(scheduler.step(now, AgentHeard{heartbeat(agent, 1), {}}));
    keep(scheduler.step(now, BuildOpened{"t", "client", "big", BuildOptions{0, false, {}, PriorityClass::Normal}}));
    keep(scheduler.step(now, BuildPlanned{scheduler.find_token("t")->id, many_jobs(), now}));
  }
  void keep(const std::vector<Command>& commands) {
    for (const Command& command : commands) {
      if (const auto* start = std::get_if<SendStart>(&command)) running.push_back(*start);
      if (const auto* request = std::get_if<VerifyResult>(&command)) verifications.push_back(*request);
    }
  }
  void finish_one() {
    const SendStart start = running.front();
    running.pop_front();
    keep(scheduler.step(now, JobReported{start.agent, {start.job, start.fence, Succeeded{key_of(7), 1'000'000}, {}, {}}}));
    while (!verifications.empty()) {
      const VerifyResult request = verifications.front();
      verifications.pop_front();
      keep(scheduler.step(now, JobVerified{request.job, request.fence, {}}));
    }
  }

  Instant now{1'000'000};
  Scheduler scheduler;
  std::deque<SendStart> running;
  std::deque<VerifyResult> verifications;
};

// From the submission to the last result: per job, everything the scheduler does for it.
void WholeBuild(benchmark::State& state) {
  for (auto _ : state) {
    Crowd crowd;
    while (!crowd.running.empty()) crowd.finish_one();
    if (!is_final(crowd.scheduler.find_token("t")->state)) state.SkipWithError("the build did not end");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kJobs));
}
BENCHMARK(WholeBuild)->Unit(benchmark::kMillisecond);

// One heartbeat of a busy agent while thousands of jobs wait: 500 of these come per second.
void Heartbeat(benchmark::State& state) {
  Crowd crowd;
  for (int i = 0; i < 100; ++i) crowd.finish_one();
  std::uint64_t sequence = 1;
  for (auto _ : state) {
    protocol::AgentHeartbeat beat = heartbeat(7, ++sequence);
    for (const JobId id : crowd.scheduler.find_agent(beat.agent)->assigned) {
      beat.held.push_back({id, crowd.scheduler.find_job(id)->fence, false, "building", 1});
    }
    benchmark::DoNotOptimize(crowd.scheduler.step(crowd.now, AgentHeard{beat, {}}));
  }
}
BENCHMARK(Heartbeat)->Unit(benchmark::kMicrosecond);

// One Tick while every slot is busy and thousands of jobs wait.
void TickOfABusyFarm(benchmark::State& state) {
  Crowd crowd;
  for (int i = 0; i < 100; ++i) crowd.finish_one();
  for (auto _ : state) benchmark::DoNotOptimize(crowd.scheduler.step(crowd.now, Tick{}));
}
BENCHMARK(TickOfABusyFarm)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace farm::scheduler

BENCHMARK_MAIN();
