#include "shared/history/counterfactual.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "tests/unit/history/builds.hpp"

namespace farm::history {
namespace {

using test::build;
using test::hit;
using test::job;

Millis total(const Counterfactual& told) {
  Millis sum = told.after_path;
  for (const PathStep& step : told.path) sum = sum + step.total();
  return sum;
}

TEST(Counterfactual, TheCriticalPathIsTheChainThatEndedLastWithItsWaiting) {
  const BuildStatus status =
      build(7, 0,
            {job(JobKind::Deps, "deps", 500, 600, 10'000), job(JobKind::Image, "image api", 10'600, 10'600, 1'000, {"deps"}),
             job(JobKind::Image, "image web", 10'600, 12'600, 2'000, {"deps"})},
            15'000);
  const Counterfactual told = counterfactual(status, {}, 0);
  EXPECT_EQ(told.wall, Millis{15'000});
  EXPECT_EQ(told.serial, Millis{13'000});
  EXPECT_EQ(told.longest_chain, Millis{12'000});
  ASSERT_EQ(told.path.size(), 2U);
  EXPECT_EQ(told.path[0].job, "deps");
  EXPECT_EQ(told.path[0].before, Millis{500});
  EXPECT_EQ(told.path[0].waited, Millis{100});
  EXPECT_EQ(told.path[1].job, "image web");
  EXPECT_EQ(told.path[1].waited, Millis{2'000});
  EXPECT_EQ(told.after_path, Millis{400});
  EXPECT_EQ(told.bound, Bound::OneJob);
  EXPECT_EQ(told.bottleneck, "one job: deps ran for 10.0 s of 15.0 s");
}

TEST(Counterfactual, SaysWhatBoundsTheBuild) {
  const auto bound_of = [](std::uint32_t parallel, JobStatus each, std::int64_t wall) {
    return counterfactual(build(1, parallel, {std::move(each)}, wall), {}, 0);
  };
  const JobStatus waited = job(JobKind::Image, "image api", 0, 6'000, 4'000);
  EXPECT_EQ(bound_of(0, waited, 10'000).bottleneck,
            "slots: jobs of its critical path waited 6.0 s of 10.0 s; with a slot for every job it takes at least 4.0 s");
  EXPECT_EQ(bound_of(1, waited, 10'000).bound, Bound::Limit);
  EXPECT_EQ(bound_of(2, waited, 10'000).bound, Bound::Slots);
  JobStatus fetched = job(JobKind::Image, "image api", 0, 0, 1'000);
  fetched.timings.fetch_ms = Millis{5'000};
  fetched.finished_ms += 5'000;
  EXPECT_EQ(bound_of(0, fetched, 6'000).bound, Bound::Fetch);
  JobStatus pushed = job(JobKind::Image, "image api", 0, 0, 1'000);
  pushed.timings.push_ms = Millis{5'000};
  pushed.finished_ms += 5'000;
  EXPECT_EQ(bound_of(0, pushed, 6'000).bound, Bound::Push);
  EXPECT_EQ(bound_of(0, job(JobKind::Image, "image api", 9'000, 9'000, 1'000), 10'000).bound, Bound::Sources);
  EXPECT_EQ(bound_of(0, job(JobKind::Image, "image api", 0, 0, 1'000), 10'000).bound, Bound::Registry);
  EXPECT_EQ(counterfactual(build(1, 0, {hit(JobKind::Image, "image api")}, 20), {}, 0).bottleneck, "no job ran: every image was there");
}

TEST(Counterfactual, HitsSavedWhatTheyAndWhatIsBelowThemTookBefore) {
  const BuildStatus first =
      build(1, 0, {job(JobKind::Deps, "deps", 0, 0, 10'000), job(JobKind::Image, "image api", 10'000, 10'000, 2'000, {"deps"})}, 12'000);
  const BuildStatus second = build(2, 0, {job(JobKind::Image, "image api", 0, 0, 4'000)}, 4'000);
  const BuildStatus now = build(3, 0, {hit(JobKind::Image, "image api"), hit(JobKind::Image, "image new")}, 10);
  const Counterfactual told = counterfactual(now, {first, second, now}, 0);
  EXPECT_EQ(told.jobs_saved, 1U);
  EXPECT_EQ(told.saved_by_hits, Millis{3'000}) << "the median of 2 and 4 s; its last run stood on nothing that ran";
  EXPECT_EQ(told.jobs_unknown, 1U);
  EXPECT_EQ(counterfactual(now, {first}, 0).saved_by_hits, Millis{12'000}) << "with the deps layer below it";
}

TEST(Counterfactual, OfABuildThatStillRunsCountsUntilNow) {
  BuildStatus status = build(1, 0, {job(JobKind::Image, "image api", 0, 0, 1'000)}, 0);
  status.state = BuildState::Running;
  status.finished_ms = 0;
  status.jobs[0].finished_ms = 0;
  status.jobs[0].state = JobState::Assigned;
  status.jobs[0].timings = {};
  const Counterfactual told = counterfactual(status, {}, 6'000);
  EXPECT_EQ(told.wall, Millis{5'000});
  EXPECT_EQ(total(told), told.wall);
  EXPECT_EQ(told.serial, Millis{5'000});
  EXPECT_EQ(told.bound, Bound::OneJob);
}

TEST(Counterfactual, NonsenseFromOutsideEndsAndStaysInBounds) {
  BuildStatus status = build(
      1, 0, {job(JobKind::Image, "image a", 0, 0, 100, {"image b"}), job(JobKind::Image, "image b", 0, -900, 100, {"image a", "ghost"})},
      50);
  status.jobs[0].timings.run_ms = Millis{-5};
  status.jobs[0].timings.push_ms = Millis{1'000'000};
  const Counterfactual told = counterfactual(status, {}, 0);
  EXPECT_GE(told.serial, Millis{0});
  for (const PathStep& step : told.path) EXPECT_GE(step.total(), Millis{0});
}

// A farm without gaps: greedy, any number of slots. Then no chain is longer than the build, and the build no longer than its jobs in a row;
// and the parts of the critical path are the whole time, to the millisecond.
BuildStatus simulated(Rng& rng, std::size_t slots) {
  const std::size_t count = 1 + rng.below(12);
  std::vector<JobStatus> jobs;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::string> needs;
    for (std::size_t other = 0; other < i; ++other) {
      if (rng.chance(250)) needs.push_back(jobs[other].name);
    }
    jobs.push_back(job(JobKind::Image, "image " + std::to_string(i), 0, 0, 1 + static_cast<std::int64_t>(rng.below(1'000)), needs));
  }
  std::vector<std::int64_t> free(slots, 0);
  std::map<std::string, std::int64_t> ended;
  std::set<std::size_t> open;
  for (std::size_t i = 0; i < count; ++i) open.insert(i);
  std::int64_t wall = 0;
  while (!open.empty()) {
    // Of the jobs that can start, the one that can earliest: so no slot stays empty while something is ready.
    std::size_t best = count;
    std::int64_t best_ready = 0;
    const auto slot = std::min_element(free.begin(), free.end());
    for (const std::size_t i : open) {
      std::int64_t ready = 0;
      const bool startable = std::all_of(jobs[i].needs.begin(), jobs[i].needs.end(), [&](const std::string& need) {
        const auto end = ended.find(need);
        if (end != ended.end()) ready = std::max(ready, end->second);
        return end != ended.end();
      });
      if (startable && (best == count || std::max(ready, *slot) < std::max(best_ready, *slot))) {
        best = i;
        best_ready = ready;
      }
    }
    const std::int64_t start = std::max(best_ready, *slot);
    const std::int64_t run = jobs[best].timings.run_ms.value;
    jobs[best] = job(JobKind::Image, jobs[best].name, best_ready, start, run, jobs[best].needs);
    *slot = start + run;
    ended[jobs[best].name] = start + run;
    wall = std::max(wall, start + run);
    open.erase(best);
  }
  return build(1, 0, std::move(jobs), wall);
}

TEST(CounterfactualProperty, ChainIsAtMostWallIsAtMostSerial) {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    Rng rng(seed);
    const std::size_t slots = 1 + rng.below(4);
    const BuildStatus status = simulated(rng, slots);
    const Counterfactual told = counterfactual(status, {}, 0);
    ASSERT_LE(told.longest_chain, told.wall) << "seed " << seed;
    ASSERT_LE(told.wall, told.serial) << "seed " << seed;
    ASSERT_EQ(total(told), told.wall) << "seed " << seed;
    if (slots == 1) {
      ASSERT_EQ(told.wall, told.serial) << "seed " << seed;
    }
    Millis work;
    for (const PathStep& step : told.path) work = work + step.work();
    ASSERT_LE(work, told.longest_chain) << "seed " << seed;
  }
}

}  // namespace
}  // namespace farm::history
