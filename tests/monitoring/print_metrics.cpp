// print_metrics coordinator|agent: what a program that has seen every metric once answers at /metrics, for promtool.
#include <cstdio>
#include <string>

#include "agent/metrics/agent_metrics.hpp"
#include "coordinator/metrics/metrics.hpp"

namespace farm {
namespace {

// Each row with a value of each of its labels: the closed ones' first, and a word for the open ones.
std::string text_of(std::span<const metrics::Row> table) {
  metrics::Registry registry(table);
  for (const metrics::Row& row : table) {
    std::vector<std::string_view> values;
    for (const metrics::Label& label : row.labels) values.push_back(label.values.empty() ? "word" : std::string_view(label.values.front()));
    values.resize(3);
    const auto use = [&](metrics::Registry::Values labels) {
      if (row.type == metrics::Type::Counter) registry.count(row.id, labels);
      if (row.type == metrics::Type::Gauge) registry.set(row.id, labels, 1);
      if (row.type == metrics::Type::Histogram) registry.observe(row.id, labels, 1);
    };
    switch (row.labels.size()) {
      case 0: use({}); break;
      case 1: use({values[0]}); break;
      case 2: use({values[0], values[1]}); break;
      default: use({values[0], values[1], values[2]}); break;
    }
  }
  return registry.text();
}

}  // namespace
}  // namespace farm

int main(int argc, char** argv) {
  const std::string program = argc == 2 ? argv[1] : "";
  if (program != "coordinator" && program != "agent") return 2;
  std::fputs(farm::text_of(program == "coordinator" ? farm::metrics::metric_table() : farm::agent::metric_table()).c_str(), stdout);
  return 0;
}
