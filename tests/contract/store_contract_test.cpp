// One suite for every implementation of Store: what holds for one holds for all.
#include <gtest/gtest.h>

#include <map>

#include "tests/contract/store_fixture.hpp"
#include "tests/support/fill.hpp"

namespace farm::scheduler {  // found by argument-dependent lookup

FARM_TEST_FIELDS(BuildOptions, a, b, c, d)
FARM_TEST_FIELDS(Requirement, a, b, c, d)
FARM_TEST_FIELDS(InputResult, a, b)
FARM_TEST_FIELDS(BuildRecord, a, b, c, d, e, f, g, h, i, j, k, l)
FARM_TEST_FIELDS(JobRecord, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af, ag)
inline PriorityClass last_of(PriorityClass) { return PriorityClass::Background; }

}  // namespace farm::scheduler

namespace farm::store {
namespace {

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

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::ValuesIn(backends()), name_of);

}  // namespace
}  // namespace farm::store
