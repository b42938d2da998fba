// Purpose: the values of a table's metrics, and their text for Prometheus. Thread-safe.
// Every series whose labels are closed is there from the start, with 0: to Prometheus, a counter that appears with 1 did not increase. For
// the same reason, the first use of an open label's value makes the series of all values of the closed labels beside it.
// The number of series is bounded, whatever comes from outside: a value outside of a label's closed set counts as "other"; where an open
// label has all the values it may have, a new one takes the place of the one that was not used for longest, whose series go.
#pragma once

#include <initializer_list>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "shared/metrics/table.hpp"

namespace farm::metrics {

class Registry {
 public:
  // The table outlives the registry; its ids are its places (asserted).
  explicit Registry(std::span<const Row> table);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  using Values = std::initializer_list<std::string_view>;  // of the row's labels, in their order
  void count(std::size_t id, Values labels = {}, double by = 1);
  // A counter that somebody else keeps, given as its value since the start. It never goes down.
  void raise_to(std::size_t id, Values labels, double total);
  void set(std::size_t id, Values labels, double value);
  void observe(std::size_t id, Values labels, double value);
  // Of a gauge with one open label: forgets the series of all other values.
  void keep_only(std::size_t id, const std::set<std::string, std::less<>>& values);

  // The text format of version 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::metrics
