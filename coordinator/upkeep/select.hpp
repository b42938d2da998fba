// Purpose: what goes. Pure over the units of an inventory. What is in use is never chosen, neither is what farm can't know to be its own.
//
// prune: units that were not used for `older_than_ms`, then, while all blobs together are more than `keep_bytes`, the least recently used
// ones. Published images and every service's newest image stay; `all` lets published images go that are no service's newest one, and
// results, slices and caches that no record names (so the registry must be this farm's alone).
// clean: what only `project` uses. What others use too is left alone, and so are the images that it published: only their records go.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coordinator/upkeep/inventory.hpp"

namespace farm::upkeep {

struct PruneLimits {
  std::int64_t now_ms = 0;
  std::int64_t older_than_ms = -1;        // negative: age does not count
  std::uint64_t keep_bytes = UINT64_MAX;  // of all blobs
  bool all = false;
};

struct Deletion {
  std::string repository;
  Digest digest;
  Digest blob;  // of a slice: not to be found without its manifest; else empty
};

struct Selection {
  std::vector<std::size_t> units;      // indices, in the order in which they were chosen
  std::vector<Deletion> deletions;     // in the registry
  std::vector<Digest> forget_results;  // keys: records to erase before
  std::vector<Digest> records_alone;   // of them: those whose manifest stays
  std::vector<Digest> forget_slices;   // ids
  std::vector<std::string> forget_caches;
  std::uint64_t freed_bytes = 0;  // of blobs that nothing names afterwards
  std::uint64_t left_bytes = 0;
  std::uint64_t in_use = 0;  // units that would have gone by their age alone
  std::uint64_t shared = 0;  // clean: results that stay for other projects
};

Selection choose_for_prune(const std::vector<Unit>& units, const PruneLimits& limits);

// `results`: the same as the inventory's: which records are the project's own is decided for each.
Selection choose_for_clean(const std::vector<Unit>& units, const Facts& facts, const std::string& project);

// The selection that is just these units and these records alone.
Selection select_these(const std::vector<Unit>& units, const std::vector<std::size_t>& chosen, const std::vector<Digest>& records_alone);

}  // namespace farm::upkeep
