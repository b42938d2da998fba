// Purpose: packs the slices that the coordinator lacks and pushes them straight to the registry; bulk bytes never pass through the
// coordinator. Errors: Conflict where a file changed since it was read (the caller reads the project again), the registry's own.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "shared/plan/planner.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::ctl {

struct PushTarget {
  std::string registry;
  bool insecure = false;
  std::string repository;
};

// `tell` gets a line of progress now and then.
Result<std::vector<protocol::SliceBlob>> push_slices(const ProjectPlan& plan, const std::string& tree_root,
                                                     const std::vector<Digest>& missing, const PushTarget& target,
                                                     const std::atomic<bool>& stop, const std::function<void(const std::string&)>& tell);

// The lists of files of those slices that were pushed, as far as they fit (protocol::kListingsBytesMax): for `farmctl explain` and the
// console.
std::vector<protocol::SliceListing> listings_of(const ProjectPlan& plan, const std::vector<protocol::SliceBlob>& pushed);

}  // namespace farm::ctl
