#include "coordinator/app/uses.hpp"

#include <algorithm>
#include <set>

#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

void note_result(const Core& core, const std::string& project, const std::string& name, const admission::AdmittedJob& job,
                 store::Batch& batch) {
  if (job.need == admission::Need::Needed) return;
  Result<wire::ResultRecord> record = store::get_result(core.store, job.key);
  if (!record) return;
  // Only a hit is what the job's name stands for from here on; a deps layer below a hit is merely of use to the next change.
  const std::string latest = store::text_key(project, name);
  const Result<std::string> newest = store::get_latest_key(core.store, project, name);
  if (job.need == admission::Need::Hit && (!newest || *newest != job.key.hex())) batch.put(store::Kind::Latest, latest, job.key.hex());
  const bool first = record->users.empty();
  if (first && record->project != project) record->users.push_back(record->project);
  if (note_use(record->used_ms, record->users, project, core.now.ms)) store::put_use(batch, *record);
}

void note_slices(const Core& core, const Plan& plan, const admission::Admission& admission, store::Batch& batch) {
  const std::set<Digest> needed(admission.slices.begin(), admission.slices.end());
  for (const SliceInfo& slice : plan.slices) {
    Result<wire::SliceRecord> record = store::get_slice(core.store, slice.id);
    if (!record) continue;
    const std::int64_t at = needed.contains(slice.id) ? core.now.ms : record->used_ms;
    if (note_use(record->used_ms, record->users, plan.project, at)) store::put(batch, *record);
  }
}

}  // namespace

bool note_use(std::int64_t& used_ms, std::vector<std::string>& users, const std::string& project, std::int64_t now_ms) {
  bool changed = false;
  const auto place = std::lower_bound(users.begin(), users.end(), project);
  if ((place == users.end() || *place != project) && users.size() < wire::kUsersMax) {
    users.insert(place, project);
    changed = true;
  }
  if (now_ms - used_ms >= kUseStale.value || (changed && now_ms > used_ms)) {
    used_ms = now_ms;
    changed = true;
  }
  return changed;
}

void note_uses(const Core& core, const Plan& plan, const std::string& zone, const admission::Admission& admission, store::Batch& batch) {
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const admission::AdmittedJob& job = admission.jobs[i];
    note_result(core, plan.project, plan.jobs[i].name, job, batch);
    if (job.need != admission::Need::Needed || job.spec.cache_name.empty()) continue;
    const std::string tag = cache_tag(job.spec.cache_name, zone);
    batch.put(store::Kind::Meta, cache_use_key(tag), cache_use_value({plan.project, core.now.ms}));
  }
  note_slices(core, plan, admission, batch);
}

std::string cache_tag(const std::string& cache_name, const std::string& zone) {
  return admission::is_trusted(zone) ? cache_name : zone + "." + cache_name;
}

std::string cache_use_key(std::string_view tag) { return std::string(kCacheUsePrefix) + std::string(tag); }

std::string cache_use_value(const upkeep::KnownCache& cache) {
  return store::number_key(static_cast<std::uint64_t>(std::max<std::int64_t>(0, cache.used_ms))) + cache.project;
}

Result<upkeep::KnownCache> parse_cache_use(std::string_view value) {
  const Result<std::uint64_t> used = store::number_of_key(value);
  if (!used) return used.error().with("reading the use of a cache");
  return upkeep::KnownCache{std::string(value.substr(sizeof(std::uint64_t))), static_cast<std::int64_t>(*used)};
}

std::string cold_key(std::string_view project, std::string_view job) { return "cold." + store::text_key(project, job); }

}  // namespace farm::coordinator
