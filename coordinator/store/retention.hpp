// Purpose: keeps the history bounded: what is too old, too many or too big goes, the oldest first. Builds that still run, and what they
// need, always stay. What can't be read stays until it is one too many, and keeps nothing else from going.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/store/store.hpp"

namespace farm::store {

struct RetentionLimits {
  std::size_t builds_max = 1'000;
  std::int64_t age_max_ms = 30LL * 24 * 3600 * 1000;
  std::uint64_t log_bytes_max = 2ULL << 30U;  // of all jobs, before compression
  std::size_t events_max = 100'000;
};
struct Pruned {
  std::size_t builds = 0;
  std::size_t logs = 0;
  std::size_t events = 0;
  std::size_t results = 0;  // made or used longer than age_max_ms ago; their images stay in the registry until it collects them
  std::size_t slices = 0;   // likewise
  bool more = false;        // stopped at the bound of one call; call again soon
};

// A record that may go, as it was when that was decided, and what goes with it.
struct Judged {
  Kind kind = Kind::Results;
  std::string key;
  std::string value;
  Batch changes;
};
struct PrunePlan {
  Pruned pruned;
  Batch batch;                 // in any case
  std::vector<Judged> judged;  // if they are still the same
};
// One bounded piece of work (at most 100 of each sort). Reads long, so off the loop, where RocksDB's reads are allowed.
Result<PrunePlan> plan_prune(const Store& store, const RetentionLimits& limits, std::int64_t now_ms);
// In the loop: what was used or shared since stays.
Result<void> carry_out(Store& store, PrunePlan plan);

// Both at once.
Result<Pruned> prune(Store& store, const RetentionLimits& limits, std::int64_t now_ms);

}  // namespace farm::store
