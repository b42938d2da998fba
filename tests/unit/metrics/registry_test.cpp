#include "shared/metrics/registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace farm::metrics {
namespace {

bool has(const Registry& registry, const std::string& line) {
  return ("\n" + registry.text()).find("\n" + line + "\n") != std::string::npos;
}

const std::vector<Row>& table() {
  static const std::vector<Row> rows = {
      {0, "x_jobs_total", Type::Counter, "", "Jobs.", {Label{"kind", {"a", "b"}}, Label{"end", {"good", "bad"}}}, Buckets::None},
      {1, "x_projects_total", Type::Counter, "", "Projects.", {Label{"project", {}, 2}}, Buckets::None},
      {2, "x_up", Type::Gauge, "", "Up.", {Label{"agent", {}, 3}}, Buckets::None},
      {3, "x_seconds", Type::Histogram, "seconds", "Time.", {}, Buckets::Coarse},
      {4, "x_pairs_total", Type::Counter, "", "Pairs.", {Label{"left", {}, 100}, Label{"right", {}, 100}}, Buckets::None},
  };
  return rows;
}

TEST(Registry, SeriesOfClosedLabelsAreThereFromTheStart) {
  const Registry registry(table());
  for (const char* kind : {"a", "b"}) {
    for (const char* end : {"good", "bad"}) {
      EXPECT_TRUE(has(registry, std::string("x_jobs_total{end=\"") + end + "\",kind=\"" + kind + "\"} 0")) << registry.text();
    }
  }
  EXPECT_TRUE(has(registry, "x_seconds_count 0"));
}

TEST(Registry, AnOpenValuesFirstUseMakesAllItsSeries) {
  const std::vector<Row> rows = {
      {0, "x_total", Type::Counter, "", "X.", {Label{"project", {}, 5}, Label{"end", {"good", "bad"}}}, Buckets::None},
  };
  Registry registry(rows);
  EXPECT_EQ(registry.text().find("x_total{"), std::string::npos);
  registry.count(0, {"one", "good"}, 0);
  EXPECT_TRUE(has(registry, "x_total{end=\"good\",project=\"one\"} 0")) << registry.text();
  EXPECT_TRUE(has(registry, "x_total{end=\"bad\",project=\"one\"} 0"));
}

TEST(Registry, AValueOutsideOfAClosedSetCountsAsOther) {
  Registry registry(table());
  registry.count(0, {"a", "strange"});
  registry.count(0, {"a", "stranger"}, 2);
  EXPECT_TRUE(has(registry, "x_jobs_total{end=\"other\",kind=\"a\"} 3")) << registry.text();
  EXPECT_EQ(registry.text().find("strange"), std::string::npos);
}

TEST(Registry, ANewValueTakesThePlaceOfTheOneNotUsedForLongest) {
  Registry registry(table());
  for (const char* project : {"one", "two", "one", "three"}) registry.count(1, {project});
  EXPECT_TRUE(has(registry, "x_projects_total{project=\"one\"} 2")) << registry.text();
  EXPECT_TRUE(has(registry, "x_projects_total{project=\"three\"} 1"));
  EXPECT_EQ(registry.text().find("two"), std::string::npos);
  registry.count(1, {"two"});
  EXPECT_TRUE(has(registry, "x_projects_total{project=\"two\"} 1")) << "a counter that starts anew";
  EXPECT_EQ(registry.text().find("one"), std::string::npos);
}

TEST(Registry, ThreadsCountNewValuesAtTheSameTime) {
  Registry registry(table());
  constexpr int kThreads = 4;
  constexpr int kRounds = 5'000;
  std::latch begin(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < kThreads; ++number) {
      threads.emplace_back([&registry, &begin] {
        begin.arrive_and_wait();
        for (int round = 0; round < kRounds; ++round) {
          registry.count(1, {std::to_string(round)});
          registry.count(4, {"left", std::to_string(round % 50)});
        }
      });
    }
  }
  for (int right = 0; right < 50; ++right) {
    EXPECT_TRUE(has(registry, "x_pairs_total{left=\"left\",right=\"" + std::to_string(right) + "\"} 400")) << right;
  }
}

