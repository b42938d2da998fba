// Purpose: a type per id, so that no two can be swapped. Ids come from counters kept in a machine's state, never from clock or chance.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace farm {

template <typename Tag>
struct Id {
  std::uint64_t value = 0;  // 0 is "none"
  friend auto operator<=>(const Id&, const Id&) = default;
  explicit operator bool() const { return value != 0; }
};

using BuildId = Id<struct BuildTag>;    // one submission; issued by the coordinator
using JobId = Id<struct JobTag>;        // one job in the farm (several builds may share it); issued by the coordinator
using Fence = Id<struct FenceTag>;      // one assignment of a job to an agent; grows for ever, never issued twice
using Session = Id<struct SessionTag>;  // one life of an agent process; grows with each start

template <typename Tag>
std::string to_string(Id<Tag> id) {
  return std::to_string(id.value);
}

}  // namespace farm
