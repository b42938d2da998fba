// Logs and retention, on every implementation of Store.
#include "coordinator/store/logs.hpp"
#include "coordinator/store/retention.hpp"
#include "shared/base/limits.hpp"
#include "tests/contract/store_fixture.hpp"
#include "tests/support/fill.hpp"

namespace farm::store {
namespace {

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
    save(wire::StepsRecord{{number}, {{"[1/1] RUN x", Millis{1}}}, 0});
    Batch log;
    ASSERT_TRUE(put_log(log, {number}, {1}, 0, std::string(1'000, 'x')));
    ASSERT_TRUE(store_->apply(log));
  }
  Pruned prune(const RetentionLimits& limits, std::int64_t now) { return store::prune(*store_, limits, now).value(); }
  std::size_t count(Kind kind) { return store_->scan(kind, {}).value().size(); }
};

TEST_P(StoreRetention, WhatCantBeReadKeepsNothingElseAndGoesWhenItIsOneTooMany) {
  for (std::uint64_t number = 1; number <= 4; ++number) build(number, 1'000);
  put(Kind::Statuses, number_key(1), "broken");
  put(Kind::Builds, number_key(2), "broken");
  put(Kind::Results, "broken", "broken");
  put(Kind::Slices, "broken", "broken");
  RetentionLimits limits;
  limits.age_max_ms = 100;
  EXPECT_EQ(prune(limits, 2'000).builds, 3U);
  EXPECT_EQ(keys({}, Kind::Statuses), std::vector<std::string>{number_key(1)});
  EXPECT_EQ(store_->damage().sums().size(), 3U) << "a status, a result and a slice; the build record is gone";
  limits.builds_max = 0;
  EXPECT_EQ(prune(limits, 2'000).builds, 1U);
  EXPECT_EQ(count(Kind::Statuses), 0U);
  EXPECT_EQ(store_->damage().sums().size(), 2U) << "what is erased is damaged no more";
}

TEST_P(StoreRetention, WhatWasUsedOrSharedAfterThePlanStays) {
  build(1, 1'000);
  ResultRecord old;
  old.key.bytes[0] = 1;
  old.created_ms = 1'000;
  save(old);
  ResultRecord idle = old;
  idle.key.bytes[0] = 2;
  save(idle);
  RetentionLimits limits;
  limits.age_max_ms = 100;
  Result<PrunePlan> plan = plan_prune(*store_, limits, 2'000);
  ASSERT_TRUE(plan);
  old.used_ms = 2'000;
  save(old);
  scheduler::JobRecord shared;
  shared.id = {1};
  shared.builds = {{1}, {9}};
  save(shared);
  ASSERT_TRUE(carry_out(*store_, std::move(*plan)));
  EXPECT_EQ(keys({}, Kind::Results), std::vector<std::string>{old.key.hex()});
  EXPECT_EQ(count(Kind::Jobs), 1U);
  EXPECT_EQ(count(Kind::Specs), 1U);
  EXPECT_EQ(count(Kind::Builds), 0U);
}

TEST_P(StoreRetention, TheOldestBuildsGoWithAllThatIsTheirs) {
  for (std::uint64_t number = 1; number <= 5; ++number) build(number, 1'000);
  RetentionLimits limits;
  limits.builds_max = 2;
  EXPECT_EQ(prune(limits, 2'000).builds, 3U);
  for (const Kind kind :
       {Kind::Statuses, Kind::Submissions, Kind::Tokens, Kind::Builds, Kind::Jobs, Kind::Specs, Kind::Steps, Kind::Logs, Kind::LogSizes}) {
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
    save(protocol::SliceListing{slice.id, "files"});
  }
  RetentionLimits limits;
  limits.age_max_ms = 5'000;
  const Pruned pruned = prune(limits, 10'000);
  EXPECT_EQ(pruned.results, 2U);
  EXPECT_EQ(pruned.slices, 2U);
  EXPECT_EQ(count(Kind::Results), 1U);
  EXPECT_EQ(count(Kind::Latest), 1U);
  EXPECT_EQ(count(Kind::Slices), 1U);
  EXPECT_EQ(count(Kind::Listings), 1U) << "a slice's list of files goes with it";
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

INSTANTIATE_TEST_SUITE_P(Stores, StoreLogs, testing::ValuesIn(backends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreRetention, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace farm::store
