// Purpose: the loop's clock: wall time at the start plus what the steady clock counted since, so that it never goes backwards nor jumps.
#pragma once

#include <chrono>

#include "shared/base/time.hpp"

namespace farm::coordinator {

inline Instant read_clock() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  static const auto wall = std::chrono::system_clock::now().time_since_epoch();
  static const auto start = std::chrono::steady_clock::now();
  return {duration_cast<milliseconds>(wall + (std::chrono::steady_clock::now() - start)).count()};
}

}  // namespace farm::coordinator
