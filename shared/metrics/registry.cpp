#include "shared/metrics/registry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "shared/base/assert.hpp"

namespace farm::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

bool is_open(const Label& label) { return label.values.empty(); }
bool is_closed(const Row& row) { return std::none_of(row.labels.begin(), row.labels.end(), is_open); }

// All combinations of the values of closed labels.
std::vector<Labels> combinations(const Row& row) {
  std::vector<Labels> all = {{}};
  for (const Label& label : row.labels) {
    if (is_open(label)) continue;
    std::vector<Labels> longer;
    for (const Labels& before : all) {
      for (const std::string& value : label.values) {
        longer.push_back(before);
        longer.back()[label.name] = value;
      }
    }
    all = std::move(longer);
  }
  return all;
}

}  // namespace

struct Registry::Impl {
  std::span<const Row> table;
  prometheus::Registry registry;
  std::map<std::size_t, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::size_t, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::size_t, prometheus::Family<prometheus::Histogram>*> histograms;
  // Of the series with open labels, also while they are written: they may go.
  std::mutex mutex;
  std::map<std::string, std::map<std::string, std::uint64_t, std::less<>>> open_values;  // by label, over all metrics: → when last used
  std::uint64_t uses = 0;
  std::map<std::size_t, std::set<Labels>> open_series;

  explicit Impl(std::span<const Row> rows) : table(rows) {
    for (std::size_t place = 0; place < table.size(); ++place) {
      FARM_ASSERT(table[place].id == place);
      add(table[place]);
    }
  }

  void add(const Row& row) {
    switch (row.type) {
      case Type::Counter: counters[row.id] = &prometheus::BuildCounter().Name(row.name).Help(row.help).Register(registry); break;
      case Type::Gauge: gauges[row.id] = &prometheus::BuildGauge().Name(row.name).Help(row.help).Register(registry); break;
      case Type::Histogram: histograms[row.id] = &prometheus::BuildHistogram().Name(row.name).Help(row.help).Register(registry); break;
    }
    if (!is_closed(row)) return;
    for (const Labels& labels : combinations(row)) make(row, labels);
  }

  void make(const Row& row, const Labels& labels) {
    if (row.type == Type::Counter) counters.at(row.id)->Add(labels);
    if (row.type == Type::Gauge) gauges.at(row.id)->Add(labels);
    if (row.type == Type::Histogram) histograms.at(row.id)->Add(labels, bounds(row.buckets));
  }

  [[nodiscard]] std::unique_lock<std::mutex> guard(std::size_t id) {
    return is_closed(table[id]) ? std::unique_lock<std::mutex>() : std::unique_lock(mutex);
  }

  void remove(const Row& row, const Labels& labels) {
    switch (row.type) {
      case Type::Counter: counters.at(row.id)->Remove(&counters.at(row.id)->Add(labels)); break;
      case Type::Gauge: gauges.at(row.id)->Remove(&gauges.at(row.id)->Add(labels)); break;
      case Type::Histogram: histograms.at(row.id)->Remove(&histograms.at(row.id)->Add(labels, bounds(row.buckets))); break;
    }
  }

  // The value that was not used for longest loses its series in all metrics.
  void make_room(const std::string& label) {
    auto& known = open_values[label];
    const auto oldest = std::min_element(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (auto& [id, series] : open_series) {
      std::erase_if(series, [&, id = id](const Labels& labels) {
        const auto named = labels.find(label);
        if (named == labels.end() || named->second != oldest->first) return false;
        remove(table[id], labels);
        return true;
      });
    }
    known.erase(oldest);
  }

  std::string bounded(const Label& label, std::string_view value) {
    if (!is_open(label)) {
      return std::find(label.values.begin(), label.values.end(), value) == label.values.end() ? kOther : std::string(value);
    }
    auto& known = open_values[label.name];
    auto found = known.find(value);
    if (found == known.end()) {
      if (known.size() >= label.values_max) make_room(label.name);
      found = known.emplace(value, 0).first;
    }
    found->second = ++uses;
    return found->first;
  }

  Labels labels(std::size_t id, Values values) {
    const Row& row = table[id];
    FARM_ASSERT(row.labels.size() == values.size());
    Labels named;
    const std::string_view* value = values.begin();
    for (const Label& label : row.labels) named[label.name] = bounded(label, *value++);
    if (is_closed(row)) return named;
    std::set<Labels>& series = open_series[id];
    if (series.contains(named)) return named;
    const std::vector<Labels> closed = combinations(row);
    if (series.size() + closed.size() > kOpenSeriesMax) {
      for (const Label& label : row.labels) {
        if (is_open(label)) named[label.name] = kOther;
      }
    }
    series.insert(named);
    for (Labels sibling : closed) {  // of the same open values: all of them are there, as where all labels are closed
      sibling.insert(named.begin(), named.end());
      make(row, sibling);
      series.insert(std::move(sibling));
    }
    return named;
  }
};

Registry::Registry(std::span<const Row> table) : impl_(std::make_unique<Impl>(table)) {}
Registry::~Registry() = default;

void Registry::count(std::size_t id, Values labels, double by) {
  const auto guard = impl_->guard(id);
  impl_->counters.at(id)->Add(impl_->labels(id, labels)).Increment(by);
}

void Registry::raise_to(std::size_t id, Values labels, double total) {
  const auto guard = impl_->guard(id);
  prometheus::Counter& counter = impl_->counters.at(id)->Add(impl_->labels(id, labels));
  if (const double more = total - counter.Value(); more > 0) counter.Increment(more);
}

void Registry::set(std::size_t id, Values labels, double value) {
  const auto guard = impl_->guard(id);
  impl_->gauges.at(id)->Add(impl_->labels(id, labels)).Set(value);
}

void Registry::observe(std::size_t id, Values labels, double value) {
  const auto guard = impl_->guard(id);
  impl_->histograms.at(id)->Add(impl_->labels(id, labels), bounds(impl_->table[id].buckets)).Observe(value);
}

void Registry::keep_only(std::size_t id, const std::set<std::string, std::less<>>& values) {
  FARM_ASSERT(impl_->table[id].labels.size() == 1);
  const std::scoped_lock lock(impl_->mutex);
  std::erase_if(impl_->open_series[id], [&](const Labels& labels) {
    if (values.contains(labels.begin()->second)) return false;
    impl_->remove(impl_->table[id], labels);
    return true;
  });
}

std::string Registry::text() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace farm::metrics