TEST(Registry, AValueThatGoesLosesItsSeriesInAllMetrics) {
  const std::vector<Row> rows = {
      {0, "x_a_total", Type::Counter, "", "A.", {Label{"project", {}, 1}}, Buckets::None},
      {1, "x_b", Type::Gauge, "", "B.", {Label{"project", {}, 1}}, Buckets::None},
      {2, "x_c_seconds", Type::Histogram, "seconds", "C.", {Label{"project", {}, 1}}, Buckets::Coarse},
  };
  Registry registry(rows);
  registry.count(0, {"one"});
  registry.set(1, {"one"}, 1);
  registry.observe(2, {"one"}, 1);
  registry.count(0, {"two"});
  EXPECT_EQ(registry.text().find("one"), std::string::npos) << registry.text();
}

TEST(Registry, TheSeriesOfOneMetricAreBoundedWhateverItsLabelsHold) {
  Registry registry(table());
  for (int left = 0; left < 100; ++left) {
    for (int right = 0; right < 100; ++right) registry.count(4, {std::to_string(left), std::to_string(right)});
  }
  const std::string text = registry.text();
  std::size_t series = 0;
  for (std::size_t at = text.find("x_pairs_total{"); at != std::string::npos; at = text.find("x_pairs_total{", at + 1)) ++series;
  EXPECT_EQ(series, kOpenSeriesMax + 1);
  EXPECT_TRUE(has(registry, "x_pairs_total{left=\"other\",right=\"other\"} 8000"));
}

TEST(Registry, AGaugeForgetsThoseThatAreGone) {
  Registry registry(table());
  registry.set(2, {"alpha"}, 1);
  registry.set(2, {"beta"}, 1);
  registry.keep_only(2, {"beta"});
  EXPECT_EQ(registry.text().find("alpha"), std::string::npos);
  EXPECT_TRUE(has(registry, "x_up{agent=\"beta\"} 1"));
  registry.set(2, {"alpha"}, 0);
  EXPECT_TRUE(has(registry, "x_up{agent=\"alpha\"} 0")) << "it may come back";
}

TEST(Registry, ACounterOfSomebodyElseNeverGoesDown) {
  Registry registry(table());
  registry.raise_to(0, {"a", "good"}, 5);
  registry.raise_to(0, {"a", "good"}, 5);
  registry.raise_to(0, {"a", "good"}, 3);
  EXPECT_TRUE(has(registry, "x_jobs_total{end=\"good\",kind=\"a\"} 5"));
  registry.raise_to(0, {"a", "good"}, 7);
  EXPECT_TRUE(has(registry, "x_jobs_total{end=\"good\",kind=\"a\"} 7"));
}

TEST(Registry, BoundsAreSorted) {
  for (const Buckets buckets : {Buckets::Fine, Buckets::Coarse, Buckets::Ratio}) {
    EXPECT_TRUE(std::is_sorted(bounds(buckets).begin(), bounds(buckets).end()));
    EXPECT_FALSE(bounds(buckets).empty());
  }
  EXPECT_EQ(bounds(Buckets::Coarse).back(), 3'600) << "builds of seconds to an hour";
}

TEST(Markdown, NamesTypeUnitLabelsAndHelpOfEachMetric) {
  EXPECT_EQ(markdown(std::span(table()).subspan(1, 1)),
            "| metric | type | unit | labels | what |\n|---|---|---|---|---|\n"
            "| `x_projects_total` | counter | – | `project`: the last 2 that were used | Projects. |\n");
  EXPECT_NE(markdown(table()).find("| `kind`: a, b; `end`: good, bad | Jobs. |"), std::string::npos);
}

}  // namespace
}  // namespace farm::metrics
