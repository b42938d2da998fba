// Purpose: lets submissions in. A submission is first a Candidate, in memory only: its base images are resolved, its hits looked up in the
// registry, its slices looked for. When nothing is open, it becomes a build (durable) and is answered: all hit: the final status; else what
// is missing. A candidate that can't be let in is refused and leaves nothing behind; a repeat with its token starts afresh. Limits:
// kCandidatesMax at a time, kCandidateTimeMax each.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/registry_memory.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/tag_board.hpp"
#include "coordinator/upkeep/inventory.hpp"

namespace farm::coordinator {

constexpr std::size_t kCandidatesMax = 64;
constexpr Millis kCandidateTimeMax{60'000};
constexpr Millis kHoldMax{120'000};
constexpr Millis kHeldAnswer{20'000};      // a submission that is held for so long is told so, before its client gives up
constexpr Millis kSlicesWaitMax{900'000};  // an accepted build whose slices don't come fails after this

class Submissions {
 public:
  Submissions(Core& core, BuildBook& book, RegistryMemory& memory, TagBoard& tags, Effects& effects)
      : core_(core), book_(book), memory_(memory), tags_(tags), effects_(effects) {}

  // Each is answered once, now or later.
  void submit(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, protocol::Submit submit);
  void slices_pushed(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, const protocol::SlicesPushed& pushed);

  void on(const BaseResolved& answer);
  void on(const ResultChecked& answer);
  void on(const SliceFound& answer);
  void tag_ended(const TagBoard::Ended& ended);

  // No build begins for so long: submissions wait. 0: they go on. Conflict while builds are open.
  Result<void> hold(Millis time);
  // What candidates count on.
  void add_in_use(upkeep::InUse& in_use) const;

  // Ends candidates and builds that waited too long.
  void tick();

  // Hands a build whose slices are all there to the scheduler.
  void plan_build(OpenBuild& build, std::vector<scheduler::Command> commands = {}, store::Batch batch = {});

 private:
  struct Asker {
    std::string peer;
    std::uint64_t request = 0;
  };
  struct Candidate {
    protocol::Submit submit;
    std::string client;
    std::string zone;
    Instant started;
    std::vector<Asker> askers;
    std::set<std::string> open_bases;
    std::set<Digest> open_results;
    std::set<Digest> open_slices;
    std::map<std::string, Digest> open_tags;  // reference → image
    std::map<std::string, Move> tags;         // of an all-hit submission
    admission::PinnedBases bases;
    std::set<Digest> gone;     // results that the registry lost
    std::vector<Digest> keys;  // of its jobs, once its base images are known
    bool tags_asked = false;

    [[nodiscard]] bool waits() const { return !open_bases.empty() || !open_results.empty() || !open_slices.empty() || !open_tags.empty(); }
  };

  void go_on();
  void advance(Candidate& candidate);
  bool resolve_bases(Candidate& candidate);
  bool check_hits(Candidate& candidate, const Plan& plan, const admission::Admission& admission);
  bool find_slices(Candidate& candidate, const admission::Admission& admission, std::vector<Digest>& missing);
  bool move_tags(Candidate& candidate, const Plan& plan, const admission::Admission& admission);
  Result<admission::Admission> admit(const Candidate& candidate) const;
  [[nodiscard]] std::optional<admission::KnownResult> result_of(const Digest& key) const;
  void open(Candidate& candidate, admission::Admission admission, const std::vector<Digest>& missing);
  void refuse(Candidate& candidate, const Error& error);
  void refuse(const std::string& peer, std::uint64_t request, const Error& error);
  void accept(const std::string& peer, std::uint64_t request, BuildStatus status, std::vector<Digest> missing);
  bool answer_known(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, const std::string& token);
  void forget(const std::string& token) { candidates_.erase(token); }
  void answer_pushers_of_ended();
  std::vector<Candidate*> older_than(Millis age);
  void note_slice(const protocol::SliceBlob& slice);
  void note_listings(const std::vector<protocol::SliceListing>& listings, const std::set<Digest>& wanted);
  void slice_checked(OpenBuild& build, const SliceFound& answer);
  void supersede(const OpenBuild& build, std::vector<scheduler::Command>& commands);

  Core& core_;
  BuildBook& book_;
  RegistryMemory& memory_;
  TagBoard& tags_;
  Effects& effects_;
  std::map<std::string, std::unique_ptr<Candidate>> candidates_;  // by token
  std::map<Digest, protocol::SliceListing> listings_;             // of slices that are being looked up
  store::Batch slices_found_;                                     // records of slices, for the next batch, or the next tick
  Instant held_until_;
  bool held_waited_ = false;
  std::map<BuildId, std::vector<Asker>> pushers_;  // who waits for its slices to be checked
};

}  // namespace farm::coordinator
