#include "coordinator/upkeep/inventory.hpp"

#include <algorithm>

namespace farm::upkeep {
namespace {

using Place = std::pair<std::string, Digest>;  // repository and digest

UnitKind kind_of(JobKind kind) {
  switch (kind) {
    case JobKind::Deps: return UnitKind::Deps;
    case JobKind::Crates: return UnitKind::Crates;
    case JobKind::Compile: return UnitKind::Compile;
    case JobKind::Image: return UnitKind::Image;
  }
  return UnitKind::Other;
}

// Of what no record names.
UnitKind kind_of(const StoredManifest& manifest, const Facts& facts) {
  if (manifest.repository == facts.slice_repository) return UnitKind::Slices;
  if (manifest.repository == facts.cache_repository) return UnitKind::Cache;
  const bool kept = std::any_of(manifest.tags.begin(), manifest.tags.end(), [](const std::string& tag) { return tag.starts_with("k-"); });
  if (!kept) return UnitKind::Other;
  const std::string last = manifest.repository.substr(manifest.repository.rfind('/') + 1);
  for (const UnitKind kind : {UnitKind::Deps, UnitKind::Crates, UnitKind::Compile}) {
    if (last == to_string(kind)) return kind;
  }
  return UnitKind::Image;
}

class Joiner {
 public:
  explicit Joiner(const Facts& facts) : facts_(facts) {
    for (const Digest& id : facts.in_use.slices) tags_in_use_.insert("s-" + id.hex());
    tags_in_use_.insert(facts.in_use.keep_tags.begin(), facts.in_use.keep_tags.end());
  }

  std::vector<Unit> join() {
    for (const StoredManifest& manifest : facts_.survey.manifests) add(manifest);
    for (const KnownResult& result : facts_.results) add(result);
    for (const KnownSlice& slice : facts_.slices) add(slice);
    for (Unit& unit : units_) finish(unit);
    return std::move(units_);
  }

 private:
  void add(const StoredManifest& manifest) {
    at_[{manifest.repository, manifest.digest}] = units_.size();
    Unit unit;
    unit.kind = kind_of(manifest, facts_);
    unit.repository = manifest.repository;
    unit.digest = manifest.digest;
    unit.tags = manifest.tags;
    unit.blobs = manifest.blobs;
    if (unit.kind == UnitKind::Slices) {
      for (const std::string& tag : unit.tags) slice_tags_[tag] = units_.size();
    }
    units_.push_back(std::move(unit));
  }

  Unit& unit_at(const std::string& repository, const Digest& digest) {
    const auto [found, is_new] = at_.try_emplace({repository, digest}, units_.size());
    if (is_new) {
      Unit unit;
      unit.repository = repository;
      unit.digest = digest;
      units_.push_back(std::move(unit));
    }
    return units_[found->second];
  }

  void add(const KnownResult& result) {
    Unit& unit = unit_at(result.repository, result.image);
    unit.kind = kind_of(result.kind);
    unit.keys.push_back(result.key);
    unit.name = result.name;
    unit.projects.insert(result.users.begin(), result.users.end());
    unit.projects.insert(result.project);
    unit.used_ms = std::max(unit.used_ms, result.used_ms);
    unit.newest_image = unit.newest_image || (result.kind == JobKind::Image && facts_.newest.contains(result.key));
    unit.in_use = unit.in_use || facts_.in_use.keys.contains(result.key);
  }

  void add(const KnownSlice& slice) {
    const auto tagged = slice_tags_.find("s-" + slice.id.hex());
    if (tagged == slice_tags_.end()) {
      Unit lost;
      lost.repository = facts_.slice_repository;
      units_.push_back(std::move(lost));
    }
    Unit& unit = tagged == slice_tags_.end() ? units_.back() : units_[tagged->second];
    unit.kind = UnitKind::Slices;
    unit.slices.push_back(slice.id);
    unit.slice_blob = slice.blob;
    unit.name = "slice " + slice.id.short_hex();
    unit.projects.insert(slice.users.begin(), slice.users.end());
    unit.used_ms = std::max(unit.used_ms, slice.used_ms);
    unit.in_use = unit.in_use || facts_.in_use.slices.contains(slice.id);
  }

  void finish(Unit& unit) {
    for (const std::string& tag : unit.tags) finish(unit, tag);
    // It may have tags that were not looked at.
    unit.published = unit.published || (facts_.survey.cut_short && unit.kind == UnitKind::Image);
    unit.in_use = unit.in_use || facts_.in_use.images.contains(unit.digest);
    // Whoever used it since the registry was asked may have let a tag move to it.
    unit.in_use = unit.in_use || (unit.used_ms != 0 && unit.used_ms >= facts_.survey.begun_ms);
    if (unit.name.empty()) unit.name = unit.repository + (unit.tags.empty() ? "@" + unit.digest.short_hex() : ":" + unit.tags.front());
  }

  void finish(Unit& unit, const std::string& tag) {
    if (unit.kind == UnitKind::Cache) {
      const auto known = facts_.caches.find(tag);
      if (known != facts_.caches.end()) {
        unit.projects.insert(known->second.project);
        unit.used_ms = std::max(unit.used_ms, known->second.used_ms);
      }
      unit.in_use = unit.in_use || facts_.in_use.caches.contains(tag);
      return;
    }
    if (!is_own_tag(tag)) unit.published = true;
    unit.in_use = unit.in_use || tags_in_use_.contains(tag);
  }

  const Facts& facts_;
  std::vector<Unit> units_;
  std::map<Place, std::size_t> at_;
  std::map<std::string, std::size_t> slice_tags_;
  std::set<std::string> tags_in_use_;
};

}  // namespace

std::string_view to_string(UnitKind kind) {
  constexpr std::string_view kNames[] = {"slices", "deps", "crates", "compile", "image", "cache", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string Unit::project() const {
  if (projects.size() > 1) return "(shared)";
  return projects.empty() ? "" : *projects.begin();
}

std::vector<Unit> units_of(const Facts& facts) { return Joiner(facts).join(); }

std::uint64_t bytes_of(const std::vector<Unit>& units) {
  std::map<Digest, std::uint64_t> blobs;
  for (const Unit& unit : units) {
    for (const Blob& blob : unit.blobs) blobs.emplace(blob.digest, blob.bytes);
  }
  std::uint64_t bytes = 0;
  for (const auto& [digest, size] : blobs) bytes += size;
  return bytes;
}

bool is_own_tag(std::string_view tag) {
  const auto hex = [](std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; };
  return (tag.size() == 34 && tag.starts_with("k-") && hex(tag.substr(2))) ||
         (tag.size() == 66 && tag.starts_with("s-") && hex(tag.substr(2)));
}

}  // namespace farm::upkeep
