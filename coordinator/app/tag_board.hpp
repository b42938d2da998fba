// Purpose: moves published tags, one move per tag at a time in the order asked, so that the build that asked last wins. Tags that are known
// to point right are not asked about. Failures that may pass are tried again.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/registry_memory.hpp"
#include "coordinator/app/registry_work.hpp"

namespace farm::coordinator {

constexpr std::uint32_t kMoveAttemptsMax = 8;  // with that wait two minutes: a registry may be started again
constexpr Millis kMoveRetryWait{1'000};        // doubled with each attempt

class TagBoard {
 public:
  TagBoard(Core& core, RegistryMemory& memory) : core_(core), memory_(memory) {}

  // True: it points there already (as far as is known). False: asked, and done() will say.
  bool ask(const std::string& reference, const std::string& from_repository, const Digest& image);

  struct Ended {
    std::string reference;
    Digest image;
    Result<void> outcome;
  };
  // What a move's answer means: it ended, or (nothing) it is tried again.
  std::optional<Ended> done(const TagMoved& answer);

  // Asks again what is due.
  void tick();

 private:
  struct Entry {
    std::deque<MoveTag> moves;  // the first one is asked, or waits for its next attempt
    std::uint32_t attempts = 0;
    Instant again_at;  // 0: asked
  };
  void start(Entry& entry);

  Core& core_;
  RegistryMemory& memory_;
  std::map<std::string, Entry> entries_;
};

}  // namespace farm::coordinator
