// Purpose: carries out what the scheduler asks for: first all records of the step, with what the coordinator adds to them, in one durable
// batch; then the sends, the registry work and the notices. A store that does not take the batch stops the coordinator (core.broken): its
// memory would be ahead of its disk, and a restart is safe.
#pragma once

#include <utility>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/job_logs.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/registry_memory.hpp"
#include "coordinator/app/tag_board.hpp"
#include "coordinator/app/watchers.hpp"

namespace farm::coordinator {

class Effects {
 public:
  Effects(Core& core, BuildBook& book, RegistryMemory& memory, TagBoard& tags, Watchers& watchers, JobLogs& logs)
      : core_(core), book_(book), memory_(memory), tags_(tags), watchers_(watchers), logs_(logs) {}

  // A step without its effects, for callers that add records to the batch.
  std::vector<scheduler::Command> step(const scheduler::Event& event);
  void carry_out(const std::vector<scheduler::Command>& commands, store::Batch batch = {});
  void run(const scheduler::Event& event) { carry_out(step(event)); }

  // Asks for the tags of all services whose image is there.
  void publish_ready(OpenBuild& build);
  // The same with the next carry_out(), after its records: a step that plans a build may end it too.
  void mark_ready(OpenBuild& build);
  void tag_ended(const TagBoard::Ended& ended);
  // Writes the last status of a build that the scheduler is done with, if none of its tags is being moved; else does nothing.
  void finish_if_settled(BuildId id);
  // A durable batch that no step belongs to.
  void save(const store::Batch& batch);

 private:
  void mark_for_publishing(OpenBuild& build, const BuildJob& job, const Digest& image);
  void ask_for_tags();
  [[nodiscard]] Digest image_of(const OpenBuild& build, const std::string& job_name) const;
  void put_last_status(store::Batch& batch, const OpenBuild& build);
  void close(const std::vector<BuildId>& builds);
  void run_deferred();

  struct Publication {
    BuildId build;
    std::string reference;
    std::string repository;
    Digest image;
  };

  Core& core_;
  BuildBook& book_;
  RegistryMemory& memory_;
  TagBoard& tags_;
  Watchers& watchers_;
  JobLogs& logs_;
  std::vector<Publication> publications_;   // marked in this step, asked for after its batch
  std::vector<scheduler::Event> deferred_;  // what carrying out a step gave rise to
  bool running_deferred_ = false;
};

}  // namespace farm::coordinator
