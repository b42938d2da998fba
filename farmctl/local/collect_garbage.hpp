// Purpose: frees on the registry's disk what no manifest names any more. Only the registry that `farmctl local up` started is touched:
// builds are held (the coordinator refuses while any is open), the registry is stopped, `docker-registry garbage-collect` runs, the
// registry is started again. For any other registry: what to run there.
//
// The second half is done by a keeper: farmctl itself, started again in a session of its own, which goes on whatever happens to the first.
// Where the keeper is killed, its garbage-collect dies with it and farmctl starts the registry; where both are, the next farmctl that
// needs the registry does (mend_registry).
#pragma once

#include <string>
#include <vector>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/exit_code.hpp"
#include "farmctl/render/upkeep_view.hpp"
#include "shared/config/config.hpp"

namespace farm::ctl {

// What failed is told as advice: the prune itself is done.
GarbageCollected collect_garbage(const config::ClientConfig& farm, CoordinatorClient& client);

// Starts the registry of the local farm where a garbage collection that was killed left it stopped, and says so on stderr. Does nothing
// where there was none, or where one goes on.
void mend_registry();

constexpr const char* kGarbageKeeper = "__collect-garbage";
// The keeper: `farmctl __collect-garbage FD`, with the lock's file descriptor. Prints "freed BYTES" or "failed WHY".
ExitCode run_garbage_keeper(const std::vector<std::string>& words);

}  // namespace farm::ctl
