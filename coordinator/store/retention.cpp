#include "coordinator/store/retention.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "coordinator/store/logs.hpp"
#include "coordinator/store/records.hpp"

namespace farm::store {
namespace {

constexpr std::size_t kPerCall = 100;
constexpr std::size_t kVisitedPerCall = 2'000;

class Pruning {
 public:
  Pruning(Store& store, const RetentionLimits& limits, std::int64_t now_ms)
      : store_(store), limits_(limits), oldest_ms_(now_ms - limits.age_max_ms) {}

  Result<Pruned> run() {
    for (const auto step :
         {&Pruning::prune_builds, &Pruning::prune_logs, &Pruning::prune_events, &Pruning::prune_results, &Pruning::prune_slices}) {
      if (Result<void> done = (this->*step)(); !done) return done.error();
    }
    if (!batch_.empty()) {
      if (Result<void> applied = store_.apply(batch_, Durability::Buffered); !applied) return applied.error();
    }
    return pruned_;
  }

 private:
  // True: the bound of this call is reached.
  bool full(std::size_t count) {
    if (count >= kPerCall) pruned_.more = true;
    return count >= kPerCall;
  }

  Result<std::size_t> count_of(Kind kind) const {
    std::size_t count = 0;
    Result<void> read = for_each(store_, kind, [&](const Item&) -> Result<void> {
      ++count;
      return {};
    });
    if (!read) return read.error();
    return count;
  }

  Result<void> prune_builds() {
    const Result<std::size_t> total = count_of(Kind::Statuses);
    if (!total) return total.error();
    const std::size_t surplus = *total > limits_.builds_max ? *total - limits_.builds_max : 0;
    Range range;
    range.count_max = kPerCall + 1;
    const Result<std::vector<Item>> oldest = store_.scan(Kind::Statuses, range);
    if (!oldest) return oldest.error();
    std::size_t seen = 0;
    for (const Item& item : *oldest) {
      const Result<BuildStatus> status = wire::decode_record<BuildStatus>(item.value);
      if (!status) return status.error().with("statuses");
      const bool too_many = seen++ < surplus;
      if (!is_final(status->state)) continue;
      if (!too_many && status->finished_ms >= oldest_ms_) continue;
      if (full(pruned_.builds)) break;
      if (Result<void> erased = erase_build(status->id); !erased) return erased;
    }
    return {};
  }

  Result<void> erase_build(BuildId build) {
    const std::string key = number_key(build.value);
    batch_.erase(Kind::Statuses, key);
    if (const Result<SubmissionRecord> submission = get_submission(store_, build)) batch_.erase(Kind::Tokens, submission->token);
    batch_.erase(Kind::Submissions, key);
    gone_.insert(build);
    ++pruned_.builds;
    if (const Result<std::string> bytes = store_.get(Kind::Builds, key)) {
      const Result<wire::BuildRow> row = wire::decode_record<wire::BuildRow>(*bytes);
      if (!row) return row.error().with("builds, id " + to_string(build));
      for (const JobId job : row->jobs) {
        if (Result<void> erased = erase_job_unless_wanted(job); !erased) return erased;
      }
    }
    batch_.erase(Kind::Builds, key);
    return {};
  }

  // A job that another build shares stays until that one goes.
  Result<void> erase_job_unless_wanted(JobId job) {
    const std::string key = number_key(job.value);
    if (const Result<std::string> bytes = store_.get(Kind::Jobs, key)) {
      const Result<wire::JobRow> row = wire::decode_record<wire::JobRow>(*bytes);
      if (!row) return row.error().with("jobs, id " + to_string(job));
      for (const BuildId build : row->builds) {
        if (!gone_.contains(build) && store_.get(Kind::Builds, number_key(build.value))) return {};
      }
    }
    batch_.erase(Kind::Jobs, key);
    batch_.erase(Kind::Specs, key);
    return erase_log(batch_, store_, job);
  }

  Result<void> prune_logs() {
    std::map<JobId, std::uint64_t> sizes;
    std::uint64_t total = 0;
    Result<void> read = for_each(store_, Kind::LogSizes, [&](const Item& item) -> Result<void> {
      const Result<std::uint64_t> job = number_of_key(item.key);
      if (!job) return job.error();
      const Result<std::uint64_t> size = number_of_key(item.value);
      if (!size) return size.error();
      sizes[JobId{*job}] += *size;
      total += *size;
      return {};
    });
    if (!read) return read;
    for (const auto& [job, size] : sizes) {
      if (total <= limits_.log_bytes_max || full(pruned_.logs)) break;
      if (Result<void> erased = erase_log(batch_, store_, job); !erased) return erased;
      total -= size;
      ++pruned_.logs;
    }
    return {};
  }

  Result<void> prune_events() {
    const Result<std::size_t> total = count_of(Kind::Events);
    if (!total) return total.error();
    if (*total <= limits_.events_max) return {};
    Range range;
    range.count_max = std::min(*total - limits_.events_max, kPerCall);
    const Result<std::vector<Item>> oldest = store_.scan(Kind::Events, range);
    if (!oldest) return oldest.error();
    for (const Item& item : *oldest) batch_.erase(Kind::Events, item.key);
    pruned_.events = oldest->size();
    if (*total - pruned_.events > limits_.events_max) pruned_.more = true;
    return {};
  }

  // Looks at a bounded number of records per call and goes on from there at the next.
  Result<void> visit_some(Kind kind, const std::function<Result<void>(const Item&)>& use) {
    const std::string cursor = "prune." + std::string(to_string(kind));
    Range range;
    range.count_max = kVisitedPerCall;
    range.from = store_.get(Kind::Meta, cursor).value_or("");
    const Result<std::vector<Item>> items = store_.scan(kind, range);
    if (!items) return items.error();
    for (const Item& item : *items) {
      if (Result<void> used = use(item); !used) return used;
    }
    if (items->size() == kVisitedPerCall) {
      batch_.put(Kind::Meta, cursor, items->back().key + '\0');
    } else if (!range.from.empty()) {
      batch_.erase(Kind::Meta, cursor);
    }
    return {};
  }

  Result<void> prune_results() {
    return visit_some(Kind::Results, [&](const Item& item) -> Result<void> {
      const Result<ResultRecord> record = wire::decode_record<ResultRecord>(item.value);
      if (!record) return record.error().with("results, key " + item.key);
      if (std::max(record->created_ms, record->used_ms) >= oldest_ms_ || full(pruned_.results)) return {};
      batch_.erase(Kind::Results, item.key);
      const std::string latest = text_key(record->project, record->name);
      if (const Result<std::string> newest = store_.get(Kind::Latest, latest); newest && *newest == item.key) {
        batch_.erase(Kind::Latest, latest);
      }
      ++pruned_.results;
      return {};
    });
  }

  Result<void> prune_slices() {
    return visit_some(Kind::Slices, [&](const Item& item) -> Result<void> {
      const Result<SliceRecord> record = wire::decode_record<SliceRecord>(item.value);
      if (!record) return record.error().with("slices, id " + item.key);
      if (record->used_ms >= oldest_ms_ || full(pruned_.slices)) return {};
      batch_.erase(Kind::Slices, item.key);
      ++pruned_.slices;
      return {};
    });
  }

  Store& store_;
  const RetentionLimits limits_;
  const std::int64_t oldest_ms_;
  std::set<BuildId> gone_;
  Batch batch_;
  Pruned pruned_;
};

}  // namespace

Result<Pruned> prune(Store& store, const RetentionLimits& limits, std::int64_t now_ms) { return Pruning(store, limits, now_ms).run(); }

}  // namespace farm::store
