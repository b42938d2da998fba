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
constexpr std::size_t kJobsPerCall = 5'000;

class Pruning {
 public:
  Pruning(const Store& store, const RetentionLimits& limits, std::int64_t now_ms)
      : store_(store), limits_(limits), oldest_ms_(now_ms - limits.age_max_ms) {}

  Result<PrunePlan> run() {
    for (const auto step :
         {&Pruning::prune_builds, &Pruning::prune_logs, &Pruning::prune_events, &Pruning::prune_results, &Pruning::prune_slices}) {
      if (Result<void> done = (this->*step)(); !done) return done.error();
    }
    return PrunePlan{pruned_, std::move(batch_), std::move(judged_)};
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
      const bool too_many = seen++ < surplus;
      if (!may_go(item, too_many)) continue;
      if (full(pruned_.builds)) break;
      if (judged_.size() >= kJobsPerCall) {
        pruned_.more = true;
        break;
      }
      const Result<std::uint64_t> number = number_of_key(item.key);
      if (Result<void> erased = number ? erase_build(BuildId{*number}) : erase_nameless(item.key); !erased) return erased;
    }
    return {};
  }

  bool may_go(const Item& item, bool too_many) {
    const std::optional<BuildStatus> status = read_or_note<BuildStatus>(store_, Kind::Statuses, item);
    if (!status) return too_many;
    return is_final(status->state) && (too_many || status->finished_ms < oldest_ms_);
  }

  Result<void> erase_nameless(const std::string& key) {
    batch_.erase(Kind::Statuses, key);
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
      const std::optional<wire::BuildRow> row = read_or_note<wire::BuildRow>(store_, Kind::Builds, {key, *bytes});
      for (const JobId job : row ? row->jobs : std::vector<JobId>{}) {
        if (Result<void> erased = erase_job_unless_wanted(job); !erased) return erased;
      }
    }
    batch_.erase(Kind::Builds, key);
    return {};
  }

  // A job that another build shares stays until that one goes.
  Result<void> erase_job_unless_wanted(JobId job) {
    Judged judged{Kind::Jobs, number_key(job.value), "", {}};
    if (Result<std::string> bytes = store_.get(Kind::Jobs, judged.key)) {
      judged.value = std::move(*bytes);
      const std::optional<wire::JobRow> row = read_or_note<wire::JobRow>(store_, Kind::Jobs, {judged.key, judged.value});
      for (const BuildId build : row ? row->builds : std::vector<BuildId>{}) {
        if (!gone_.contains(build) && store_.get(Kind::Builds, number_key(build.value))) return {};
      }
    }
    judged.changes.erase(Kind::Jobs, judged.key);
    judged.changes.erase(Kind::Specs, judged.key);
    judged.changes.erase(Kind::Steps, judged.key);
    if (Result<void> erased = erase_log(judged.changes, store_, job); !erased) return erased;
    judged_.push_back(std::move(judged));
    return {};
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
      const std::optional<ResultRecord> record = read_or_note<ResultRecord>(store_, Kind::Results, item);
      if (!record || std::max(record->created_ms, record->used_ms) >= oldest_ms_ || full(pruned_.results)) return {};
      Judged judged{Kind::Results, item.key, item.value, {}};
      judged.changes.erase(Kind::Results, item.key);
      const std::string latest = text_key(record->project, record->name);
      if (const Result<std::string> newest = store_.get(Kind::Latest, latest); newest && *newest == item.key) {
        judged.changes.erase(Kind::Latest, latest);
      }
      judged_.push_back(std::move(judged));
      ++pruned_.results;
      return {};
    });
  }

  Result<void> prune_slices() {
    return visit_some(Kind::Slices, [&](const Item& item) -> Result<void> {
      const std::optional<SliceRecord> record = read_or_note<SliceRecord>(store_, Kind::Slices, item);
      if (!record || record->used_ms >= oldest_ms_ || full(pruned_.slices)) return {};
      Judged judged{Kind::Slices, item.key, item.value, {}};
      judged.changes.erase(Kind::Slices, item.key);
      judged.changes.erase(Kind::Listings, item.key);
      judged_.push_back(std::move(judged));
      ++pruned_.slices;
      return {};
    });
  }

  const Store& store_;
  const RetentionLimits limits_;
  const std::int64_t oldest_ms_;
  std::set<BuildId> gone_;
  Batch batch_;
  std::vector<Judged> judged_;
  Pruned pruned_;
};

}  // namespace

Result<PrunePlan> plan_prune(const Store& store, const RetentionLimits& limits, std::int64_t now_ms) {
  return Pruning(store, limits, now_ms).run();
}

Result<void> carry_out(Store& store, PrunePlan plan) {
  for (Judged& judged : plan.judged) {
    const Result<std::string> now = store.get(judged.kind, judged.key);
    const bool gone = !now && now.error().kind == ErrorKind::NotFound;
    if (gone ? judged.value.empty() : now && *now == judged.value) plan.batch.append(std::move(judged.changes));
  }
  if (plan.batch.empty()) return {};
  return store.apply(plan.batch, Durability::Buffered);
}

Result<Pruned> prune(Store& store, const RetentionLimits& limits, std::int64_t now_ms) {
  Result<PrunePlan> plan = plan_prune(store, limits, now_ms);
  if (!plan) return std::move(plan).error();
  const Pruned pruned = plan->pruned;
  if (Result<void> done = carry_out(store, std::move(*plan)); !done) return done.error();
  return pruned;
}

}  // namespace farm::store
