#include "farmctl/render/log_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace farm::ctl {
namespace {

TEST(LogText, PartsThatFollowEachOtherAreTheLog) {
  LogText log;
  EXPECT_EQ(log.add(0, "one\ntw"), "one\ntw");
  EXPECT_EQ(log.add(6, "o\n"), "o\n");
  EXPECT_EQ(log.add(8, ""), "");
  EXPECT_EQ(log.end(), 8U);
}

TEST(LogText, WhatCameAlreadyIsLeftOut) {
  LogText log;
  (void)log.add(0, "one\ntwo\n");
  EXPECT_EQ(log.add(0, "one\n"), "");
  EXPECT_EQ(log.add(4, "two\nthree\n"), "three\n");
  EXPECT_EQ(log.end(), 14U);
}

TEST(LogText, AGapIsALineOfItsOwn) {
  LogText log;
  EXPECT_EQ(log.add(5, "five\n"), "[5 B are missing here]\nfive\n");
  EXPECT_EQ(log.add(10, "half"), "half");
  EXPECT_EQ(log.add(2'014, "end\n"), "\n[2.0 kB are missing here]\nend\n");
}

TEST(LogText, HoweverFarAPartLiesAheadItTakesNoMoreThanItsBytes) {
  LogText log;
  const std::uint64_t far = std::numeric_limits<std::uint64_t>::max() - 100;
  EXPECT_LT(log.add(far, "end\n").size(), 100U);
  EXPECT_EQ(log.add(std::numeric_limits<std::uint64_t>::max(), "more\n"), "") << "there is nothing behind the last offset";
  EXPECT_EQ(log.end(), far + 4);
}

TEST(LastLines, AreTheLastOnesWhole) {
  EXPECT_EQ(last_lines("one\ntwo\nthree\n", 1), "three\n");
  EXPECT_EQ(last_lines("one\ntwo\nthree\n", 2), "two\nthree\n");
  EXPECT_EQ(last_lines("one\ntwo\nthree\n", 3), "one\ntwo\nthree\n");
  EXPECT_EQ(last_lines("one\ntwo\nthree\n", 4), "one\ntwo\nthree\n");
  EXPECT_EQ(last_lines("one\ntwo", 1), "two") << "it has not ended yet";
  EXPECT_EQ(last_lines("one\n\n", 1), "\n");
  EXPECT_EQ(last_lines("one\ntwo\n", 0), "");
  EXPECT_EQ(last_lines("", 7), "");
  EXPECT_EQ(last_lines("\n", 7), "\n");
}

}  // namespace
}  // namespace farm::ctl
