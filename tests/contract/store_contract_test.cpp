// One suite for every implementation of Store: what holds for one holds for all.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>

#include "coordinator/store/logs.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/store/retention.hpp"
#include "coordinator/store/scheduler_records.hpp"
#include "coordinator/store/store.hpp"
#include "shared/base/limits.hpp"
#include "tests/support/fill.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::scheduler {  // found by argument-dependent lookup

FARM_TEST_FIELDS(BuildOptions, a, b, c, d)
FARM_TEST_FIELDS(Requirement, a, b, c, d)
FARM_TEST_FIELDS(InputResult, a, b)
FARM_TEST_FIELDS(BuildRecord, a, b, c, d, e, f, g, h, i, j, k, l)
FARM_TEST_FIELDS(JobRecord, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab)
inline PriorityClass last_of(PriorityClass) { return PriorityClass::Background; }

}  // namespace farm::scheduler

namespace farm::store {
namespace {

struct Backend {
  friend std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }
  std::string name;
  std::function<std::unique_ptr<Store>(const test::TempDir&)> make;
};
std::unique_ptr<Store> rocks(const std::string& directory, bool in_memory) {
  Result<std::unique_ptr<Store>> store = open_rocks_store({directory, in_memory});
  EXPECT_TRUE(store) << store.error().message;
  return std::move(store).value();
}
const std::vector<Backend>& backends() {
  static const std::vector<Backend> kAll{
      {"memory", [](const test::TempDir&) { return open_memory_store(); }},
      {"rocksdb_on_disk", [](const test::TempDir& dir) { return rocks(dir.at("db"), false); }},
      {"rocksdb_in_memory", [](const test::TempDir&) { return rocks("/farm", true); }},
  };
  return kAll;
}

class StoreContract : public testing::TestWithParam<Backend> {
 protected:
  void put(Kind kind, const std::string& key, const std::string& value) {
    Batch batch;
    batch.put(kind, key, value);
    ASSERT_TRUE(store_->apply(batch));
  }
  std::vector<std::string> keys(const Range& range, Kind kind = Kind::Jobs) {
    std::vector<std::string> found;
    const auto items = store_->scan(kind, range);
    EXPECT_TRUE(items);
    for (const Item& item : *items) found.push_back(item.key);
    return found;
  }
  template <typename Record>
  void save(const Record& record) {
    Batch batch;
    store::put(batch, record);
    ASSERT_TRUE(store_->apply(batch));
  }

