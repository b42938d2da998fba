#include "agent/app/durable_file.hpp"

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::agent {
namespace {

TEST(AgentSession, EachStartHasAGreaterNumber) {
  const test::TempDir dir;
  EXPECT_EQ(next_session(dir.path())->value, 1U);
  EXPECT_EQ(next_session(dir.path())->value, 2U);
  EXPECT_EQ(next_session(dir.path())->value, 3U);
}

TEST(AgentSession, ADamagedNumberIsNotStartedOver) {
  const test::TempDir dir;
  for (const char* text : {"", "x", "0\n", "-4", "99999999999999999999999"}) {
    dir.write("session", text);
    const Result<Session> session = next_session(dir.path());
    ASSERT_FALSE(session) << text;
    EXPECT_EQ(session.error().kind, ErrorKind::Corrupt);
  }
}

protocol::JobReport report(std::uint64_t job, std::uint64_t fence) {
  protocol::JobReport r;
  r.job = JobId{job};
  r.fence = Fence{fence};
  r.outcome = Succeeded{sha256("image"), 77};
  r.timings.run_ms = Millis{5};
  r.steps = {{"[1/1] RUN x", Millis{4}, true, false}};
  return r;
}

TEST(ReportStore, ReportsStayUntilTheyAreAcknowledged) {
  const test::TempDir dir;
  std::vector<std::string> problems;
  {
    Result<ReportStore> store = ReportStore::open(dir.path());
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->put(report(4, 9)));
    ASSERT_TRUE(store->put(report(3, 8)));
    ASSERT_TRUE(store->put(report(5, 10)));
    store->remove(JobId{5}, Fence{10});
    store->remove(JobId{6}, Fence{11});
  }
  const Result<ReportStore> store = ReportStore::open(dir.path());
  EXPECT_EQ(store->load(problems), (std::vector<protocol::JobReport>{report(3, 8), report(4, 9)}));
  EXPECT_TRUE(problems.empty());
}

TEST(ReportStore, WhatCannotBeReadIsToldAndRemoved) {
  const test::TempDir dir;
  Result<ReportStore> store = ReportStore::open(dir.path());
  ASSERT_TRUE(store->put(report(1, 1)));
  dir.write("reports/2-2.report", "rotten");
  dir.write("reports/3-3.report.new", "half");
  std::vector<std::string> problems;
  EXPECT_EQ(store->load(problems).size(), 1U);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find("2-2.report"), std::string::npos);
  EXPECT_FALSE(dir.exists("reports/2-2.report"));
  EXPECT_FALSE(dir.exists("reports/3-3.report.new"));
}

TEST(DurableFile, AnImpossiblePathIsAnError) {
  const Result<void> written = write_durably("/proc/nowhere/file", "x");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace farm::agent
