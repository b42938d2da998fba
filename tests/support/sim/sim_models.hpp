// Purpose: models beside the system. They see what is durable, what is sent, what runs and what is told, and know the few things that must
// always hold. They share no code with what they check. A contradiction fails the run.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "shared/model/status.hpp"
#include "tests/support/sim/sim_disk.hpp"
#include "tests/support/sim/sim_network.hpp"
#include "tests/support/sim/sim_universe.hpp"

namespace farm::sim {

struct SimCounts {
  std::uint64_t executions = 0;
  std::uint64_t successes = 0;
  std::uint64_t agent_crashes = 0;
  std::uint64_t coordinator_crashes = 0;
  std::uint64_t steps = 0;
  std::uint64_t builds_succeeded = 0;
  std::uint64_t builds_failed = 0;
  std::uint64_t builds_cancelled = 0;
  std::uint64_t adopted = 0;  // jobs that a restarted coordinator found running
  std::uint64_t shared = 0;   // jobs that served a second build
  std::uint64_t retries = 0;
  friend bool operator==(const SimCounts&, const SimCounts&) = default;
};

class Models {
 public:
  Models(World& world, const Disk& disk, const Registry& registry, const Universe& universe)
      : world_(world), disk_(disk), registry_(registry), universe_(universe) {}

  // ---- coordinator
  void saved(const scheduler::JobRecord& record);  // it is durable now
  void start_sent(const scheduler::SendStart& start);
  void ack_sent(const scheduler::SendAck& ack);
  void restarted();  // everything acknowledged must be on the disk

  // ---- agents
  void agent_has(const std::string& agent, std::uint32_t slots);
  void executes(Peer agent, std::uint64_t life, JobId job, Fence fence, const Digest& key, std::size_t running, std::uint32_t slots);
  void succeeded(JobId job, Fence fence, const Digest& image);  // the agent made this image

  // ---- registry
  void lost_image(const Digest& key);  // its key may be built once more

  // ---- clients
  void accepted(const Submission& submission, BuildId build);  // the client was told
  void told_end(const Submission& submission, BuildId build, BuildState state);

  SimCounts counts;

 private:
  World& world_;
  const Disk& disk_;
  const Registry& registry_;
  const Universe& universe_;
  std::map<Fence, std::pair<JobId, std::string>> fences_;  // what each fence was issued for
  std::set<std::tuple<Peer, std::uint64_t, JobId, Fence>> executed_;
  std::map<std::pair<JobId, Fence>, Digest> made_;
  std::map<std::string, std::uint32_t> slots_;
  std::set<JobId> succeeded_;
  std::map<Digest, std::set<JobId>> successes_;  // per key, without no_cache jobs
  std::map<Digest, std::size_t> losses_;
  std::map<std::string, BuildId> accepted_;
  std::map<BuildId, BuildState> ended_;
};

}  // namespace farm::sim
