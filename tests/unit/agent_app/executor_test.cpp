#include "agent/app/executor.hpp"

#include <poll.h>

#include <fstream>
#include <future>

#include "tests/unit/agent_app/fake_build.hpp"

namespace farm::agent {
namespace {

struct Story : FakeBed {
  FinishedJob next_finished() {
    while (true) {
      if (std::optional<FinishedJob> finished = executor.take_finished()) return std::move(*finished);
      pollfd wait{waker.fd(), POLLIN, 0};
      EXPECT_EQ(::poll(&wait, 1, 60'000), 1) << "no job ended";
      waker.drain();
    }
  }
  protocol::StartJob job(std::uint64_t id) {
    protocol::StartJob copy = start;
    copy.job = JobId{id};
    copy.fence = Fence{id};
    return copy;
  }
  net::Waker waker;
  LogOutbox outbox;
  Executor executor{*jobs, outbox, waker};
};

TEST(Executor, EachJobEndsInOneReportAndItsLogIsThere) {
  Story story;
  story.buildx.script = [](const exec::ProcessSpec& spec, const exec::ProcessSinks& sinks, const std::stop_token&) {
    sinks.err("plain text with hunter2", false);
    std::ofstream(metadata_path(spec)) << "{\"containerimage.digest\":\"" << kSomeDigest << "\"}";
    return exec::ProcessEnd{};
  };
  protocol::StartJob first = story.job(1);
  first.secrets = {{"token", "hunter2"}};
  story.executor.start(first, Instant{1});
  story.executor.start(story.job(2), Instant{1});
  const FinishedJob one = story.next_finished();
  const FinishedJob two = story.next_finished();
  EXPECT_EQ(one.report.job.value + two.report.job.value, 3U);
  EXPECT_EQ(story.executor.running(), 0U);
  EXPECT_FALSE(story.executor.take_finished());
  const std::vector<protocol::LogChunk> log = story.outbox.take_all({JobId{1}, Fence{1}});
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].bytes, "plain text with ***\n");
}

TEST(Executor, AKilledJobIsCancelledAndTheOtherGoesOn) {
  Story story;
  story.buildx.script = [](const auto&, const auto&, const std::stop_token& stop) { return wait_for_stop(stop); };
  story.executor.start(story.job(1), Instant{1});
  story.executor.start(story.job(2), Instant{1});
  story.executor.kill(JobId{1}, Fence{1});
  story.executor.kill(JobId{1}, Fence{7});
  const FinishedJob finished = story.next_finished();
  EXPECT_EQ(finished.report.job, JobId{1});
  EXPECT_TRUE(std::holds_alternative<JobCancelled>(finished.report.outcome));
  EXPECT_EQ(story.executor.running(), 1U);
}

TEST(Executor, AJobWhoseTimeIsOverIsTimedOut) {
  Story story;
  story.buildx.script = [](const auto&, const auto&, const std::stop_token& stop) { return wait_for_stop(stop); };
  protocol::StartJob start = story.job(1);
  start.timeout = Millis{500};
  story.executor.start(start, Instant{1'000});
  story.executor.check_deadlines(Instant{1'499});
  EXPECT_FALSE(story.executor.take_finished());
  story.executor.check_deadlines(Instant{1'500});
  EXPECT_TRUE(std::holds_alternative<TimedOut>(story.next_finished().report.outcome));
}

TEST(Executor, AFailuresMessageAndTheNamesOfStepsHoldNoSecret) {
  Story story;
  story.buildx.script = [](const auto&, const exec::ProcessSinks& sinks, const auto&) {
    sinks.err(R"({"vertexes":[{"digest":"a","name":"[1/1] RUN login hunter2","started":"2026-11-24T08:00:01Z"}]})", false);
    sinks.err("ERROR: failed to solve: something with hunter2 in it", false);
    exec::ProcessEnd end;
    end.exit_code = 1;
    return end;
  };
  protocol::StartJob start = story.job(1);
  start.secrets = {{"token", "hunter2"}};
  story.executor.start(start, Instant{1});
  const FinishedJob finished = story.next_finished();
  const auto* failed = std::get_if<BuildFailed>(&finished.report.outcome);
  ASSERT_NE(failed, nullptr);
  EXPECT_NE(failed->message.find("something with *** in it"), std::string::npos) << failed->message;
  ASSERT_EQ(finished.report.steps.size(), 1U);
  EXPECT_EQ(finished.report.steps[0].name, "[1/1] RUN login ***");
}

TEST(Executor, WhatAJobDoesHoldsNoSecret) {
  Story story;
  std::promise<void> told;
  story.buildx.script = [&told](const auto&, const exec::ProcessSinks& sinks, const std::stop_token& stop) {
    sinks.err(R"({"vertexes":[{"digest":"a","name":"[1/1] RUN login hunter2","started":"2026-11-24T08:00:01Z"}]})", false);
    told.set_value();
    return wait_for_stop(stop);
  };
  protocol::StartJob start = story.job(1);
  start.secrets = {{"token", "hunter2"}};
  story.executor.start(start, Instant{1});
  told.get_future().wait();
  const std::vector<JobProgress> progress = story.executor.take_progress();
  ASSERT_EQ(progress.size(), 1U);
  EXPECT_NE(progress[0].phase.find("RUN login ***"), std::string::npos) << progress[0].phase;
}

TEST(Executor, TheEndOfTheProcessEndsItsJobs) {
  Story story;
  story.buildx.script = [](const auto&, const auto&, const std::stop_token& stop) { return wait_for_stop(stop); };
  story.executor.start(story.job(1), Instant{1});
}

}  // namespace
}  // namespace farm::agent
