#include "shared/model/status.hpp"

#include <gtest/gtest.h>

#include <set>

namespace farm {
namespace {

TEST(Status, EveryStateHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i <= 7; ++i) words.insert(to_string(static_cast<JobState>(i)));
  EXPECT_EQ(words.size(), 8U);
  EXPECT_FALSE(words.contains("unknown"));
  words.clear();
  for (int i = 0; i <= 4; ++i) words.insert(to_string(static_cast<BuildState>(i)));
  EXPECT_EQ(words.size(), 5U);
  words.clear();
  for (int i = 0; i <= 5; ++i) words.insert(to_string(static_cast<ServiceResult>(i)));
  EXPECT_EQ(words.size(), 6U);
}

TEST(Status, WhatIsOverIsFinal) {
  for (const JobState state : {JobState::Waiting, JobState::Assigned, JobState::Verifying}) EXPECT_FALSE(is_final(state));
  for (const JobState state : {JobState::Succeeded, JobState::Failed, JobState::Skipped, JobState::Cancelled, JobState::Hit})
    EXPECT_TRUE(is_final(state));
  EXPECT_FALSE(is_final(BuildState::WaitingForSlices) || is_final(BuildState::Running));
  for (const BuildState state : {BuildState::Succeeded, BuildState::Failed, BuildState::Cancelled}) EXPECT_TRUE(is_final(state));
}

}  // namespace
}  // namespace farm
