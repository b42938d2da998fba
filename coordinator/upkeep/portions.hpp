// Purpose: a selection in pieces that can be carried out one after the other, each whole in itself, and what has to be true of a piece at
// the moment when it goes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/upkeep/inventory.hpp"
#include "coordinator/upkeep/select.hpp"

namespace farm::upkeep {

// A record as it was when the choice was made. One that differs now was used or made anew since.
struct SeenResult {
  Digest key;
  Digest image;
  std::int64_t used_ms = 0;  // made or hit
};
struct SeenSlice {
  Digest id;
  Digest blob;
  std::int64_t used_ms = 0;
};

// One unit with the records that name it; or the record of one result alone, whose manifest stays.
struct Portion {
  std::optional<std::size_t> unit;  // index into the units; none: a record alone
  std::string repository;
  std::vector<std::string> tags;
  std::vector<SeenResult> results;
  std::vector<SeenSlice> slices;
  bool is_cache = false;         // its tags are those of a build cache, and have records of their use
  bool stays_if_newest = false;  // where it has become some service's newest image since
  std::optional<Deletion> deletion;
};

// In the order of the selection; records alone come last. `keep_newest`: what became some service's newest image since is to stay.
std::vector<Portion> portions_of(const std::vector<Unit>& units, const Facts& facts, const Selection& selection, bool keep_newest);

bool is_in_use(const Portion& portion, const InUse& in_use);

// What is left of a selection where some of its portions stayed. `stayed`: their indices.
Selection without(const std::vector<Unit>& units, const Selection& selection, const std::vector<Portion>& portions,
                  const std::set<std::size_t>& stayed);

}  // namespace farm::upkeep
