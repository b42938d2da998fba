// Purpose: what takes the space, and what was freed, as tables for people and as JSON (docs/json.md: farm.du.v1, farm.prune.v1,
// farm.clean.v1). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shared/protocol/client_messages.hpp"

namespace farm::ctl {

// What farmctl itself found out about the registry's disk after a prune; see collect_garbage.hpp.
struct GarbageCollected {
  bool done = false;
  std::uint64_t freed_bytes = 0;  // on the registry's disk
  std::string advice;             // what to do, or why it was not done
};

std::string render_usage(const protocol::Usage& usage, std::int64_t now_ms);
std::string render_usage_json(const protocol::Usage& usage);

// `verbose`: each item too, which a dry run always shows.
std::string render_pruned(const protocol::Pruned& pruned, const GarbageCollected& garbage, std::int64_t now_ms, bool verbose);
std::string render_pruned_json(const protocol::Pruned& pruned, const GarbageCollected& garbage);
std::string render_cleaned(const protocol::Pruned& pruned, const std::string& project);
std::string render_cleaned_json(const protocol::Pruned& pruned, const std::string& project);

}  // namespace farm::ctl
