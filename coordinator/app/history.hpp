// Purpose: the statuses of a project's builds from the store, newest first. Reads only; for the reading thread. Limits: kHistoryBuildsMax
// builds, so many bytes as fit into a frame with room to spare, and kHistoryVisitedMax statuses looked at per call; `next` goes on from
// there. What can't be read is left out (Store::damage()).
#pragma once

#include <functional>

#include "coordinator/store/store.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kHistoryVisitedMax = 1'000;

// `may_see` is asked with a project's name. Builds that are not final are as they were stored: see freshen().
Result<protocol::BuildHistory> history(const store::Store& store, const protocol::GetHistory& wanted,
                                       const std::function<bool(const std::string&)>& may_see);

// In the loop: `current` gives the status of a build whose stored one is not final. What it does not know is left out.
void freshen(std::vector<BuildStatus>& builds, const std::function<Result<BuildStatus>(BuildId)>& current);

}  // namespace farm::coordinator
