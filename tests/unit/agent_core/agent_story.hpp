// Purpose: an agent machine's test as a short story. Heartbeats are kept apart; every other command must be taken by the test.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "agent/core/agent_machine.hpp"

namespace farm::agent {

class AgentStory {
 public:
  explicit AgentStory(std::uint32_t slots = 1) : machine_(options_for(slots)) {}
  ~AgentStory() {
    for (const Execute& run : runs) ADD_FAILURE() << "job " << run.start.job.value << " was executed";
    for (const Kill& kill : kills) ADD_FAILURE() << "job " << kill.job.value << " was killed: " << kill.reason;
    for (const SendReport& report : reports) ADD_FAILURE() << "job " << report.report.job.value << " was reported";
    if (reconnects != 0) ADD_FAILURE() << reconnects << " reconnects";
    if (exits != 0) ADD_FAILURE() << "it left";
  }

  static AgentOptions options_for(std::uint32_t slots) {
    AgentOptions options;
    options.name = "a1";
    options.session = Session{7};
    options.slots = slots;
    options.platform = "linux/amd64";
    options.labels = {"gpu"};
    return options;
  }

  AgentStory& does(const AgentEvent& event) {
    for (AgentCommand& command : machine_.step(now_, event)) {
      if (auto* run = std::get_if<Execute>(&command)) runs.push_back(*run);
      if (auto* kill = std::get_if<Kill>(&command)) kills.push_back(*kill);
      if (auto* beat = std::get_if<SendHeartbeat>(&command)) beats.push_back(beat->heartbeat);
      if (auto* report = std::get_if<SendReport>(&command)) reports.push_back(*report);
      if (auto* clean = std::get_if<CleanCache>(&command)) cleans.push_back(*clean);
      if (auto* pruned = std::get_if<SendPruned>(&command)) pruneds.push_back(*pruned);
      reconnects += std::holds_alternative<Reconnect>(command) ? 1 : 0;
      exits += std::holds_alternative<Exit>(command) ? 1 : 0;
    }
    return *this;
  }
  AgentStory& waits(Millis time, bool answered = true) {
    for (const Instant end = now_ + time; now_ < end;) {
      now_ = std::min(end, now_ + Millis{250});
      does(Tick{});
      if (answered) does(protocol::HeartbeatAnswer{});
    }
    return *this;
  }
  AgentStory& is_given(std::uint64_t job, std::uint64_t fence) {
    protocol::StartJob start;
    start.job = JobId{job};
    start.fence = Fence{fence};
    return does(start);
  }
  AgentStory& finishes(std::uint64_t job, std::uint64_t fence, JobOutcome outcome = Succeeded{}) {
    return does(JobFinished{{JobId{job}, Fence{fence}, std::move(outcome), {}, {}}});
  }
  AgentStory& cancels(std::uint64_t job, std::uint64_t fence) { return does(protocol::CancelJob{JobId{job}, Fence{fence}, "not wanted"}); }
  AgentStory& acks(std::uint64_t job, std::uint64_t fence) { return does(protocol::AckReport{JobId{job}, Fence{fence}}); }

  void expects_run(std::uint64_t job, std::uint64_t fence) {
    ASSERT_FALSE(runs.empty()) << "nothing was executed";
    EXPECT_EQ(runs.front().start.job, JobId{job});
    EXPECT_EQ(runs.front().start.fence, Fence{fence});
    runs.pop_front();
  }
  void expects_kill(std::uint64_t fence) {
    ASSERT_FALSE(kills.empty()) << "nothing was killed";
    EXPECT_EQ(kills.front().fence, Fence{fence});
    kills.pop_front();
  }
  void expects_report(std::uint64_t fence) {
    ASSERT_FALSE(reports.empty()) << "nothing was reported";
    EXPECT_EQ(reports.front().report.fence, Fence{fence});
    reports.pop_front();
  }
  [[nodiscard]] std::string held() const {  // by the newest heartbeat: "3/9 building, 4/10 finished"
    std::string text;
    for (const protocol::HeldJob& held : beats.back().held) {
      text +=
          (text.empty() ? "" : ", ") + to_string(held.job) + "/" + to_string(held.fence) + " " + (held.finished ? "finished" : held.phase);
    }
    return text;
  }
  [[nodiscard]] const AgentMachine& machine() const { return machine_; }

  std::deque<Execute> runs;
  std::deque<Kill> kills;
  std::deque<SendReport> reports;
  std::vector<protocol::AgentHeartbeat> beats;
  std::vector<CleanCache> cleans;
  std::vector<SendPruned> pruneds;
  int reconnects = 0;
  int exits = 0;

 private:
  AgentMachine machine_;
  Instant now_{1'000'000};
};

}  // namespace farm::agent
