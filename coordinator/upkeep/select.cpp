#include "coordinator/upkeep/select.hpp"

#include <algorithm>
#include <map>

namespace farm::upkeep {
namespace {

// How many units name each blob, so that what a deletion frees is known.
class BlobCounts {
 public:
  explicit BlobCounts(const std::vector<Unit>& units) {
    for (const Unit& unit : units) {
      for (const Blob& blob : once(unit)) {
        Count& count = counts_[blob.digest];
        if (count.units++ == 0) total_ += blob.bytes;
        count.bytes = blob.bytes;
      }
    }
  }

  std::uint64_t remove(const Unit& unit) {
    std::uint64_t freed = 0;
    for (const Blob& blob : once(unit)) {
      Count& count = counts_[blob.digest];
      if (--count.units == 0) freed += count.bytes;
    }
    total_ -= freed;
    return freed;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  struct Count {
    std::size_t units = 0;
    std::uint64_t bytes = 0;
  };
  // A manifest may name a blob twice.
  static std::vector<Blob> once(const Unit& unit) {
    std::vector<Blob> blobs = unit.blobs;
    std::sort(blobs.begin(), blobs.end(), [](const Blob& a, const Blob& b) { return a.digest < b.digest; });
    blobs.erase(std::unique(blobs.begin(), blobs.end(), [](const Blob& a, const Blob& b) { return a.digest == b.digest; }), blobs.end());
    return blobs;
  }

  std::map<Digest, Count> counts_;
  std::uint64_t total_ = 0;
};

void take(Selection& selection, BlobCounts& counts, const std::vector<Unit>& units, std::size_t index) {
  const Unit& unit = units[index];
  selection.units.push_back(index);
  selection.forget_results.insert(selection.forget_results.end(), unit.keys.begin(), unit.keys.end());
  selection.forget_slices.insert(selection.forget_slices.end(), unit.slices.begin(), unit.slices.end());
  if (unit.kind == UnitKind::Cache) selection.forget_caches.insert(selection.forget_caches.end(), unit.tags.begin(), unit.tags.end());
  if (!unit.digest.empty()) selection.deletions.push_back({unit.repository, unit.digest, unit.slice_blob});
  selection.freed_bytes += counts.remove(unit);
}

void forget_alone(Selection& selection, const Digest& key) {
  selection.forget_results.push_back(key);
  selection.records_alone.push_back(key);
}

bool may_go(const Unit& unit, bool all) {
  if (unit.in_use || unit.newest_image || unit.kind == UnitKind::Other) return false;
  return all || (unit.known() && !unit.published);
}

bool is_old(const Unit& unit, const PruneLimits& limits) {
  return limits.older_than_ms >= 0 && unit.used_ms <= limits.now_ms - limits.older_than_ms;
}

}  // namespace

Selection choose_for_prune(const std::vector<Unit>& units, const PruneLimits& limits) {
  Selection selection;
  BlobCounts counts(units);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (may_go(units[i], limits.all)) order.push_back(i);
    if (units[i].in_use && units[i].known() && is_old(units[i], limits)) ++selection.in_use;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(units[a].used_ms, units[a].kind, units[a].repository, units[a].digest, a) <
           std::tie(units[b].used_ms, units[b].kind, units[b].repository, units[b].digest, b);
  });
  for (const std::size_t index : order) {
    if (!is_old(units[index], limits) && counts.total() <= limits.keep_bytes) break;
    take(selection, counts, units, index);
  }
  selection.left_bytes = counts.total();
  return selection;
}

Selection choose_for_clean(const std::vector<Unit>& units, const Facts& facts, const std::string& project) {
  std::map<Digest, const KnownResult*> results;
  for (const KnownResult& result : facts.results) results[result.key] = &result;
  Selection selection;
  BlobCounts counts(units);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    if (!unit.projects.contains(project)) continue;
    if (unit.in_use) {
      ++selection.in_use;
      continue;
    }
    if (unit.projects.size() == 1 && !unit.published) {
      take(selection, counts, units, i);
      continue;
    }
    // The manifest stays, for others or because it is published; of the records only those that nobody else hits go.
    for (const Digest& key : unit.keys) {
      const KnownResult& result = *results.at(key);
      const bool others = std::any_of(result.users.begin(), result.users.end(), [&](const std::string& user) { return user != project; });
      if (result.project == project && !others) forget_alone(selection, key);
      if (others || result.project != project) ++selection.shared;
    }
  }
  selection.left_bytes = counts.total();
  return selection;
}

Selection select_these(const std::vector<Unit>& units, const std::vector<std::size_t>& chosen, const std::vector<Digest>& records_alone) {
  Selection selection;
  BlobCounts counts(units);
  for (const std::size_t index : chosen) take(selection, counts, units, index);
  for (const Digest& key : records_alone) forget_alone(selection, key);
  selection.left_bytes = counts.total();
  return selection;
}

}  // namespace farm::upkeep
