// Purpose: gathers what coordinator/upkeep decides on: records of results, slices and caches, and all that is in use at this moment; and
// decides. Reading and deciding take long where there is much: coordinator/app/reading.hpp. What is in use is gathered in the loop.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/upkeep/inventory.hpp"
#include "coordinator/upkeep/portions.hpp"
#include "coordinator/upkeep/select.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

using UpkeepWork = std::variant<protocol::GetUsage, protocol::Prune, protocol::Clean>;

// What the specs of jobs count on, read once per job: a job's spec never changes.
class JobUses {
 public:
  // Those that are not known yet are read from the store.
  const upkeep::InUse& of(const store::Store& store, JobId job);

 private:
  std::map<JobId, upkeep::InUse> known_;
};

// ---- on the reading thread

// Manifests that records of results name.
Result<std::vector<std::pair<std::string, Digest>>> known_manifests(const store::Store& store);

struct Decision {
  std::vector<upkeep::Unit> units;
  upkeep::Selection selection;
  std::vector<upkeep::Portion> portions;
  std::set<std::string> job_names;  // clean: of the project
  protocol::Usage usage;
  protocol::Pruned pruned;
};
Result<Decision> decide(const store::Store& store, const config::CoordinatorConfig& config, const UpkeepWork& work, upkeep::Survey survey,
                        upkeep::InUse in_use, std::int64_t now_ms);

// ---- in the loop

void add_in_use(const Core& core, BuildBook& book, JobUses& uses, upkeep::InUse& in_use);
// What a plan counts on. `keys`: of its jobs.
void add_in_use(const Plan& plan, const std::string& zone, const std::vector<Digest>& keys, upkeep::InUse& in_use);

// Jobs that are not over, or belong to an open build.
std::vector<JobId> jobs_in_use(const Core& core, BuildBook& book);

// Its records are as they were when the choice was made, or gone.
bool is_as_seen(const store::Store& store, const upkeep::Portion& portion);

}  // namespace farm::coordinator
