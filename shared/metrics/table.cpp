#include "shared/metrics/table.hpp"

namespace farm::metrics {
namespace {

const char* name_of(Type type) {
  switch (type) {
    case Type::Counter: return "counter";
    case Type::Gauge: return "gauge";
    case Type::Histogram: return "histogram";
  }
  return "";
}

std::string labels_of(const Row& row) {
  std::string text;
  for (const Label& label : row.labels) {
    text += (text.empty() ? "`" : "; `") + label.name + "`: ";
    if (label.values.empty()) text += "the last " + std::to_string(label.values_max) + " that were used";
    for (std::size_t i = 0; i < label.values.size(); ++i) text += (i == 0 ? "" : ", ") + label.values[i];
  }
  return text.empty() ? "–" : text;
}

}  // namespace

const std::vector<double>& bounds(Buckets buckets) {
  static const std::vector<double> none;
  static const std::vector<double> fine = {0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};
  static const std::vector<double> coarse = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1'200, 1'800, 3'600};
  static const std::vector<double> ratio = {0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 3, 5, 10};
  switch (buckets) {
    case Buckets::None: return none;
    case Buckets::Fine: return fine;
    case Buckets::Coarse: return coarse;
    case Buckets::Ratio: return ratio;
  }
  return none;
}

std::string markdown(std::span<const Row> table) {
  std::string text = "| metric | type | unit | labels | what |\n|---|---|---|---|---|\n";
  for (const Row& row : table) {
    const std::string unit = *row.unit == '\0' ? "–" : row.unit;
    text += std::string("| `") + row.name + "` | " + name_of(row.type) + " | " + unit + " | " + labels_of(row) + " | " + row.help + " |\n";
  }
  return text;
}

}  // namespace farm::metrics
