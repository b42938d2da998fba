// Purpose: luck as an argument, the same on every platform for the same seed. Not for secrets.
// Source: SplitMix64, Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014).
#pragma once

#include <cstdint>

#include "shared/base/assert.hpp"

namespace farm {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  // A number in [0, limit). The bias of the modulo is below limit / 2^64.
  std::uint64_t below(std::uint64_t limit) {
    FARM_ASSERT(limit > 0);
    return next() % limit;
  }
  // A number in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    FARM_ASSERT(low <= high);
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(std::uint32_t per_mille) { return below(1000) < per_mille; }

 private:
  std::uint64_t state_;
};

}  // namespace farm
