#include "coordinator/upkeep/usage.hpp"

#include <map>
#include <set>

namespace farm::upkeep {
namespace {

std::vector<protocol::UsageGroup> groups_of(const std::vector<const Unit*>& units) {
  struct Group {
    protocol::UsageGroup told;
    std::set<Digest> blobs;
  };
  std::map<std::pair<UnitKind, std::string>, Group> groups;
  for (const Unit* unit : units) {
    Group& group = groups[{unit->kind, unit->project()}];
    group.told.kind = to_string(unit->kind);
    group.told.project = unit->project();
    ++group.told.items;
    for (const Blob& blob : unit->blobs) {
      if (group.blobs.insert(blob.digest).second) group.told.bytes += blob.bytes;
    }
    if (unit->used_ms == 0) continue;
    if (group.told.oldest_ms == 0 || unit->used_ms < group.told.oldest_ms) group.told.oldest_ms = unit->used_ms;
    if (unit->used_ms > group.told.newest_ms) group.told.newest_ms = unit->used_ms;
  }
  std::vector<protocol::UsageGroup> out;
  for (auto& [key, group] : groups) out.push_back(std::move(group.told));
  return out;
}

std::uint64_t bytes_of(const Unit& unit) {
  std::set<Digest> seen;
  std::uint64_t bytes = 0;
  for (const Blob& blob : unit.blobs) bytes += seen.insert(blob.digest).second ? blob.bytes : 0;
  return bytes;
}

}  // namespace

protocol::Usage usage_of(const std::vector<Unit>& units, std::int64_t now_ms) {
  protocol::Usage usage;
  std::vector<const Unit*> all;
  std::vector<Unit> in_use;
  for (const Unit& unit : units) {
    if (unit.blobs.empty()) continue;  // a record whose manifest is gone takes no space
    all.push_back(&unit);
    if (unit.in_use) in_use.push_back(unit);
  }
  usage.groups = groups_of(all);
  usage.registry_bytes = upkeep::bytes_of(units);
  usage.in_use_bytes = upkeep::bytes_of(in_use);
  usage.manifests = all.size();
  usage.prunable_bytes = choose_for_prune(units, {now_ms, kDefaultAgeMs, UINT64_MAX, false}).freed_bytes;
  return usage;
}

protocol::Pruned told(const std::vector<Unit>& units, const Selection& selection, bool dry_run) {
  protocol::Pruned pruned;
  pruned.dry_run = dry_run;
  std::vector<const Unit*> gone;
  for (const std::size_t index : selection.units) {
    const Unit& unit = units[index];
    gone.push_back(&unit);
    if (pruned.items.size() < kItemsToldMax)
      pruned.items.push_back({std::string(to_string(unit.kind)), unit.project(), unit.name, bytes_of(unit), unit.used_ms});
  }
  pruned.groups = groups_of(gone);
  pruned.results = selection.forget_results.size();
  pruned.slices = selection.forget_slices.size();
  pruned.manifests = selection.deletions.size();
  pruned.registry_bytes = selection.freed_bytes;
  pruned.registry_bytes_left = selection.left_bytes;
  pruned.in_use = selection.in_use;
  pruned.shared = selection.shared;
  return pruned;
}

}  // namespace farm::upkeep
