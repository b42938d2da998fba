// Purpose: frees on the registry's disk what no manifest names any more. Only the registry that `farmctl local up` started is touched:
// builds are held (the coordinator refuses while any is open), the registry is stopped, `docker-registry garbage-collect` runs, the
// registry is started again. For any other registry: what to run there.
#pragma once

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/render/upkeep_view.hpp"
#include "shared/config/config.hpp"

namespace farm::ctl {

// What failed is told as advice: the prune itself is done.
GarbageCollected collect_garbage(const config::ClientConfig& farm, CoordinatorClient& client);

}  // namespace farm::ctl
