// Purpose: figures for the metrics that nothing else of the loop comes by: RocksDB's, the state's disk, what the records say is in the
// registry; what a submission's hits saved. Bounded work each tick: the records are counted a page at a time, round and round.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "coordinator/admission/admission.hpp"
#include "coordinator/app/core.hpp"

namespace farm::coordinator {

class Figures {
 public:
  explicit Figures(Core& core) : core_(core) {}
  void tick();

 private:
  struct Content {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
  };
  static constexpr std::size_t kContents = 5;  // results by kind, then slices
  using Census = std::array<Content, kContents>;

  void set_store();
  void count_page();
  void publish() const;

  Core& core_;
  Instant store_due_;
  Census counting_{};
  store::Kind kind_ = store::Kind::Results;  // what is being counted
  std::string next_;                         // the first key that was not counted yet
  Instant count_due_;                        // a round is over; the next one starts then
};

// Counts hits, misses and their causes, and what the hits saved.
void note_admission(const Core& core, const Plan& plan, const admission::Admission& admission, const std::vector<Digest>& missing);

}  // namespace farm::coordinator
