#include "tests/support/sim/sim_world.hpp"

#include <algorithm>

namespace farm::sim {

void World::sift() { std::push_heap(queue_.begin(), queue_.end(), later); }

bool World::turn() {
  if (queue_.empty() || failure_) return false;
  std::pop_heap(queue_.begin(), queue_.end(), later);
  Act act = std::move(queue_.back());
  queue_.pop_back();
  now = std::max(now, act.at);
  ++turns_;
  act.act();
  return !failure_.has_value();
}

}  // namespace farm::sim
