// Purpose: what the registry answered lately, so that an unchanged resubmission asks it nothing. Entries age: base digests by
// configuration, everything else after kPresenceTtl. Bounded: a full table is emptied (it only costs questions).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "shared/base/digest.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::coordinator {

constexpr Millis kPresenceTtl{60'000};
constexpr std::size_t kRemembered = 100'000;

template <typename Key, typename Value>
class AgingMap {
 public:
  void put(const Key& key, Value value, Instant now) {
    if (entries_.size() >= kRemembered) entries_.clear();
    entries_.insert_or_assign(key, Entry{std::move(value), now});
  }
  void erase(const Key& key) { entries_.erase(key); }
  // Null where it is unknown or was learned before `not_before`.
  [[nodiscard]] const Value* find(const Key& key, Instant not_before) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.learned < not_before ? nullptr : &found->second.value;
  }

 private:
  struct Entry {
    Value value;
    Instant learned;
  };
  std::map<Key, Entry> entries_;
};

struct RegistryMemory {
  AgingMap<std::string, Digest> bases;                          // reference → digest
  AgingMap<Digest, Digest> results;                             // key → image that is there
  AgingMap<Digest, std::optional<protocol::SliceBlob>> slices;  // id → its blob, or nothing: not there
  AgingMap<std::string, Digest> tags;                           // "repository:tag" → where it points
};

}  // namespace farm::coordinator
