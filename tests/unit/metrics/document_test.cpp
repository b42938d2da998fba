// The tables of all programs: conventions, and that docs/metrics.md is what they say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "agent/metrics/agent_metrics.hpp"
#include "coordinator/metrics/metrics.hpp"

namespace farm {
namespace {

const char* const kHead =
    "# Metrics\n"
    "\n"
    "Coordinator (at its `http_listen`) and agents (at their `metrics_listen`) answer `/metrics` in Prometheus' text format. This page is\n"
    "printed from the tables in the code; a test fails where the two differ (`FARM_UPDATE_DOCS=1` of `metrics_document_test` writes it\n"
    "anew). Dashboards and alerts stand in [dashboards](../dashboards/README.md).\n"
    "\n"
    "Labels are bounded: either all their values are listed here, or only the values that were used last have series. Series of listed\n"
    "values are there from the start, with 0. All counters start anew with their process.\n"
    "\n";

std::string document() {
  return kHead + std::string("## Coordinator\n\n") + metrics::markdown(metrics::metric_table()) +
         "\n## Agent\n\nThe scrape configuration gives each agent's series the label `agent`, with its name in the key book.\n\n" +
         metrics::markdown(agent::metric_table());
}

void check(const metrics::Row& row) {
  const std::string name = row.name;
  EXPECT_TRUE(name.starts_with("farm_") || name.starts_with("process_")) << name;
  EXPECT_EQ(name.ends_with("_total"), row.type == metrics::Type::Counter) << name;
  const std::string unit = row.unit;
  EXPECT_TRUE(unit.empty() || name.ends_with("_" + unit) || name.ends_with("_" + unit + "_total")) << name;
  EXPECT_EQ(row.type == metrics::Type::Histogram, row.buckets != metrics::Buckets::None) << name;
  EXPECT_TRUE(std::string(row.help).ends_with(".")) << name;
  EXPECT_EQ(std::string(row.help).find('|'), std::string::npos) << name << ": would end a cell of the document";
  for (const metrics::Label& label : row.labels) {
    EXPECT_NE(label.values.empty(), label.values_max == 0) << name << ": label " << label.name << " is closed or has a bound";
    EXPECT_LE(label.values_max, 500U) << name;
    EXPECT_FALSE(label.name == "build" || label.name == "client" || label.name == "key") << name << ": grows for ever";
  }
}

TEST(MetricTables, FollowTheConventionsOfPrometheus) {
  for (const auto& table : {metrics::metric_table(), agent::metric_table()}) {
    std::set<std::string> names;
    for (std::size_t place = 0; place < table.size(); ++place) {
      check(table[place]);
      EXPECT_EQ(table[place].id, place) << table[place].name << " is not at its place in the enum";
      EXPECT_TRUE(names.insert(table[place].name).second) << table[place].name;
    }
  }
}

TEST(MetricTables, ANameMeansTheSameInAllPrograms) {
  std::map<std::string, std::string> helps;
  for (const metrics::Row& row : metrics::metric_table()) helps[row.name] = row.help;
  for (const metrics::Row& row : agent::metric_table()) {
    EXPECT_EQ(helps.emplace(row.name, row.help).first->second, row.help) << row.name;
  }
}

TEST(MetricTables, AreWhatTheDocumentSays) {
  const std::string file = FARM_SOURCE_DIR "/docs/metrics.md";
  if (std::getenv("FARM_UPDATE_DOCS") != nullptr) std::ofstream(file, std::ios::binary) << document();  // NOLINT(concurrency-mt-unsafe)
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  EXPECT_EQ(text.str(), document()) << "run this test with FARM_UPDATE_DOCS=1 and read the diff";
}

}  // namespace
}  // namespace farm
