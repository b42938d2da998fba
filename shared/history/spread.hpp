// Purpose: several measurements of one thing as median, smallest and largest. Pure, integers.
#pragma once

#include <cstddef>
#include <vector>

#include "shared/base/time.hpp"

namespace farm::history {

struct Spread {
  std::size_t count = 0;  // 0: no data, and the rest means nothing
  Millis median;          // of an even count the mean of the two in the middle
  Millis low;
  Millis high;
  friend bool operator==(const Spread&, const Spread&) = default;
};
Spread spread_of(std::vector<Millis> times);

}  // namespace farm::history
