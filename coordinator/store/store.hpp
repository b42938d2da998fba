// Purpose: the coordinator's memory: ordered bytes → bytes per kind of record, changed in atomic batches that are durable when apply()
// returns. Implementations: RocksDB (one column family per kind) and memory, both under one contract suite (tests/contract).
// Errors: NotFound, Corrupt (the bytes on disk are damaged), Unavailable (disk full or I/O error: don't count on the batch, apply it
// again), Conflict (another coordinator has this directory), Unsupported (written by a newer version).
// One thread, except that RocksDB's get() and scan() may be called from others.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/store/damage.hpp"
#include "shared/base/result.hpp"

namespace farm::store {

// Column families by name, so order is free here; names are part of the persistent format.
enum class Kind : std::uint8_t {
  Meta,         // layout version, counters
  Builds,       // scheduler's builds
  Jobs,         // scheduler's jobs
  Specs,        // JobSpecRecord by job id
  Submissions,  // SubmissionRecord by build id
  Tokens,       // submission token → build id
  Statuses,     // BuildStatus by build id, for the history
  Results,      // ResultRecord by key
  Latest,       // (project, job name) → key of its newest result
  Slices,       // SliceRecord by slice id
  Durations,    // DurationRecord by project and job name
  Agents,       // AgentRecord by name: what was last seen of it
  Drains,       // scheduler::AgentRecord by name: the operator's wish
  Logs,         // (job id, fence, offset) → zstd piece
  LogSizes,     // (job id, fence) → bytes before compression
  Events,       // EventRecord by number
  Steps,        // StepsRecord by job id
  Listings,     // SliceListing by slice id
};
inline constexpr std::size_t kKinds = 18;
std::string_view to_string(Kind kind);

struct Change {
  Kind kind = Kind::Meta;
  std::string key;
  std::optional<std::string> value;  // none: erase
};

// Later changes of one key win over earlier ones.
class Batch {
 public:
  void put(Kind kind, std::string key, std::string value) { changes_.push_back({kind, std::move(key), std::move(value)}); }
  void erase(Kind kind, std::string key) { changes_.push_back({kind, std::move(key), std::nullopt}); }
  void append(Batch other) {
    for (Change& change : other.changes_) changes_.push_back(std::move(change));
  }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] bool empty() const { return changes_.empty(); }
  [[nodiscard]] std::size_t size() const { return changes_.size(); }

 private:
  std::vector<Change> changes_;
};

enum class Durability {
  Synced,    // on disk when apply() returns: records
  Buffered,  // survives a crash of the process, perhaps not of the machine: log pieces, durations
};

struct Range {
  std::string from;   // first key; empty: the start
  std::string below;  // first key after the range; empty: the end
  std::size_t count_max = 1'000;
  bool backwards = false;  // the highest keys first
};
struct Item {
  std::string key;
  std::string value;
  friend bool operator==(const Item&, const Item&) = default;
};

// Of the database behind a store; zeros where there is none.
struct Figures {
  std::uint64_t table_bytes = 0;  // on disk
  std::uint64_t memtable_bytes = 0;
  std::uint64_t cache_bytes = 0;  // block cache
  std::uint64_t pending_compaction_bytes = 0;
  std::uint64_t compactions_running = 0;
  std::uint64_t background_errors = 0;
  bool write_stopped = false;
  std::array<std::uint64_t, kKinds> keys{};  // estimated, by kind
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<void> apply(const Batch& batch, Durability durability = Durability::Synced) = 0;
  [[nodiscard]] virtual Result<std::string> get(Kind kind, std::string_view key) const = 0;  // NotFound
  // In key order. Fewer than count_max items: the range has no more.
  [[nodiscard]] virtual Result<std::vector<Item>> scan(Kind kind, const Range& range) const = 0;
  [[nodiscard]] virtual Figures figures() const { return {}; }
  // Records that readers could not make sense of.
  [[nodiscard]] Damage& damage() const { return damage_; }

 private:
  mutable Damage damage_;
};

std::unique_ptr<Store> open_memory_store();

struct RocksOptions {
  std::string directory;   // is made if it doesn't exist
  bool in_memory = false;  // RocksDB on its memory Env, for tests
};
// Conflict: "another coordinator runs on this state directory". Corrupt, Unsupported: the start must stop.
Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options);

// Keys that sort as their numbers do.
std::string number_key(std::uint64_t number);
std::string number_key(std::uint64_t first, std::uint64_t second);
std::string number_key(std::uint64_t first, std::uint64_t second, std::uint64_t third);
// The number at `place` (0: the first) of such a key. Error: Corrupt.
Result<std::uint64_t> number_of_key(std::string_view key, std::size_t place = 0);
// Two texts, of which the first holds no NUL: sorts by the first, then the second.
std::string text_key(std::string_view first, std::string_view second);

// Calls `use` for every item of the kind, in order, until it fails.
Result<void> for_each(const Store& store, Kind kind, const std::function<Result<void>(const Item&)>& use);

}  // namespace farm::store
