// Purpose: what all parts of one simulated farm share: virtual time, luck, the trace, and the first failure. One thread; nothing here
// sleeps.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/random.hpp"
#include "shared/base/time.hpp"
#include "tests/support/sim/sim_options.hpp"

namespace farm::sim {

class World {
 public:
  explicit World(const SimOptions& given, bool tracing) : options(given), rng(given.seed), tracing_(tracing) {}

  const SimOptions& options;
  Rng rng;
  Instant now{1'000'000};
  bool faults = true;  // the first phase

  // Carries `act` out after `wait`. Equal times keep the order in which they were asked for.
  void after(Millis wait, std::function<void()> act) { queue_.push_back({now + wait, ++sequence_, std::move(act)}), sift(); }
  // Carries the next act out. False: nothing is left, or something failed.
  bool turn();

  // The first failure ends the run.
  void fail(std::string what) {
    if (!failure_) failure_ = std::move(what);
  }
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

  // Part of the trace: always hashed, kept as text only where the run is traced. `text` is called only then.
  template <typename Text>
  void note(std::uint64_t what, std::uint64_t a, std::uint64_t b, const Text& text) {
    mix(static_cast<std::uint64_t>(now.ms));
    mix(what), mix(a), mix(b);
    if (!tracing_) return;
    trace_.push_back("t=" + std::to_string(now.ms - 1'000'000) + " " + text());
    if (trace_.size() > kTraceMax) trace_.pop_front();
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::deque<std::string>& trace() const { return trace_; }
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  struct Act {
    Instant at;
    std::uint64_t sequence = 0;
    std::function<void()> act;
  };
  static bool later(const Act& a, const Act& b) { return std::pair(a.at, a.sequence) > std::pair(b.at, b.sequence); }
  void sift();
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3ULL, hash_ ^= hash_ >> 29U; }

  static constexpr std::size_t kTraceMax = 50;
  bool tracing_;
  std::vector<Act> queue_;
  std::uint64_t sequence_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
  std::deque<std::string> trace_;
  std::optional<std::string> failure_;
};

}  // namespace farm::sim
