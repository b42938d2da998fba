// Purpose: what takes the space, in groups for people: `farmctl du`, and what a selection takes away. Pure.
#pragma once

#include <string>
#include <vector>

#include "coordinator/upkeep/inventory.hpp"
#include "coordinator/upkeep/select.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::upkeep {

inline constexpr std::size_t kItemsToldMax = 500;
// What prune does that is told nothing.
inline constexpr std::int64_t kDefaultAgeMs = 168LL * 3'600 * 1'000;

// By kind and project, in the order of UnitKind, then by project. Without agents.
protocol::Usage usage_of(const std::vector<Unit>& units, std::int64_t now_ms);

protocol::Pruned told(const std::vector<Unit>& units, const Selection& selection, bool dry_run);

}  // namespace farm::upkeep
