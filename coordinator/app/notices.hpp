// Purpose: what the coordinator adds to a step's batch of records: results of jobs that succeeded, their durations; and which builds a step
// concerns. Changes memory only; the batch is applied by Effects.
#pragma once

#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/registry_memory.hpp"

namespace farm::coordinator {

class NoticeCollector {
 public:
  struct Ready {
    BuildId build;
    JobId job;
    Digest image;
  };
  std::vector<Ready> ready;    // images that a build can publish now
  std::vector<BuildId> ended;  // builds that the scheduler is done with

  NoticeCollector(Core& core, BuildBook& book, RegistryMemory& memory, store::Batch& batch)
      : core_(core), book_(book), memory_(memory), batch_(batch) {}

  void operator()(const scheduler::JobEnded& notice);
  void operator()(const scheduler::BuildEnded& notice) { ended.push_back(notice.build); }
  void operator()(const scheduler::BuildChanged& notice);
  template <typename Other>
  void operator()(const Other&) {}

 private:
  void add_result(const scheduler::Job& job);
  void add_duration(const scheduler::Job& job);

  Core& core_;
  BuildBook& book_;
  RegistryMemory& memory_;
  store::Batch& batch_;
};

}  // namespace farm::coordinator
