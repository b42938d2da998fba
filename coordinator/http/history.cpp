#include "coordinator/http/history.hpp"

#include <utility>

#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kPerScan = 50;

Error no_build(BuildId id) { return {ErrorKind::NotFound, "there is no build " + to_string(id) + "; /api/v1/builds lists them"}; }

// Of a record: the store itself answers.
bool is_damaged(const Error& error) { return error.kind == ErrorKind::Corrupt || error.kind == ErrorKind::Unsupported; }

}  // namespace

Result<BuildShot> History::build(BuildId id) const {
  if (BuildShot shown = board_.build(id)) return shown;
  Result<BuildStatus> stored = store::get_status(store_, id);
  if (stored) return std::make_shared<const BuildStatus>(std::move(*stored));
  return stored.error().kind == ErrorKind::NotFound ? no_build(id) : stored.error();
}

Result<BuildShot> History::newest(const Viewer& viewer) {
  if (!viewer.sees_all()) {
    BuildFilter filter;
    filter.limit = 1;
    const Result<api::BuildPage> page = this->page(filter, viewer);
    if (!page) return page.error();
    if (page->builds.empty()) return Error{ErrorKind::NotFound, "this token's projects have no builds yet"};
    return build(page->builds.front().id);
  }
  std::uint64_t newest = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const Result<void> fresh = refresh(); !fresh) return fresh.error();
    if (!ended_.empty()) newest = ended_.rbegin()->first.value;
    if (!open_.empty()) newest = std::max(newest, open_.rbegin()->value);
  }
  if (newest == 0) return Error{ErrorKind::NotFound, "the farm has no builds yet; `farmctl submit` makes one"};
  return build(BuildId{newest});
}

void History::take(const BuildStatus& status) {
  if (!is_final(status.state)) {
    open_.insert(status.id);
    return;
  }
  open_.erase(status.id);
  ended_.insert_or_assign(status.id, Known{api::brief_of(status), api::hits_of(status)});
}

// The first time everything, from the newest back; then only what is new. Records are written before the board shows them, so nothing that
// the board showed is missing.
Result<void> History::read_new() {
  store::Range range;
  range.count_max = kPerScan;
  const bool first = next_ == 0;
  range.backwards = first;
  if (!first) range.from = store::number_key(next_);
  for (;;) {
    const Result<std::vector<store::Item>> items = store_.scan(store::Kind::Statuses, range);
    if (!items) return items.error();
    for (const store::Item& item : *items) {
      if (const Result<std::uint64_t> number = store::number_of_key(item.key)) next_ = std::max(next_, *number + 1);
      if (const std::optional<BuildStatus> status = store::read_or_note<BuildStatus>(store_, store::Kind::Statuses, item)) take(*status);
    }
    if (items->size() < kPerScan || (first && ended_.size() + open_.size() >= kBuildsKnown)) return {};
    (first ? range.below : range.from) = first ? items->back().key : items->back().key + '\0';
  }
}

Result<void> History::refresh() {
  const std::uint64_t turn = board_.turn();
  const bool first = next_ == 0;
  if (const Result<void> read = read_new(); !read) {
    if (first) next_ = 0;  // what lies further back was not read: from the newest on again
    return read;
  }
  const std::set<BuildId> open = open_;
  for (const BuildId id : open) {
    const Result<BuildShot> now = build(id);
    const bool readable = now || now.error().kind == ErrorKind::NotFound || is_damaged(now.error());
    if (!readable) return now.error();
    if (now) take(**now);
    if (!now) open_.erase(id);
  }
  if (turn == seen_turn_) return {};
  // Retention takes the oldest builds first.
  const Result<std::vector<store::Item>> oldest = store_.scan(store::Kind::Statuses, {"", "", 1, false});
  if (!oldest) return oldest.error();
  const std::uint64_t kept = oldest->empty() ? next_ : store::number_of_key(oldest->front().key).value_or(0);
  std::erase_if(ended_, [kept](const auto& entry) { return entry.first.value < kept; });
  while (ended_.size() > kBuildsKnown) ended_.erase(ended_.begin());
  seen_turn_ = turn;
  return {};
}

Result<api::BuildPage> History::page(const BuildFilter& filter, const Viewer& viewer) {
  const std::scoped_lock lock(mutex_);
  if (const Result<void> fresh = refresh(); !fresh) return fresh.error();
  std::map<BuildId, api::BuildBrief> open;
  for (const BuildId id : open_) {
    if (const Result<BuildShot> now = build(id)) open.emplace(id, api::brief_of(**now));
  }
  api::BuildPage page;
  const auto fits = [&](const api::BuildBrief& brief) {
    return viewer.sees(brief.project) && (filter.project.empty() || brief.project == filter.project) &&
           (!filter.states || filter.states->contains(brief.state));
  };
  auto ended_at = ended_.rbegin();
  auto open_at = open.rbegin();
  while (ended_at != ended_.rend() || open_at != open.rend()) {
    const bool from_open = open_at != open.rend() && (ended_at == ended_.rend() || open_at->first > ended_at->first);
    const api::BuildBrief& brief = from_open ? (open_at++)->second : (ended_at++)->second.brief;
    if ((filter.before != 0 && brief.id.value >= filter.before) || !fits(brief)) continue;
    if (page.builds.size() == filter.limit) {
      page.next_before = page.builds.back().id.value;
      break;
    }
    page.builds.push_back(brief);
  }
  return page;
}

Result<BuildTotals> History::totals() {
  const std::scoped_lock lock(mutex_);
  if (const Result<void> fresh = refresh(); !fresh) return fresh.error();
  BuildTotals totals;
  const auto add = [&totals](const api::BuildBrief& brief, const std::array<api::HitCounts, api::kJobKinds>& hits) {
    ++totals.builds;
    ++totals.by_state.at(static_cast<std::size_t>(brief.state));
    for (std::size_t kind = 0; kind < hits.size(); ++kind) totals.hits.at(kind).add(hits.at(kind));
    api::ProjectView& project = totals.projects[brief.project];
    project.name = brief.project;
    ++project.builds;
    if (!is_final(brief.state)) ++project.open_builds;
    if (!project.latest || project.latest->id < brief.id) project.latest = brief;
  };
  for (const auto& [id, known] : ended_) add(known.brief, known.hits);
  for (const BuildId id : open_) {
    if (const Result<BuildShot> now = build(id)) add(api::brief_of(**now), api::hits_of(**now));
  }
  return totals;
}

}  // namespace farm::coordinator
