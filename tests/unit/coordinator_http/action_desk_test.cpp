#include "coordinator/http/action_desk.hpp"

#include <atomic>
#include <semaphore>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

constexpr Millis kForEver{600'000};

Action cancel(std::uint64_t build) { return {{}, protocol::CancelBuild{BuildId{build}}}; }
std::uint64_t build_of(const Action& action) { return std::get<protocol::CancelBuild>(action.body).build.value; }

TEST(ActionDesk, AnActionIsAnsweredAfterItWasDoneAndShown) {
  std::binary_semaphore woken(0);
  ActionDesk desk([&] { woken.release(); });
  std::atomic<bool> answered{false};
  std::thread asker([&] {
    EXPECT_TRUE(desk.perform(cancel(7), kForEver));
    answered = true;
  });
  woken.acquire();
  std::vector<std::uint64_t> done;
  desk.serve([&](const Action& action) {
    done.push_back(build_of(action));
    return Result<void>{};
  });
  EXPECT_EQ(done, std::vector<std::uint64_t>{7});
  EXPECT_FALSE(answered);
  desk.answer();
  asker.join();
  EXPECT_TRUE(answered);
}

TEST(ActionDesk, TheLoopsErrorIsTheAnswer) {
  std::binary_semaphore woken(0);
  ActionDesk desk([&] { woken.release(); });
  std::thread loop([&] {
    woken.acquire();
    desk.serve([](const Action&) -> Result<void> { return Error{ErrorKind::NotFound, "no such build"}; });
    desk.answer();
  });
  const Result<void> outcome = desk.perform(cancel(1), kForEver);
  loop.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "no such build");
}

TEST(ActionDesk, WhatTheLoopDidNotTakeUpInTimeIsNeverDone) {
  ActionDesk desk([] {});
  const Result<void> outcome = desk.perform(cancel(1), Millis{1});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Timeout);
  desk.serve([](const Action&) {
    ADD_FAILURE() << "its asker was told that nothing was done";
    return Result<void>{};
  });
}

TEST(ActionDesk, SoManyWaitAndNoMore) {
  std::counting_semaphore<kActionsMax> woken(0);
  ActionDesk desk([&] { woken.release(); });
  std::vector<std::thread> askers;
  for (std::size_t i = 0; i < kActionsMax; ++i) askers.emplace_back([&] { EXPECT_TRUE(desk.perform(cancel(1), kForEver)); });
  for (std::size_t i = 0; i < kActionsMax; ++i) woken.acquire();
  const Result<void> one_more = desk.perform(cancel(2), kForEver);
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().kind, ErrorKind::Overloaded);
  std::size_t done = 0;
  desk.serve([&](const Action&) {
    ++done;
    return Result<void>{};
  });
  desk.answer();
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(done, kActionsMax);
}

TEST(ActionDesk, ALoopThatEndsKeepsNobodyWaiting) {
  std::binary_semaphore woken(0);
  ActionDesk desk([&] { woken.release(); });
  Result<void> outcome;
  std::thread asker([&] { outcome = desk.perform(cancel(1), kForEver); });
  woken.acquire();
  desk.close();
  asker.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(desk.perform(cancel(2), kForEver).error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace farm::coordinator
