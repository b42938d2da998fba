#include "coordinator/app/figures.hpp"

#include <sys/statvfs.h>

#include <array>
#include <set>

#include "coordinator/metrics/observe.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

using metrics::Metric;

constexpr Millis kStoreEvery{10'000};
constexpr Millis kCountEvery{30'000};
constexpr std::size_t kPage = 100;
constexpr const char* kContentNames[] = {"deps", "crates", "compile", "image", "slices"};
constexpr std::size_t kSlices = 4;

}  // namespace

void Figures::tick() {
  if (core_.now >= store_due_) {
    store_due_ = core_.now + kStoreEvery;
    set_store();
  }
  if (core_.now >= count_due_) count_page();
}

void Figures::set_store() {
  const store::Figures figures = core_.store.figures();
  const auto set = [this](Metric metric, std::uint64_t value) { core_.metrics.set(metric, static_cast<double>(value)); };
  set(Metric::StoreBytes, figures.table_bytes);
  set(Metric::StoreMemtableBytes, figures.memtable_bytes);
  set(Metric::StoreCacheBytes, figures.cache_bytes);
  set(Metric::StorePendingCompactionBytes, figures.pending_compaction_bytes);
  set(Metric::StoreCompactionsRunning, figures.compactions_running);
  set(Metric::StoreBackgroundErrors, figures.background_errors);
  set(Metric::StoreWriteStopped, figures.write_stopped ? 1 : 0);
  for (std::size_t kind = 0; kind < store::kKinds; ++kind) {
    core_.metrics.set(Metric::StoreKeys, static_cast<double>(figures.keys[kind]), {store::to_string(static_cast<store::Kind>(kind))});
  }
  std::array<std::size_t, store::kKinds> unreadable{};
  for (const store::Damage::Sum& sum : core_.store.damage().sums()) unreadable.at(static_cast<std::size_t>(sum.kind)) = sum.records;
  for (std::size_t kind = 0; kind < store::kKinds; ++kind) {
    core_.metrics.set(Metric::StoreUnreadable, static_cast<double>(unreadable[kind]), {store::to_string(static_cast<store::Kind>(kind))});
  }
  struct statvfs disk{};
  if (::statvfs(core_.config.state_dir.c_str(), &disk) != 0) return;
  set(Metric::StoreDiskFreeBytes, static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize);
  set(Metric::StoreDiskTotalBytes, static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize);
}

void Figures::count_page() {
  store::Range range;
  range.from = next_;
  range.count_max = kPage;
  const Result<std::vector<store::Item>> items = core_.store.scan(kind_, range);
  if (!items) {  // the loop's own reads and writes say so, too
    count_due_ = core_.now + kCountEvery;
    return;
  }
  for (const store::Item& item : *items) {
    if (kind_ == store::Kind::Slices) {
      const Result<wire::SliceRecord> slice = wire::decode_record<wire::SliceRecord>(item.value);
      counting_[kSlices].bytes += slice ? slice->bytes : 0;
      ++counting_[kSlices].entries;
    } else if (const Result<wire::ResultRecord> result = wire::decode_record<wire::ResultRecord>(item.value)) {
      counting_[static_cast<std::size_t>(result->kind)].bytes += result->bytes;
      ++counting_[static_cast<std::size_t>(result->kind)].entries;
    }
  }
  if (items->size() == kPage) {
    next_ = items->back().key + '\0';
    return;
  }
  next_.clear();
  if (kind_ == store::Kind::Results) {
    kind_ = store::Kind::Slices;
    return;
  }
  publish();
  kind_ = store::Kind::Results;
  counting_ = {};
  count_due_ = core_.now + kCountEvery;
}

void Figures::publish() const {
  for (std::size_t i = 0; i < kContents; ++i) {
    core_.metrics.set(Metric::RegistryBytes, static_cast<double>(counting_[i].bytes), {kContentNames[i]});
    core_.metrics.set(Metric::RegistryEntries, static_cast<double>(counting_[i].entries), {kContentNames[i]});
  }
}

void note_admission(const Core& core, const Plan& plan, const admission::Admission& admission, const std::vector<Digest>& missing) {
  metrics::observe_admission(core.metrics, plan, admission, [&](const JobSpec& job, const Digest& key) {
    metrics::Saved saved;
    if (const Result<wire::ResultRecord> result = store::get_result(core.store, key)) saved = {result->bytes, result->run_ms};
    if (const auto duration = store::get_duration(core.store, plan.project, job.name)) saved.time = duration->mean_ms;
    return saved;
  });
  const std::set<Digest> lacking(missing.begin(), missing.end());
  const std::set<Digest> needed(admission.slices.begin(), admission.slices.end());
  for (const SliceInfo& slice : plan.slices) {
    if (!needed.contains(slice.id)) continue;
    const char* const result = lacking.contains(slice.id) ? "missing" : "known";
    core.metrics.count(Metric::Slices, {result});
    core.metrics.count(Metric::SliceBytes, {result}, static_cast<double>(slice.bytes));
  }
}

}  // namespace farm::coordinator
