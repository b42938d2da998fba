#include "coordinator/app/history.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/store/records.hpp"
#include "shared/base/limits.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kBytesMax = limits::kFrameBytesMax / 2;
constexpr std::size_t kPage = 50;

}  // namespace

Result<protocol::BuildHistory> history(const store::Store& store, const protocol::GetHistory& wanted,
                                       const std::function<bool(const std::string&)>& may_see) {
  const std::size_t count_max = std::clamp<std::size_t>(wanted.count_max, 1, protocol::kHistoryBuildsMax);
  protocol::BuildHistory found;
  found.project = wanted.project;
  BuildId before = wanted.before;
  std::size_t bytes = 0;
  for (std::size_t visited = 0; visited < kHistoryVisitedMax;) {
    Result<store::StatusPage> page = store::statuses_before(store, before, kPage);
    if (!page) return std::move(page).error();
    visited += kPage;
    for (store::SizedStatus& stored : page->statuses) {
      const bool of_project = found.project.empty() ? may_see(stored.status.project) : stored.status.project == found.project;
      if (of_project) {
        if (found.builds.size() == count_max || (!found.builds.empty() && bytes + stored.bytes > kBytesMax)) {
          found.next = before;
          return found;
        }
        found.project = stored.status.project;
        bytes += stored.bytes;
        found.builds.push_back(std::move(stored.status));
      }
      before = stored.id;
    }
    if (!page->has_more) return found;
    before = page->last;
  }
  found.next = before;
  return found;
}

void freshen(std::vector<BuildStatus>& builds, const std::function<Result<BuildStatus>(BuildId)>& current) {
  std::vector<BuildStatus> fresh;
  for (BuildStatus& build : builds) {
    Result<BuildStatus> now = is_final(build.state) ? std::move(build) : current(build.id);
    if (now) fresh.push_back(std::move(*now));
  }
  builds = std::move(fresh);
}

}  // namespace farm::coordinator
