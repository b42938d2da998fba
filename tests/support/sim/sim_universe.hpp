// Purpose: what there is to build in one simulated farm: keys with upstream keys and a fate each, the same for every build that names them.
#pragma once

#include <set>
#include <vector>

#include "coordinator/scheduler/events.hpp"
#include "tests/support/sim/sim_world.hpp"

namespace farm::sim {

enum class Fate : std::uint8_t { Builds, Fails, NeedsWholeContext, Hangs, FitsNowhere };

struct Key {
  Digest digest;
  std::vector<std::size_t> needs;  // smaller indices
  bool is_run = false;             // a compile run: others need it, nobody asks for it, and it needs no other run
  // The other way, where one of `needs` is a run that fails: without it, from what the run itself needs. Empty: none.
  std::vector<std::size_t> fallback;
  Fate fate = Fate::Builds;
  Millis duration;
};

Digest digest_of(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0);

class Universe {
 public:
  explicit Universe(World& world);

  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }
  [[nodiscard]] const Key* find(const Digest& digest) const;
  // `wanted` and everything upstream of it that `known` lacks; upstream first.
  template <typename Known>
  [[nodiscard]] std::vector<std::size_t> needed(const std::set<std::size_t>& wanted, const Known& known) const {
    std::set<std::size_t> open;
    for (std::size_t i = keys_.size(); i-- > 0;) {
      const bool asked = wanted.contains(i) || open.contains(i);
      if (!asked || known(keys_[i])) {
        open.erase(i);
        continue;
      }
      open.insert(i);
      open.insert(keys_[i].needs.begin(), keys_[i].needs.end());
    }
    return {open.begin(), open.end()};
  }
  // True where all of `wanted` can be built, one way or the other.
  [[nodiscard]] bool a_run_fails() const;
  [[nodiscard]] bool buildable(const std::set<std::size_t>& wanted) const;
  [[nodiscard]] scheduler::NewJob job(std::size_t index, bool wanted, bool no_cache) const;

 private:
  [[nodiscard]] std::vector<std::size_t> without_runs(const std::vector<std::size_t>& needs) const;

  std::vector<Key> keys_;
};

}  // namespace farm::sim
