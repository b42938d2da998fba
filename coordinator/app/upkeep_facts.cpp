#include "coordinator/app/upkeep_facts.hpp"

#include <algorithm>

#include "coordinator/app/keep_tag.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/upkeep/usage.hpp"

namespace farm::coordinator {
namespace {

void add_key(const Digest& key, upkeep::InUse& in_use) {
  if (key.empty()) return;
  in_use.keys.insert(key);
  in_use.keep_tags.insert(tag_of_key(key));
}

void add_slices(const JobSpec& spec, upkeep::InUse& in_use) {
  for (const SliceUse& use : spec.slices) in_use.slices.insert(use.id);
  for (const SliceUse& use : spec.full_slices) in_use.slices.insert(use.id);
  for (const NamedContext& context : spec.contexts) {
    for (const SliceUse& use : context.slices) in_use.slices.insert(use.id);
  }
}

void add(const upkeep::InUse& more, upkeep::InUse& in_use) {
  in_use.keys.insert(more.keys.begin(), more.keys.end());
  in_use.slices.insert(more.slices.begin(), more.slices.end());
  in_use.images.insert(more.images.begin(), more.images.end());
  in_use.caches.insert(more.caches.begin(), more.caches.end());
  in_use.keep_tags.insert(more.keep_tags.begin(), more.keep_tags.end());
}

void add_job(const Core& core, const scheduler::Job& job, JobUses& uses, upkeep::InUse& in_use) {
  add_key(job.key, in_use);
  for (const scheduler::InputResult& input : job.inputs) add_key(input.key, in_use);
  if (!job.result.image.empty()) in_use.images.insert(job.result.image);
  add(uses.of(core.store, job.id), in_use);
}

Result<upkeep::Facts> read_facts(const store::Store& store, const config::CoordinatorConfig& config) {
  upkeep::Facts facts;
  facts.slice_repository = config.registry.slice_repository;
  facts.cache_repository = kCacheRepository;
  Result<void> read = store::for_each_readable<wire::ResultRecord>(store, store::Kind::Results, [&](wire::ResultRecord record) {
    facts.results.push_back({record.key, record.kind, std::move(record.name), std::move(record.project), std::move(record.users),
                             std::move(record.repository), record.image, std::max(record.created_ms, record.used_ms)});
  });
  if (!read) return read.error();
  read = store::for_each_readable<wire::SliceRecord>(store, store::Kind::Slices, [&](wire::SliceRecord record) {
    facts.slices.push_back({record.id, record.blob, record.bytes, record.used_ms, std::move(record.users)});
  });
  if (!read) return read.error();
  read = store::for_each(store, store::Kind::Latest, [&](const store::Item& item) -> Result<void> {
    if (const Result<Digest> key = parse_digest(item.value)) facts.newest.insert(*key);
    return {};
  });
  if (!read) return read.error();
  read = store::for_each(store, store::Kind::Meta, [&](const store::Item& item) -> Result<void> {
    if (!item.key.starts_with(kCacheUsePrefix)) return {};
    Result<upkeep::KnownCache> cache = parse_cache_use(item.value);
    if (cache) facts.caches[item.key.substr(kCacheUsePrefix.size())] = std::move(*cache);
    if (!cache) store.damage().found(store::Kind::Meta, item.key, cache.error());
    return {};
  });
  if (!read) return read.error();
  return facts;
}

}  // namespace

const upkeep::InUse& JobUses::of(const store::Store& store, JobId job) {
  const auto found = known_.find(job);
  if (found != known_.end()) return found->second;
  upkeep::InUse uses;
  if (const Result<wire::JobSpecRecord> spec = store::get_spec(store, job)) {
    for (const Digest& key : spec->upstream_keys) add_key(key, uses);
    for (const Digest& key : spec->fallback_keys) add_key(key, uses);
    add_slices(spec->spec, uses);
    if (!spec->spec.cache_name.empty()) uses.caches.insert(spec->spec.cache_name);
  }
  return known_.emplace(job, std::move(uses)).first->second;
}

Result<std::vector<std::pair<std::string, Digest>>> known_manifests(const store::Store& store) {
  std::vector<std::pair<std::string, Digest>> known;
  const Result<void> read = store::for_each_readable<wire::ResultRecord>(
      store, store::Kind::Results, [&](wire::ResultRecord record) { known.emplace_back(std::move(record.repository), record.image); });
  if (!read) return read.error();
  return known;
}

Result<Decision> decide(const store::Store& store, const config::CoordinatorConfig& config, const UpkeepWork& work, upkeep::Survey survey,
                        upkeep::InUse in_use, std::int64_t now_ms) {
  Result<upkeep::Facts> facts = read_facts(store, config);
  if (!facts) return facts.error();
  facts->survey = std::move(survey);
  facts->in_use = std::move(in_use);
  Decision decision;
  decision.units = upkeep::units_of(*facts);
  if (std::holds_alternative<protocol::GetUsage>(work)) {
    decision.usage = upkeep::usage_of(decision.units, now_ms);
    return decision;
  }
  const auto* prune = std::get_if<protocol::Prune>(&work);
  const auto* clean = std::get_if<protocol::Clean>(&work);
  decision.selection = prune != nullptr ? choose_for_prune(decision.units, {now_ms, prune->older_than_ms, prune->keep_bytes, prune->all})
                                        : choose_for_clean(decision.units, *facts, clean->project);
  decision.pruned = upkeep::told(decision.units, decision.selection, prune != nullptr ? prune->dry_run : clean->dry_run);
  decision.portions = upkeep::portions_of(decision.units, *facts, decision.selection, prune != nullptr);
  if (clean == nullptr) return decision;
  const std::set<Digest> forgotten(decision.selection.forget_results.begin(), decision.selection.forget_results.end());
  for (const upkeep::KnownResult& result : facts->results) {
    if (result.project == clean->project && forgotten.contains(result.key)) decision.job_names.insert(result.name);
  }
  return decision;
}

void add_in_use(const Plan& plan, const std::string& zone, const std::vector<Digest>& keys, upkeep::InUse& in_use) {
  for (const Digest& key : keys) add_key(key, in_use);
  for (const SliceInfo& slice : plan.slices) in_use.slices.insert(slice.id);
  for (const JobSpec& spec : plan.jobs) {
    add_slices(spec, in_use);
    if (!spec.cache_name.empty()) in_use.caches.insert(cache_tag(spec.cache_name, zone));
  }
}

void add_in_use(const Core& core, BuildBook& book, JobUses& uses, upkeep::InUse& in_use) {
  for (const auto& [id, build] : book.all()) {
    add_in_use(build.submission.plan, build.submission.zone, build.submission.job_keys, in_use);
    for (const BuildJob& job : build.jobs) {
      add_key(job.key, in_use);
      if (!job.image.empty()) in_use.images.insert(job.image);
    }
  }
  for (const JobId id : jobs_in_use(core, book)) add_job(core, *core.scheduler.find_job(id), uses, in_use);
}

std::vector<JobId> jobs_in_use(const Core& core, BuildBook& book) {
  std::set<JobId> ids;
  for (const auto& [id, build] : book.all()) {
    for (const BuildJob& job : build.jobs) {
      if (job.id && core.scheduler.find_job(job.id) != nullptr) ids.insert(job.id);
    }
  }
  for (const auto& [id, job] : core.scheduler.jobs()) {
    if (!is_final(job.state)) ids.insert(id);
  }
  return {ids.begin(), ids.end()};
}

bool is_as_seen(const store::Store& store, const upkeep::Portion& portion) {
  for (const upkeep::SeenResult& seen : portion.results) {
    const Result<wire::ResultRecord> record = store::get_result(store, seen.key);
    if (!record && record.error().kind == ErrorKind::NotFound) continue;
    if (!record) return false;
    if (record->image != seen.image || std::max(record->created_ms, record->used_ms) != seen.used_ms) return false;
    if (!portion.stays_if_newest) continue;
    const Result<std::string> newest = store::get_latest_key(store, record->project, record->name);
    if (newest && *newest == seen.key.hex()) return false;
  }
  for (const upkeep::SeenSlice& seen : portion.slices) {
    const Result<wire::SliceRecord> record = store::get_slice(store, seen.id);
    if (!record && record.error().kind == ErrorKind::NotFound) continue;
    if (!record || record->blob != seen.blob || record->used_ms != seen.used_ms) return false;
  }
  return true;
}

}  // namespace farm::coordinator
