#include "coordinator/store/damage.hpp"

#include "coordinator/store/store.hpp"

namespace farm::store {

void Damage::found(Kind kind, const std::string& key, const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (records_.size() >= kDamagedMax) return;
  records_.try_emplace({kind, key}, error.message);
  any_.store(true);
}

void Damage::written(const Batch& batch) {
  if (!any_.load()) return;
  const std::scoped_lock lock(mutex_);
  for (const Change& change : batch.changes()) records_.erase({change.kind, change.key});
  any_.store(!records_.empty());
}

std::vector<Damage::Sum> Damage::sums() const {
  std::vector<Sum> sums;
  if (!any_.load()) return sums;
  const std::scoped_lock lock(mutex_);
  for (const auto& [place, problem] : records_) {
    if (sums.empty() || sums.back().kind != place.first) sums.push_back({place.first, 0, problem});
    ++sums.back().records;
  }
  return sums;
}

}  // namespace farm::store
