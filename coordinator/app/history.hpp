// Purpose: the statuses of a project's builds from the store, newest first. Reads only. Limits: kHistoryBuildsMax builds, so many bytes as
// fit into a frame with room to spare, and kHistoryVisitedMax statuses looked at per call; `next` goes on from there.
#pragma once

#include <functional>

#include "coordinator/store/store.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kHistoryVisitedMax = 1'000;

// `may_see` is asked with a project's name; `current` for the status of a build whose stored one is not final.
Result<protocol::BuildHistory> history(const store::Store& store, const protocol::GetHistory& wanted,
                                       const std::function<bool(const std::string&)>& may_see,
                                       const std::function<Result<BuildStatus>(BuildId)>& current);

}  // namespace farm::coordinator