  test::TempDir dir_;
  std::unique_ptr<Store> store_ = GetParam().make(dir_);
};

TEST_P(StoreContract, GetOfAnUnknownKeyIsNotFound) {
  EXPECT_EQ(store_->get(Kind::Jobs, "x").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(get_result(*store_, Digest{}).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreContract, WhatWasPutIsThereAndWhatWasErasedIsNot) {
  const std::string binary("\0\xFFv\n", 4);
  put(Kind::Jobs, binary, binary);
  EXPECT_EQ(store_->get(Kind::Jobs, binary).value(), binary);
  put(Kind::Jobs, binary, "");
  EXPECT_EQ(store_->get(Kind::Jobs, binary).value(), "");
  Batch batch;
  batch.erase(Kind::Jobs, binary);
  batch.erase(Kind::Jobs, "never there");
  ASSERT_TRUE(store_->apply(batch));
  EXPECT_FALSE(store_->get(Kind::Jobs, binary));
}

TEST_P(StoreContract, KindsDoNotMix) {
  put(Kind::Jobs, "k", "job");
  put(Kind::Builds, "k", "build");
  EXPECT_EQ(store_->get(Kind::Jobs, "k").value(), "job");
  EXPECT_EQ(store_->get(Kind::Builds, "k").value(), "build");
  EXPECT_FALSE(store_->get(Kind::Slices, "k"));
}

TEST_P(StoreContract, LaterChangesOfABatchWin) {
  Batch batch;
  batch.put(Kind::Jobs, "a", "1");
  batch.put(Kind::Jobs, "a", "2");
  batch.erase(Kind::Jobs, "a");
  batch.put(Kind::Jobs, "b", "1");
  batch.erase(Kind::Jobs, "b");
  batch.put(Kind::Jobs, "b", "3");
  ASSERT_TRUE(store_->apply(batch));
  EXPECT_FALSE(store_->get(Kind::Jobs, "a"));
  EXPECT_EQ(store_->get(Kind::Jobs, "b").value(), "3");
}

TEST_P(StoreContract, ScansAreOrderedBoundedAndBothWays) {
  for (const char* key : {"b", "d", "a", "c", "e"}) put(Kind::Jobs, key, key);
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys({}), (Keys{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(keys({"b", "d", 10, false}), (Keys{"b", "c"}));
  EXPECT_EQ(keys({"bb", "", 2, false}), (Keys{"c", "d"}));
  EXPECT_EQ(keys({"", "", 2, true}), (Keys{"e", "d"}));
  EXPECT_EQ(keys({"b", "e", 2, true}), (Keys{"d", "c"}));
  EXPECT_EQ(keys({"b", "e", 10, true}), (Keys{"d", "c", "b"}));
  EXPECT_EQ(keys({"d", "b", 10, false}), Keys{});
  EXPECT_EQ(keys({"d", "d", 10, true}), Keys{});
  EXPECT_EQ(keys({"x", "", 10, false}), Keys{});
  EXPECT_EQ(keys({"", "", 0, false}), Keys{});
}

TEST_P(StoreContract, NumbersSortAsNumbers) {
  for (const std::uint64_t number : {256ULL, 1ULL, 255ULL, 1ULL << 63U, 65'536ULL}) put(Kind::Jobs, number_key(number), "");
  std::vector<std::uint64_t> numbers;
  for (const std::string& key : keys({})) numbers.push_back(number_of_key(key).value());
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 255, 256, 65'536, 1ULL << 63U}));
  EXPECT_EQ(number_of_key("short").error().kind, ErrorKind::Corrupt);
}

TEST_P(StoreContract, ForEachSeesEverythingOnceOverManyPages) {
  Batch batch;
  for (std::uint64_t number = 0; number < 1'000; ++number) batch.put(Kind::Events, number_key(number), "");
  ASSERT_TRUE(store_->apply(batch));
  std::uint64_t next = 0;
  ASSERT_TRUE(for_each(*store_, Kind::Events, [&](const Item& item) -> Result<void> {
    EXPECT_EQ(number_of_key(item.key).value(), next++);
    return {};
  }));
  EXPECT_EQ(next, 1'000U);
}

// The same random history on the store and on a plain map.
TEST_P(StoreContract, BehavesAsAMap) {
  Rng rng(1);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 200; ++round) {
    Batch batch;
    for (std::uint64_t count = rng.below(6); count > 0; --count) {
      const std::string key = std::to_string(rng.below(40));
      if (rng.chance(300)) {
        batch.erase(Kind::Jobs, key);
        model.erase(key);
      } else {
        const std::string value = std::to_string(rng.next());
        batch.put(Kind::Jobs, key, value);
        model[key] = value;
      }
    }
    ASSERT_TRUE(store_->apply(batch, rng.chance(500) ? Durability::Synced : Durability::Buffered));
    const auto items = store_->scan(Kind::Jobs, {});
    ASSERT_TRUE(items);
    std::map<std::string, std::string> seen;
    for (const Item& item : *items) seen[item.key] = item.value;
    ASSERT_EQ(seen, model) << "round " << round;
  }
}

TEST_P(StoreContract, RecordsComeBackByTheirKeys) {
  auto result = test::filled<ResultRecord>(1);
  save(result);
  EXPECT_EQ(get_result(*store_, result.key).value(), result);
  auto newer = test::filled<ResultRecord>(2);
  newer.project = result.project = "market";
  newer.name = result.name = "image a";
  save(result);
  save(newer);
  EXPECT_EQ(get_latest_result(*store_, "market", "image a").value(), newer);
  EXPECT_FALSE(get_latest_result(*store_, "market", "image b"));
  auto submission = test::filled<SubmissionRecord>(3);
  save(submission);
  EXPECT_EQ(get_build_of_token(*store_, submission.token).value(), submission.build);
  EXPECT_EQ(get_submission(*store_, submission.build)->plan.project, submission.plan.project);
  const auto spec = test::filled<JobSpecRecord>(4);
  save(spec);
  EXPECT_EQ(get_spec(*store_, spec.job).value(), spec);
  const auto duration = test::filled<DurationRecord>(5);
  save(duration);
  EXPECT_EQ(all_durations(*store_).value(), std::vector{duration});
  const auto slice = test::filled<SliceRecord>(6);
  save(slice);
  EXPECT_EQ(get_slice(*store_, slice.id).value(), slice);
}

TEST_P(StoreContract, TheSchedulersStateComesBackWhole) {
  std::vector<scheduler::BuildRecord> builds;
  std::vector<scheduler::JobRecord> jobs;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    builds.push_back(test::filled<scheduler::BuildRecord>(number));
    builds.back().id = {number};
    jobs.push_back(test::filled<scheduler::JobRecord>(number));
    jobs.back().id = {number};
    save(builds.back());
    save(jobs.back());
  }
  save(scheduler::AgentRecord{"alpha", true});
  save(scheduler::CountersRecord{{7}, {8}, {9}});
  const auto state = load_scheduler_state(*store_);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->builds, builds);
  EXPECT_EQ(state->jobs, jobs);
  EXPECT_EQ(state->agents, std::vector<scheduler::AgentRecord>({{"alpha", true}}));
  EXPECT_EQ(state->counters, (scheduler::CountersRecord{{7}, {8}, {9}}));
}

TEST_P(StoreContract, ADamagedRecordStopsTheLoadAndIsNamed) {
  put(Kind::Jobs, number_key(42), "damaged");
  const auto state = load_scheduler_state(*store_);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, ErrorKind::Corrupt);
  EXPECT_NE(state.error().message.find("jobs, id 42"), std::string::npos) << state.error().message;
}

TEST_P(StoreContract, ADamagedCounterIsCorrupt) {
  put(Kind::Meta, "counter.fence", "12x");
  EXPECT_EQ(get_counter(*store_, "fence").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(get_counter(*store_, "other").value(), 0U);
}

// ---- logs

class StoreLogs : public StoreContract {
 protected:
  void piece(std::uint64_t fence, std::uint64_t offset, std::string_view bytes) {
    Batch batch;
    ASSERT_TRUE(put_log(batch, {5}, {fence}, offset, bytes));
    ASSERT_TRUE(store_->apply(batch, Durability::Buffered));
  }
  LogText read(std::uint64_t offset, std::size_t bytes_max = 1'000'000, std::uint64_t fence = 0) {
    return read_log(*store_, {5}, {fence}, offset, bytes_max).value();
  }
};

TEST_P(StoreLogs, PiecesJoinWhereverTheReaderBegins) {
  std::string all;
  for (int number = 0; number < 500; ++number) {
    const std::string bytes = "line " + std::to_string(number) + "\n";
    piece(1, all.size(), bytes);
    all += bytes;
  }
  for (std::uint64_t offset = 0; offset <= all.size(); offset += 37) EXPECT_EQ(read(offset).bytes, all.substr(offset)) << offset;
  std::string paged;
  while (true) {
    const LogText part = read(paged.size(), 100);
    if (part.bytes.empty()) break;
    EXPECT_EQ(part.offset, paged.size());
    EXPECT_LT(part.bytes.size(), 120U);
    paged += part.bytes;
  }
  EXPECT_EQ(paged, all);
}

TEST_P(StoreLogs, DoublesAndOverlapsAreHarmless) {
  piece(1, 0, "abcdef");
  piece(1, 0, "abcdef");
  piece(1, 3, "defghi");
  piece(1, 4, "ef");
  EXPECT_EQ(read(0).bytes, "abcdefghi");
  EXPECT_EQ(read(5).bytes, "fghi");
}

TEST_P(StoreLogs, AGapShowsAsAJump) {
  piece(1, 0, "abc");
  piece(1, 10, "xyz");
  EXPECT_EQ(read(0).bytes, "abc");
  const LogText after = read(3);
  EXPECT_EQ(after.offset, 10U);
  EXPECT_EQ(after.bytes, "xyz");
  EXPECT_EQ(after.next(), 13U);
  EXPECT_EQ(read(13).bytes, "");
}

TEST_P(StoreLogs, TheNewestAttemptIsReadUnlessAnotherIsAskedFor) {
  piece(1, 0, "first attempt");
  piece(2, 0, "second");
  EXPECT_EQ(read(0).bytes, "second");
  EXPECT_EQ(read(0).fence, Fence{2});
  EXPECT_EQ(read(0, 1'000, 1).bytes, "first attempt");
  EXPECT_EQ(read_log(*store_, {6}, {}, 0, 100).value().fence, Fence{});
}

TEST_P(StoreLogs, ALogEndsAtItsLimit) {
  piece(1, limits::kLogBytesPerJobMax - 2, "abcdef");
  piece(1, limits::kLogBytesPerJobMax + 100, "beyond");
  EXPECT_EQ(read(limits::kLogBytesPerJobMax - 2).bytes, "ab");
  EXPECT_EQ(read(limits::kLogBytesPerJobMax).bytes, "");
  EXPECT_EQ(read(~0ULL).bytes, "");
}

TEST_P(StoreLogs, ADamagedPieceIsCorrupt) {
  piece(1, 0, "abc");
  put(Kind::Logs, number_key(5, 1, 0), "no zstd");
  EXPECT_EQ(read_log(*store_, {5}, {}, 0, 10).error().kind, ErrorKind::Corrupt);
}

TEST_P(StoreLogs, ErasingTakesAllAttemptsOfThatJobAlone) {
  piece(1, 0, "a");
  piece(2, 0, "b");
  Batch other;
  ASSERT_TRUE(put_log(other, {6}, {3}, 0, "c"));
  ASSERT_TRUE(store_->apply(other));
  Batch batch;
  ASSERT_TRUE(erase_log(batch, *store_, {5}));
  ASSERT_TRUE(store_->apply(batch));
  EXPECT_EQ(read(0).fence, Fence{});
  EXPECT_EQ(read_log(*store_, {6}, {}, 0, 10).value().bytes, "c");
}

// ---- retention

class StoreRetention : public StoreContract {
 protected:
  // A build of one job of the same number, ended at `at`; a job that `shared_with` wants too.
  void build(std::uint64_t number, std::int64_t at, BuildState state = BuildState::Succeeded, std::uint64_t shared_with = 0) {
    BuildStatus status;
    status.id = {number};
    status.state = state;
    status.finished_ms = at;
    save(status);
    SubmissionRecord submission;
    submission.build = {number};
    submission.token = "token" + std::to_string(number);
    save(submission);
    scheduler::BuildRecord record;
    record.id = {number};
    record.jobs = {{number}};
    save(record);
    scheduler::JobRecord job;
    job.id = {number};
    job.builds = {{number}};
    if (shared_with != 0) job.builds.insert({shared_with});
    save(job);
    JobSpecRecord spec;
    spec.job = {number};
    save(spec);
    Batch log;
    ASSERT_TRUE(put_log(log, {number}, {1}, 0, std::string(1'000, 'x')));
    ASSERT_TRUE(store_->apply(log));
  }
  Pruned prune(const RetentionLimits& limits, std::int64_t now) { return store::prune(*store_, limits, now).value(); }
  std::size_t count(Kind kind) { return store_->scan(kind, {}).value().size(); }
};

TEST_P(StoreRetention, TheOldestBuildsGoWithAllThatIsTheirs) {
  for (std::uint64_t number = 1; number <= 5; ++number) build(number, 1'000);
  RetentionLimits limits;
  limits.builds_max = 2;
  EXPECT_EQ(prune(limits, 2'000).builds, 3U);
  for (const Kind kind : {Kind::Statuses, Kind::Submissions, Kind::Tokens, Kind::Builds, Kind::Jobs, Kind::Specs, Kind::Logs, Kind::LogSizes}) {
    EXPECT_EQ(count(kind), 2U) << to_string(kind);
  }
  EXPECT_TRUE(get_status(*store_, {5}));
  EXPECT_FALSE(get_build_of_token(*store_, "token1"));
  EXPECT_EQ(prune(limits, 2'000).builds, 0U);
}

TEST_P(StoreRetention, OldBuildsGoAndRunningOnesStay) {
  build(1, 1'000);
  build(2, 0, BuildState::Running);
  build(3, 9'000);
  RetentionLimits limits;
  limits.age_max_ms = 5'000;
  EXPECT_EQ(prune(limits, 10'000).builds, 1U);
  EXPECT_FALSE(get_status(*store_, {1}));
  EXPECT_TRUE(get_status(*store_, {2}));
  EXPECT_TRUE(get_status(*store_, {3}));
}

TEST_P(StoreRetention, AJobThatAnotherBuildWantsStays) {
  build(1, 1'000, BuildState::Succeeded, 2);
  build(2, 9'000);
  RetentionLimits limits;
  limits.age_max_ms = 5'000;
  EXPECT_EQ(prune(limits, 10'000).builds, 1U);
  EXPECT_TRUE(store_->get(Kind::Jobs, number_key(1)));
  EXPECT_TRUE(get_spec(*store_, {1}));
}

TEST_P(StoreRetention, LogsAreHeldBelowTheirLimitTheOldestFirst) {
  for (std::uint64_t number = 1; number <= 4; ++number) build(number, 1'000);
  RetentionLimits limits;
  limits.log_bytes_max = 2'500;
  EXPECT_EQ(prune(limits, 1'000).logs, 2U);
  EXPECT_EQ(read_log(*store_, {1}, {}, 0, 10).value().bytes, "");
  EXPECT_EQ(read_log(*store_, {4}, {}, 0, 10).value().bytes.size(), 1'000U);
}

TEST_P(StoreRetention, ResultsAndSlicesThatNobodyUsedGo) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    ResultRecord result = test::filled<ResultRecord>(number);
    result.created_ms = 1'000;
    result.used_ms = number == 2 ? 9'000 : 0;
    result.name = std::to_string(number);
    save(result);
    SliceRecord slice = test::filled<SliceRecord>(number);
    slice.used_ms = number == 2 ? 9'000 : 1'000;
    save(slice);
  }
  RetentionLimits limits;
  limits.age_max_ms = 5'000;
  const Pruned pruned = prune(limits, 10'000);
  EXPECT_EQ(pruned.results, 2U);
  EXPECT_EQ(pruned.slices, 2U);
  EXPECT_EQ(count(Kind::Results), 1U);
  EXPECT_EQ(count(Kind::Latest), 1U);
  EXPECT_EQ(count(Kind::Slices), 1U);
}

TEST_P(StoreRetention, OneCallIsBoundedAndManyFinish) {
  Batch batch;
  for (std::uint64_t number = 1; number <= 250; ++number) {
    BuildStatus status;
    status.id = {number};
    status.state = BuildState::Failed;
    store::put(batch, status);
    EventRecord event;
    event.number = number;
    store::put(batch, event);
  }
  ASSERT_TRUE(store_->apply(batch));
  RetentionLimits limits;
  limits.builds_max = 10;
  limits.events_max = 10;
  int calls = 0;
  for (bool more = true; more && calls < 10; ++calls) {
    const Pruned pruned = prune(limits, 0);
    EXPECT_LE(pruned.builds, 100U);
    EXPECT_LE(pruned.events, 100U);
    more = pruned.more;
  }
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(count(Kind::Statuses), 10U);
  EXPECT_EQ(count(Kind::Events), 10U);
  EXPECT_EQ(newest_events(*store_, 1).value().front().number, 250U);
}

std::string name_of(const testing::TestParamInfo<Backend>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreLogs, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreRetention, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace farm::store
