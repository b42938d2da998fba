// How a task's portions go: a few in each turn of the loop, each looked at again before it does.
#include <algorithm>
#include <utility>

#include "coordinator/app/keep_tag.hpp"
#include "coordinator/app/upkeep.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/upkeep/usage.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kNotesMax = 20;

// The record as it is, to be put back.
void keep(const store::Store& store, store::Kind kind, const std::string& key, store::Batch& records) {
  if (Result<std::string> value = store.get(kind, key)) records.put(kind, key, std::move(*value));
}

bool same(const upkeep::Deletion& a, const upkeep::Deletion& b) { return a.repository == b.repository && a.digest == b.digest; }

}  // namespace

// The project's history too: what its jobs were last made of, and how long they take. Their next runs use no cache.
void Upkeep::forget_project(const protocol::Clean& clean, const Decision& decision) {
  store::Batch batch;
  store::Range range;
  range.from = store::text_key(clean.project, "");
  range.below = clean.project + '\x01';
  range.count_max = SIZE_MAX;
  for (const store::Kind kind : {store::Kind::Latest, store::Kind::Durations}) {
    const Result<std::vector<store::Item>> items = core_.store.scan(kind, range);
    if (!items) continue;
    for (const store::Item& item : *items) batch.erase(kind, item.key);
  }
  for (const std::string& name : decision.job_names) batch.put(store::Kind::Meta, cold_key(clean.project, name), "");
  core_.log.info("project is cleaned", {{"project", clean.project}, {"results", decision.selection.forget_results.size()}});
  if (!batch.empty()) effects_.save(batch);
}

void Upkeep::drop_slices(Task& task, const protocol::Clean& clean, const Decision& decision) {
  protocol::PruneCache drop{0, -1, protocol::kNoByteLimit, clean.dry_run, {}};
  for (const std::size_t index : decision.selection.units) {
    const Digest& blob = decision.units[index].slice_blob;
    if (!blob.empty() && drop.drop_slices.size() < kDroppedSlicesMax) drop.drop_slices.push_back(blob);
  }
  if (!drop.drop_slices.empty()) begin_agents(task, std::move(drop), kAgentPruneTime);
}

// Records first: a crash from here on leaves manifests that nothing names, and no record of what is gone.
void Upkeep::erase_next(Task& task) {
  const std::vector<upkeep::Portion>& portions = task.decision->portions;
  const std::size_t end = task.stops ? task.next : std::min(portions.size(), task.next + kErasedAtOnce);
  if (task.next == end) return recount(task);
  upkeep::InUse in_use;
  add_in_use(core_, book_, task.uses, in_use);
  submissions_.add_in_use(in_use);
  store::Batch batch;
  EraseManifests request;
  for (; task.next < end; ++task.next) {
    const upkeep::Portion& portion = portions[task.next];
    if (upkeep::is_in_use(portion, in_use) || !is_as_seen(core_.store, portion)) {
      ++task.used_again;
      task.stayed.insert(task.next);
      continue;
    }
    store::Batch records = take_records(portion, batch);
    if (!portion.deletion) continue;
    request.deletions.push_back(*portion.deletion);
    task.going.push_back({task.next, std::move(records)});
  }
  if (!batch.empty()) effects_.save(batch);
  if (core_.broken) return;
  if (!request.deletions.empty()) return core_.registry.ask(std::move(request));
  read(task, [this]() -> ForTask { return [this](Task& asking) { erase_next(asking); }; });  // in the loop's next turn
}

store::Batch Upkeep::take_records(const upkeep::Portion& portion, store::Batch& batch) const {
  store::Batch records;
  for (const upkeep::SeenResult& seen : portion.results) {
    if (const Result<wire::ResultRecord> record = store::get_result(core_.store, seen.key)) {
      const std::string latest = store::text_key(record->project, record->name);
      const Result<std::string> newest = store::get_latest_key(core_.store, record->project, record->name);
      if (newest && *newest == seen.key.hex()) {
        records.put(store::Kind::Latest, latest, *newest);
        batch.erase(store::Kind::Latest, latest);
      }
    }
    keep(core_.store, store::Kind::Results, seen.key.hex(), records);
    store::erase_result(batch, seen.key);
    memory_.results.erase(seen.key);
  }
  for (const upkeep::SeenSlice& seen : portion.slices) {
    for (const store::Kind kind : {store::Kind::Slices, store::Kind::Listings}) keep(core_.store, kind, seen.id.hex(), records);
    store::erase_slice(batch, seen.id);
    memory_.slices.erase(seen.id);
  }
  for (const std::string& tag : portion.tags) {
    memory_.tags.erase(portion.repository + ":" + tag);
    if (!portion.is_cache) continue;
    keep(core_.store, store::Kind::Meta, cache_use_key(tag), records);
    batch.erase(store::Kind::Meta, cache_use_key(tag));
  }
  return records;
}

// Unless somebody wrote them anew meanwhile.
void Upkeep::bring_back(const store::Batch& records, store::Batch& batch) const {
  for (const store::Change& change : records.changes()) {
    const Result<std::string> now = core_.store.get(change.kind, change.key);
    if (!now && now.error().kind == ErrorKind::NotFound) batch.put(change.kind, change.key, *change.value);
  }
}

void Upkeep::on(const ManifestsErased& answer) {
  if (tasks_.empty() || tasks_.front().going.empty()) return;
  Task& task = tasks_.front();
  task.manifests += answer.erased;
  task.used_again += answer.used_again;
  for (const std::string& problem : answer.problems) {
    if (task.notes.size() < kNotesMax) task.notes.push_back(problem);
  }
  store::Batch batch;
  for (const Going& going : std::exchange(task.going, {})) {
    const upkeep::Deletion& asked = *task.decision->portions[going.portion].deletion;
    const bool left =
        std::any_of(answer.left.begin(), answer.left.end(), [&](const upkeep::Deletion& other) { return same(other, asked); });
    if (!left) continue;
    bring_back(going.records, batch);
    task.stayed.insert(going.portion);
  }
  if (!batch.empty()) effects_.save(batch);
  if (core_.broken) return;
  if (answer.refused) {
    task.notes.emplace_back(
        "the registry takes no deletions: allow them (docker-registry: storage.delete.enabled: true), then run this again");
  }
  if (answer.away) task.notes.emplace_back("the registry does not answer any more; run this again when it does");
  task.stops = task.stops || answer.refused || answer.away;
  erase_next(task);
}

// What was told of the whole choice becomes what really went.
void Upkeep::recount(Task& task) {
  const std::size_t all = task.decision->portions.size();
  const std::size_t begun = std::exchange(task.next, all);
  if (begun < all) {
    task.notes.push_back(std::to_string(all - begun) + " of " + std::to_string(all) +
                         " items were not begun and are as they were; run this again: it goes on with them");
  }
  read(task, [this, decision = task.decision, stayed = std::move(task.stayed), begun]() mutable -> ForTask {
    for (std::size_t i = begun; i < decision->portions.size(); ++i) stayed.insert(i);
    const upkeep::Selection went = upkeep::without(decision->units, decision->selection, decision->portions, stayed);
    auto told = std::make_shared<protocol::Pruned>(upkeep::told(decision->units, went, false));
    return [this, told](Task& asking) {
      asking.pruned = std::move(*told);
      asking.pruned.manifests = asking.manifests;
      asking.pruned.in_use += asking.used_again;
      asking.registry_done = true;
      finish_if_done();
    };
  });
}

}  // namespace farm::coordinator
