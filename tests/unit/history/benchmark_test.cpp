#include "shared/history/benchmark.hpp"

#include <gtest/gtest.h>

#include "tests/unit/history/builds.hpp"

namespace farm::history {
namespace {

using test::build;
using test::hit;
using test::job;

BuildStatus cold(std::uint64_t id, std::uint32_t parallel, std::int64_t deps_ms, std::int64_t wall) {
  return build(id, parallel,
               {job(JobKind::Deps, "deps", 0, 0, deps_ms), job(JobKind::Image, "image api", deps_ms, deps_ms, 2'000, {"deps"}),
                job(JobKind::Image, "image web", deps_ms, deps_ms, 1'000, {"deps"})},
               wall);
}

BuildStatus change(std::uint64_t id, std::int64_t run_ms) {
  return build(id, 0, {job(JobKind::Image, "image api", 0, 0, run_ms), hit(JobKind::Image, "image web")}, run_ms + 100);
}

BuildStatus nothing(std::uint64_t id, std::int64_t wall) {
  return build(id, 0, {hit(JobKind::Image, "image api"), hit(JobKind::Image, "image web")}, wall);
}

TEST(Spread, IsMedianSmallestAndLargest) {
  EXPECT_EQ(spread_of({}).count, 0U);
  EXPECT_EQ(spread_of({Millis{5}, Millis{1}, Millis{9}}), (Spread{3, Millis{5}, Millis{1}, Millis{9}}));
  EXPECT_EQ(spread_of({Millis{4}, Millis{2}}), (Spread{2, Millis{3}, Millis{2}, Millis{4}}));
}

TEST(Benchmark, ABuildIsColdIfADepsJobRan) {
  EXPECT_EQ(class_of(cold(1, 0, 100, 200)), BuildClass::Cold);
  EXPECT_EQ(class_of(change(1, 100)), BuildClass::CodeChange);
  EXPECT_EQ(class_of(nothing(1, 5)), BuildClass::NoChange);
}

TEST(Benchmark, WhatFailedOrRunsIsNoMeasurement) {
  BuildStatus failed = cold(1, 0, 100, 200);
  failed.state = BuildState::Failed;
  BuildStatus running = cold(2, 0, 100, 200);
  running.state = BuildState::Running;
  EXPECT_FALSE(class_of(failed));
  EXPECT_FALSE(class_of(running));
  for (const BenchmarkTable& table : benchmark({failed, running})) EXPECT_EQ(table.builds, 0U);
}

TEST(Benchmark, HasThreeTablesAlsoWhereThereIsNoData) {
  const auto tables = benchmark({});
  ASSERT_EQ(tables.size(), 3U);
  for (const BenchmarkTable& table : tables) {
    EXPECT_EQ(table.parallel.count, 0U);
    EXPECT_TRUE(table.services.empty());
  }
}

TEST(Benchmark, AServiceTakesWhatItWouldHaveTakenAlone) {
  const auto tables = benchmark({cold(1, 0, 10'000, 12'000), cold(2, 1, 20'000, 23'000), change(3, 4'000), nothing(4, 20)});
  const BenchmarkTable& first = tables[0];
  EXPECT_EQ(first.builds, 2U);
  ASSERT_EQ(first.services.size(), 2U);
  EXPECT_EQ(first.services[0].service, "api");
  EXPECT_EQ(first.services[0].time, (Spread{2, Millis{17'000}, Millis{12'000}, Millis{22'000}}));
  EXPECT_EQ(first.serial, (Spread{1, Millis{23'000}, Millis{23'000}, Millis{23'000}}));
  EXPECT_EQ(first.parallel, (Spread{1, Millis{12'000}, Millis{12'000}, Millis{12'000}}));
  EXPECT_EQ(first.serial_computed.median, Millis{18'000}) << "of 13 and 23 s of work";
  EXPECT_EQ(tables[1].services[0].time.median, Millis{4'000});
  EXPECT_EQ(tables[1].services[1].time.count, 0U) << "web hit: it says nothing about a change";
  EXPECT_EQ(tables[2].services[1].time.median, Millis{20});
  EXPECT_EQ(tables[2].serial_computed.count, 0U);
}

TEST(Benchmark, TotalsAreOfWholeProjectsOnly) {
  const BuildStatus part = build(1, 0, {job(JobKind::Image, "image api", 0, 0, 500)}, 600);
  const auto tables = benchmark({part, change(2, 4'000)});
  EXPECT_EQ(tables[1].builds, 2U);
  EXPECT_EQ(tables[1].services_of_totals, 2U);
  EXPECT_EQ(tables[1].parallel.count, 1U);
  EXPECT_EQ(tables[1].services[0].time.count, 2U);
}

}  // namespace
}  // namespace farm::history
