#include "coordinator/app/upkeep_facts.hpp"

#include <algorithm>

#include "coordinator/app/keep_tag.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"

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

void add_job(const Core& core, const scheduler::Job& job, upkeep::InUse& in_use) {
  add_key(job.key, in_use);
  for (const scheduler::InputResult& input : job.inputs) add_key(input.key, in_use);
  if (!job.result.image.empty()) in_use.images.insert(job.result.image);
  const Result<wire::JobSpecRecord> spec = store::get_spec(core.store, job.id);
  if (!spec) return;
  for (const Digest& key : spec->upstream_keys) add_key(key, in_use);
  for (const Digest& key : spec->fallback_keys) add_key(key, in_use);
  add_slices(spec->spec, in_use);
  if (!spec->spec.cache_name.empty()) in_use.caches.insert(spec->spec.cache_name);
}

}  // namespace

void add_in_use(const Plan& plan, const std::string& zone, const std::vector<Digest>& keys, upkeep::InUse& in_use) {
  for (const Digest& key : keys) add_key(key, in_use);
  for (const SliceInfo& slice : plan.slices) in_use.slices.insert(slice.id);
  for (const JobSpec& spec : plan.jobs) {
    add_slices(spec, in_use);
    if (!spec.cache_name.empty()) in_use.caches.insert(cache_tag(spec.cache_name, zone));
  }
}

void add_in_use(const Core& core, BuildBook& book, upkeep::InUse& in_use) {
  for (const auto& [id, build] : book.all()) {
    add_in_use(build.submission.plan, build.submission.zone, build.submission.job_keys, in_use);
    for (const BuildJob& job : build.jobs) {
      add_key(job.key, in_use);
      if (!job.image.empty()) in_use.images.insert(job.image);
      const scheduler::Job* known = job.id ? core.scheduler.find_job(job.id) : nullptr;
      if (known != nullptr) add_job(core, *known, in_use);
    }
  }
  for (const auto& [id, job] : core.scheduler.jobs()) {
    if (!is_final(job.state)) add_job(core, job, in_use);
  }
}

Result<upkeep::Facts> read_facts(const Core& core, upkeep::Survey survey) {
  upkeep::Facts facts;
  facts.survey = std::move(survey);
  facts.slice_repository = core.config.registry.slice_repository;
  facts.cache_repository = kCacheRepository;
  Result<void> read = store::for_each(core.store, store::Kind::Results, [&](const store::Item& item) -> Result<void> {
    Result<wire::ResultRecord> record = wire::decode_record<wire::ResultRecord>(item.value);
    if (!record) return std::move(record).error().with("results, key " + item.key);
    facts.results.push_back({record->key, record->kind, std::move(record->name), std::move(record->project), std::move(record->users),
                             std::move(record->repository), record->image, std::max(record->created_ms, record->used_ms)});
    return {};
  });
  if (!read) return read.error();
  read = store::for_each(core.store, store::Kind::Slices, [&](const store::Item& item) -> Result<void> {
    Result<wire::SliceRecord> record = wire::decode_record<wire::SliceRecord>(item.value);
    if (!record) return std::move(record).error().with("slices, id " + item.key);
    facts.slices.push_back({record->id, record->blob, record->bytes, record->used_ms, std::move(record->users)});
    return {};
  });
  if (!read) return read.error();
  read = store::for_each(core.store, store::Kind::Latest, [&](const store::Item& item) -> Result<void> {
    if (const Result<Digest> key = parse_digest(item.value)) facts.newest.insert(*key);
    return {};
  });
  if (!read) return read.error();
  read = store::for_each(core.store, store::Kind::Meta, [&](const store::Item& item) -> Result<void> {
    if (!item.key.starts_with(kCacheUsePrefix)) return {};
    Result<upkeep::KnownCache> cache = parse_cache_use(item.value);
    if (!cache) return cache.error();
    facts.caches[item.key.substr(kCacheUsePrefix.size())] = std::move(*cache);
    return {};
  });
  if (!read) return read.error();
  return facts;
}

}  // namespace farm::coordinator
