// Purpose: time as an argument. There is no now() here, so pure code can't look at a clock; the loops read one and pass it in.
#pragma once

#include <compare>
#include <cstdint>

namespace farm {

struct Millis {
  std::int64_t value = 0;
  friend auto operator<=>(const Millis&, const Millis&) = default;
  friend constexpr Millis operator+(Millis a, Millis b) { return {a.value + b.value}; }
  friend constexpr Millis operator-(Millis a, Millis b) { return {a.value - b.value}; }
  friend constexpr Millis operator*(Millis a, std::int64_t factor) { return {a.value * factor}; }
};

// Milliseconds since the Unix epoch, as the loop that owns the machine reads it. Never goes backwards for one machine.
struct Instant {
  std::int64_t ms = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend constexpr Instant operator+(Instant at, Millis wait) { return {at.ms + wait.value}; }
  friend constexpr Millis operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

}  // namespace farm
