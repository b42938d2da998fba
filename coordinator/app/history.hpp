// Purpose: the statuses of a project's builds from the store, newest first. Reads only. Limits: kHistoryBuildsMax builds, so many bytes as
// fit into a frame with room to spare, and kHistoryVisitedMax statuses looked at per call; `next` goes on from there.
#pragma once

#include <functional>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kHistoryVisitedMax = 1'000;

// `may_see` is asked with a project's name.
Result<protocol::BuildHistory> history(const Core& core, BuildBook& book, const protocol::GetHistory& wanted,
                                       const std::function<bool(const std::string&)>& may_see);

}  // namespace farm::coordinator
