// Purpose: watches a build to its end: a live screen on a terminal, plain lines elsewhere. Ctrl-C cancels the build, once, and says so.
#pragma once

#include "farmctl/client/coordinator_client.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl {

class Stopwatch {
 public:
  Stopwatch();
  [[nodiscard]] Millis elapsed() const;

 private:
  Instant start_;
};

// What Ctrl-C means: the one who submitted cancels; one who only watches leaves (the status is then returned as it is).
enum class OnInterrupt { Cancel, Leave };

// From `status` on until the build is final. A coordinator that is away for less than five minutes is waited for, and that is said.
// `progress`: write to stderr how it goes.
Result<BuildStatus> follow_build(CoordinatorClient& client, BuildStatus status, bool progress,
                                 OnInterrupt on_interrupt = OnInterrupt::Cancel);

}  // namespace farm::ctl
