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
                                       const std::function<bool(const std::string&)>& may_see,
                                       const std::function<Result<BuildStatus>(BuildId)>& current) {
  const std::size_t count_max = std::clamp<std::size_t>(wanted.count_max, 1, protocol::kHistoryBuildsMax);
  protocol::BuildHistory found;
  found.project = wanted.project;
  BuildId before = wanted.before;
  std::size_t bytes = 0;
  for (std::size_t visited = 0; visited < kHistoryVisitedMax;) {
    Result<std::vector<store::SizedStatus>> page = store::statuses_before(store, before, kPage);
    if (!page) return std::move(page).error();
    for (store::SizedStatus& stored : *page) {
      ++visited;
      const bool of_project = found.project.empty() ? may_see(stored.status.project) : stored.status.project == found.project;
      if (of_project) {
        if (found.builds.size() == count_max || (!found.builds.empty() && bytes + stored.bytes > kBytesMax)) {
          found.next = before;
          return found;
        }
        found.project = stored.status.project;
        bytes += stored.bytes;
        Result<BuildStatus> now = is_final(stored.status.state) ? std::move(stored.status) : current(stored.status.id);
        if (now) found.builds.push_back(std::move(*now));
      }
      before = stored.id;
    }
    if (page->size() < kPage) return found;
  }
  found.next = before;
  return found;
}

}  // namespace farm::coordinator
