#include "coordinator/http/cache_contents.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kPerScan = 500;
constexpr std::size_t kResultsRemembered = 10'000;

// False: there is more than kRecordsCounted. Records that can't be read are left out.
template <typename T>
Result<bool> visit(const store::Store& store, store::Kind kind, const std::function<void(const T&)>& use) {
  store::Range range;
  range.count_max = kPerScan;
  for (std::size_t seen = 0; seen < kRecordsCounted; seen += kPerScan) {
    const Result<std::vector<store::Item>> items = store.scan(kind, range);
    if (!items) return items.error();
    for (const store::Item& item : *items) {
      if (const std::optional<T> record = store::read_or_note<T>(store, kind, item)) use(*record);
    }
    if (items->size() < kPerScan) return true;
    range.from = items->back().key + '\0';
  }
  return false;
}

api::ResultRow row_of(const wire::ResultRecord& record) {
  return {record.key,   record.kind,       record.name,    record.project, record.bytes,
          record.image, record.created_ms, record.used_ms, record.run_ms};
}

}  // namespace

Result<std::shared_ptr<const CacheContents>> CacheReader::read() const {
  auto contents = std::make_shared<CacheContents>();
  const Result<bool> results = visit<wire::ResultRecord>(store_, store::Kind::Results, [&](const wire::ResultRecord& record) {
    for (CacheContents::Sum* sum : {&contents->kinds.at(static_cast<std::size_t>(record.kind)), &contents->projects[record.project]}) {
      ++sum->results;
      sum->bytes += record.bytes;
    }
    contents->rows.push_back(row_of(record));
  });
  if (!results) return results.error();
  const Result<bool> slices = visit<wire::SliceRecord>(store_, store::Kind::Slices, [&](const wire::SliceRecord& record) {
    ++contents->slices;
    contents->slice_bytes += record.bytes;
  });
  if (!slices) return slices.error();
  contents->complete = *results && *slices;
  std::sort(contents->rows.begin(), contents->rows.end(), [](const api::ResultRow& a, const api::ResultRow& b) {
    return a.created_ms != b.created_ms ? a.created_ms > b.created_ms : a.key < b.key;
  });
  return std::shared_ptr<const CacheContents>(std::move(contents));
}

Result<std::shared_ptr<const CacheContents>> CacheReader::contents(Instant now) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t ended = board_.ended_count();
  if (contents_ && ended == read_at_ended_ && now - read_at_ < kContentsAge) return contents_;
  Result<std::shared_ptr<const CacheContents>> fresh = read();
  if (!fresh) return fresh;
  contents_ = *fresh;
  read_at_ = now;
  read_at_ended_ = ended;
  return fresh;
}

api::HeldResult CacheReader::result(const Digest& key) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = results_.find(key); known != results_.end()) return known->second;
  }
  api::HeldResult held;
  held.key = key;
  const Result<wire::ResultRecord> record = store::get_result(store_, key);
  if (!record) return held;
  held.kind = record->kind;
  held.name = record->name;
  held.project = record->project;
  held.bytes = record->bytes;
  const std::scoped_lock lock(mutex_);
  if (results_.size() >= kResultsRemembered) results_.clear();
  return results_.insert_or_assign(key, std::move(held)).first->second;
}

}  // namespace farm::coordinator
