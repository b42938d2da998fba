#include "coordinator/upkeep/portions.hpp"

#include <algorithm>
#include <map>

namespace farm::upkeep {
namespace {

class Maker {
 public:
  Maker(const std::vector<Unit>& units, const Facts& facts) : units_(units) {
    for (const KnownResult& result : facts.results) results_[result.key] = &result;
    for (const KnownSlice& slice : facts.slices) slices_[slice.id] = &slice;
  }

  [[nodiscard]] SeenResult seen_result(const Digest& key) const {
    const KnownResult& known = *results_.at(key);
    return {key, known.image, known.used_ms};
  }

  [[nodiscard]] Portion of_unit(std::size_t index) const {
    const Unit& unit = units_[index];
    Portion portion;
    portion.unit = index;
    portion.repository = unit.repository;
    portion.tags = unit.tags;
    portion.is_cache = unit.kind == UnitKind::Cache;
    for (const Digest& key : unit.keys) portion.results.push_back(seen_result(key));
    for (const Digest& id : unit.slices) {
      const KnownSlice& known = *slices_.at(id);
      portion.slices.push_back({id, known.blob, known.used_ms});
    }
    if (!unit.digest.empty()) portion.deletion = Deletion{unit.repository, unit.digest, unit.slice_blob};
    return portion;
  }

 private:
  const std::vector<Unit>& units_;
  std::map<Digest, const KnownResult*> results_;
  std::map<Digest, const KnownSlice*> slices_;
};

bool is_used(const std::string& tag, const InUse& in_use) {
  if (in_use.keep_tags.contains(tag)) return true;
  if (!tag.starts_with("s-")) return false;
  const Result<Digest> id = parse_digest(tag.substr(2));
  return id && in_use.slices.contains(*id);
}

}  // namespace

std::vector<Portion> portions_of(const std::vector<Unit>& units, const Facts& facts, const Selection& selection, bool keep_newest) {
  const Maker maker(units, facts);
  std::vector<Portion> portions;
  for (const std::size_t index : selection.units) {
    portions.push_back(maker.of_unit(index));
    portions.back().stays_if_newest = keep_newest && units[index].kind == UnitKind::Image;
  }
  for (const Digest& key : selection.records_alone) {
    Portion portion;
    portion.results.push_back(maker.seen_result(key));
    portions.push_back(std::move(portion));
  }
  return portions;
}

bool is_in_use(const Portion& portion, const InUse& in_use) {
  const auto result = [&](const SeenResult& seen) { return in_use.keys.contains(seen.key); };
  const auto slice = [&](const SeenSlice& seen) { return in_use.slices.contains(seen.id); };
  const auto tag = [&](const std::string& name) { return portion.is_cache ? in_use.caches.contains(name) : is_used(name, in_use); };
  return (portion.deletion && in_use.images.contains(portion.deletion->digest)) ||
         std::any_of(portion.results.begin(), portion.results.end(), result) ||
         std::any_of(portion.slices.begin(), portion.slices.end(), slice) || std::any_of(portion.tags.begin(), portion.tags.end(), tag);
}

Selection without(const std::vector<Unit>& units, const Selection& selection, const std::vector<Portion>& portions,
                  const std::set<std::size_t>& stayed) {
  std::vector<std::size_t> gone;
  std::vector<Digest> alone;
  for (std::size_t i = 0; i < portions.size(); ++i) {
    if (stayed.contains(i)) continue;
    if (portions[i].unit) {
      gone.push_back(*portions[i].unit);
    } else {
      alone.push_back(portions[i].results.front().key);
    }
  }
  Selection rest = select_these(units, gone, alone);
  rest.in_use = selection.in_use;
  rest.shared = selection.shared;
  return rest;
}

}  // namespace farm::upkeep
