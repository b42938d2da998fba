// Purpose: a program's metrics as one table: names, types, units, labels and help. The registry is made from it, docs/metrics.md is printed
// from it, and dashboards and alerts are checked against it. Names follow Prometheus' conventions: base units in the name (_seconds,
// _bytes), _total for counters and nothing else.
//
// Labels are bounded: either the closed set of their values stands here, or only so many values, those used last, have series.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace farm::metrics {

enum class Type : unsigned char { Counter, Gauge, Histogram };

// Upper bounds of a histogram's buckets.
enum class Buckets : unsigned char {
  None,
  Fine,    // seconds: steps and calls of microseconds to seconds
  Coarse,  // seconds: builds of tenths of a second to an hour
  Ratio,   // around 1
};

struct Label {
  std::string name;
  std::vector<std::string> values;  // all there are; empty: those that come, at most values_max
  std::size_t values_max = 0;
};

struct Row {
  std::size_t id = 0;  // the row's place in its table
  const char* name = "";
  Type type = Type::Gauge;
  const char* unit = "";  // "seconds", "bytes", "ratio", or "" for a number of things
  const char* help = "";
  std::vector<Label> labels{};
  Buckets buckets = Buckets::None;
};

inline constexpr const char* kOther = "other";
inline constexpr std::size_t kOpenSeriesMax = 2'000;  // of one metric with open labels; further combinations count as "other"

const std::vector<double>& bounds(Buckets buckets);

// The table as Markdown, one row a metric, in its order.
std::string markdown(std::span<const Row> table);

}  // namespace farm::metrics
