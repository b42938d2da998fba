#include "coordinator/app/explain.hpp"

#include <gtest/gtest.h>

#include "coordinator/app/history.hpp"
#include "coordinator/app/planning.hpp"
#include "coordinator/store/records.hpp"
#include "shared/context/slice_listing.hpp"
#include "tests/unit/admission/market.hpp"

namespace farm::coordinator {
namespace {

using admission::Need;
using admission::test::content;
using admission::test::Market;
using admission::test::Memory;

// Builds of the market as the coordinator records them, in a store in memory.
class Recorded {
 public:
  std::unique_ptr<store::Store> store = store::open_memory_store();
  scheduler::Scheduler scheduler{{}};
  Memory memory;

  // Submitted and built; the last build's status.
  BuildStatus build(Plan plan, const admission::PinnedBases& bases, const admission::AdmitOptions& options = {}) {
    const admission::Admission admitted = memory.admit(plan, bases, options);
    wire::SubmissionRecord submission;
    submission.build = BuildId{++builds_};
    submission.token = "token" + std::to_string(builds_);
    submission.options.no_cache = options.no_cache;
    submission.plan = plan;
    submission.base_digests = to_records(bases);
    BuildStatus status;
    status.id = submission.build;
    status.project = plan.project;
    status.state = BuildState::Succeeded;
    store::Batch batch;
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
      const admission::AdmittedJob& job = admitted.jobs[i];
      submission.job_keys.push_back(job.key);
      submission.needed.push_back(job.need == Need::Needed);
      const auto last = store::get_latest_result(*store, plan.project, plan.jobs[i].name);
      submission.last_keys.push_back(job.need == Need::Needed && last ? last->key : Digest{});
      if (job.need == Need::NotNeeded) continue;
      JobStatus shown;
      shown.name = plan.jobs[i].name;
      shown.kind = plan.jobs[i].kind;
      shown.key = job.key;
      shown.state = job.need == Need::Hit ? JobState::Hit : JobState::Succeeded;
      shown.reason = job.reason;
      shown.cause = to_string(job.cause);
      status.jobs.push_back(shown);
      if (job.need == Need::Hit) continue;
      wire::ResultRecord result;
      result.key = job.key;
      result.name = plan.jobs[i].name;
      result.project = plan.project;
      result.created_ms = 1'000 * static_cast<std::int64_t>(builds_);
      result.key_inputs = job.key_inputs;
      result.build = submission.build;
      store::put(batch, result);
    }
    for (const ServicePlan& service : plan.services) {
      ServiceStatus shown;
      shown.service = service.service;
      shown.job = plan.jobs[service.job].name;
      status.services.push_back(shown);
    }
    store::put(batch, submission);
    store::put(batch, status);
    EXPECT_TRUE(store->apply(batch));
    memory.build(plan, bases);
    return status;
  }
  BuildStatus build(const Market& market, const admission::AdmitOptions& options = {}) {
    return build(market.plan(), market.bases, options);
  }

  Explanation why(const BuildStatus& status, const std::string& name) {
    const Result<const JobStatus*> job = find_job(status, name);
    EXPECT_TRUE(job) << job.error().message;
    Explanation told = Explainer(*store, status).explain(**job);
    add_agents(scheduler, Instant{5}, told);
    return told;
  }

 private:
  std::uint64_t builds_ = 0;
};

using Changes = std::vector<InputChange>;

TEST(Explain, AFirstBuildIsComparedWithNothing) {
  Recorded r;
  const Explanation told = r.why(r.build(Market()), "api");
  EXPECT_EQ(told.job.name, "image api");
  EXPECT_EQ(told.services, std::vector<std::string>{"api"});
  EXPECT_EQ(told.last_ms, 0);
  EXPECT_TRUE(told.changes.empty());
}

TEST(Explain, NamesWhatIsDifferentFromTheLastResultAndWhichBuildMadeThat) {
  Recorded r;
  Market market;
  r.build(market);
  r.build(market);  // all hits: makes nothing
  market.crate["api"] = "api v2";
  const Explanation told = r.why(r.build(market), "api");
  EXPECT_EQ(told.last_build, BuildId{1});
  EXPECT_EQ(told.last_ms, 1'000);
  EXPECT_EQ(told.changes, (Changes{{"slice crate:api", {content("api v1").oci()}, {content("api v2").oci()}}}));
}

TEST(Explain, AnOldBuildIsExplainedAsItWas) {
  Recorded r;
  Market market;
  r.build(market);
  market.bases["docker.io/library/debian:bookworm-slim"] = content("debian b");
  const BuildStatus second = r.build(market);
  market.crate["core"] = "core v2";
  r.build(market);
  EXPECT_EQ(r.why(second, "image worker").changes,
            (Changes{{"base image debian:bookworm-slim", {content("debian a").oci()}, {content("debian b").oci()}}}));
}

TEST(Explain, AHitNamesTheBuildThatMadeIt) {
  Recorded r;
  Market market;
  r.build(market);
  market.crate["api"] = "api v2";
  const Explanation told = r.why(r.build(market), "worker");
  EXPECT_EQ(told.job.state, JobState::Hit);
  EXPECT_EQ(told.last_build, BuildId{1});
  EXPECT_TRUE(told.changes.empty());
}

TEST(Explain, TheLinesOfTheDockerfileAreThoseOfTheUsersOwnText) {
  Recorded r;
  const Market market;
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage].dockerfile = "FROM rust\nRUN a\n";
  plan.jobs[Market::kDeps].dockerfile = "FROM rust\nRUN a\nFROM cleaned by farm\n";
  r.build(plan, market.bases);
  for (const JobIndex index : {Market::kDeps, Market::kFirstImage}) plan.jobs[index].key_inputs.front().value = "other text";
  plan.jobs[Market::kFirstImage].dockerfile = "FROM rust\nRUN b\n";
  plan.jobs[Market::kDeps].dockerfile = "FROM rust\nRUN b\nFROM cleaned otherwise\n";
  const BuildStatus status = r.build(plan, market.bases);
  const std::vector<LineChange> expected = {{2, 2, "RUN a", "RUN b"}};
  EXPECT_EQ(r.why(status, "image api").dockerfile, expected);
  EXPECT_EQ(r.why(status, "deps").dockerfile, expected);
}

TEST(Explain, TheDockerfileOfAnotherProjectThatMadeTheLastResultIsNotShown) {
  Recorded r;
  const Market market;
  Plan theirs = market.plan();
  theirs.project = "other";
  theirs.jobs[Market::kFirstImage].dockerfile = "FROM rust\nRUN theirs\n";
  const BuildStatus made = r.build(theirs, market.bases);
  store::Batch batch;
  for (const JobStatus& job : made.jobs) batch.put(store::Kind::Latest, store::text_key("market", job.name), job.key.hex());
  ASSERT_TRUE(r.store->apply(batch));
  Plan ours = market.plan();
  ours.jobs[Market::kFirstImage].key_inputs.front().value = "other text";
  ours.jobs[Market::kFirstImage].dockerfile = "FROM rust\nRUN ours\n";
  const Explanation told = r.why(r.build(ours, market.bases), "image api");
  EXPECT_EQ(told.last_build, made.id);
  EXPECT_FALSE(told.changes.empty());
  EXPECT_TRUE(told.dockerfile.empty());
}

// The market with a real slice in the place of crate api's.
Plan with_api(const Slice& slice, const std::string& project = "market") {
  Plan plan = Market().plan();
  plan.project = project;
  plan.slices.push_back({slice.id, slice.name, slice.bytes, "services"});
  for (JobSpec& job : plan.jobs) {
    for (KeyInput& input : job.key_inputs) {
      if (input.name == "slice crate:api") input.value = slice.id.oci();
    }
  }
  return plan;
}
Slice api_of(const std::string& main, const std::vector<std::string>& others) {
  std::vector<SliceFile> files = {inline_file("api/src/main.rs", main)};
  for (const std::string& other : others) files.push_back(inline_file(other, "same"));
  return make_slice("crate:api", files);
}
void remember(Recorded& r, const Slice& slice) {
  store::Batch batch;
  store::put(batch, protocol::SliceListing{slice.id, encode_listing(slice).value()});
  ASSERT_TRUE(r.store->apply(batch));
}

TEST(Explain, NamesTheFilesOfSlicesWhoseListsItWasGiven) {
  Recorded r;
  const Slice first = api_of("v1", {"api/old.rs", "api/same.rs"});
  const Slice second = api_of("v2", {"api/new\x1b[2J.rs", "api/same.rs"});
  r.build(with_api(first), Market().bases);
  const BuildStatus status = r.build(with_api(second), Market().bases);
  EXPECT_TRUE(r.why(status, "api").slices.empty()) << "no list is known";
  remember(r, first);
  EXPECT_TRUE(r.why(status, "api").slices.empty()) << "one is not enough";
  remember(r, second);
  const std::vector<SliceChange> expected = {
      {"slice crate:api", {"services/api/src/main.rs"}, {"services/api/new?[2J.rs"}, {"services/api/old.rs"}, 0}};
  EXPECT_EQ(r.why(status, "api").slices, expected);
}

TEST(Explain, ManyFilesAreCountedNotListed) {
  Recorded r;
  std::vector<std::string> many;
  for (int i = 0; i < 1'000; ++i) many.push_back("api/" + std::to_string(i));
  const Slice first = api_of("v1", {});
  const Slice second = api_of("v2", many);
  remember(r, first);
  remember(r, second);
  r.build(with_api(first), Market().bases);
  const std::vector<SliceChange> slices = r.why(r.build(with_api(second), Market().bases), "api").slices;
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].changed.size(), 1U);
  EXPECT_EQ(slices[0].added.size(), history::kFilesPerSliceMax - 1);
  EXPECT_EQ(slices[0].left_off, 1'000 - slices[0].added.size());
}

TEST(Explain, FilesOfAnotherProjectThatMadeTheLastResultAreNotShown) {
  Recorded r;
  const Slice first = api_of("v1", {});
  const Slice second = api_of("v2", {});
  remember(r, first);
  remember(r, second);
  const BuildStatus made = r.build(with_api(first, "other"), Market().bases);
  store::Batch batch;
  for (const JobStatus& job : made.jobs) batch.put(store::Kind::Latest, store::text_key("market", job.name), job.key.hex());
  ASSERT_TRUE(r.store->apply(batch));
  const Explanation told = r.why(r.build(with_api(second), Market().bases), "api");
  EXPECT_EQ(told.last_build, made.id);
  EXPECT_EQ(told.changes.size(), 1U);
  EXPECT_TRUE(told.slices.empty());
}

TEST(Explain, TellsTheStepsThatTheLastReportHad) {
  Recorded r;
  BuildStatus status = r.build(Market());
  for (JobStatus& job : status.jobs) job.id = JobId{7};
  wire::StepsRecord record{JobId{7}, {{"[1/2] RUN a", Millis{5}, true, false, Millis{1}}}, 3};
  store::Batch batch;
  store::put(batch, record);
  ASSERT_TRUE(r.store->apply(batch));
  EXPECT_EQ(r.why(status, "api").steps, record.steps);
  EXPECT_EQ(r.why(status, "api").steps_left_off, 3U);
}

TEST(Explain, FromTheStoreAloneTheJobsBelowAreExplainedToo) {
  Recorded r;
  Market market;
  r.build(market);
  market.dependencies = "deps v2";
  const BuildStatus status = r.build(market);
  const history::ExplainedJob told = explain_down(*r.store, status, **find_job(status, "api"));
  EXPECT_EQ(told.told.job.name, "image api");
  std::vector<std::string> below;
  for (const history::ExplainedJob& job : told.below) below.push_back(job.told.job.name);
  EXPECT_EQ(below, std::vector<std::string>{"deps"});
  EXPECT_EQ(told.below.at(0).told.changes, (Changes{{"dependencies", {"deps v1"}, {"deps v2"}}}));
}

TEST(Explain, WithoutCacheTheDifferencesAreStillTold) {
  Recorded r;
  Market market;
  r.build(market);
  market.crate["api"] = "api v2";
  const Explanation told = r.why(r.build(market, {true}), "api");
  EXPECT_EQ(told.job.cause, "no-cache");
  EXPECT_EQ(told.changes.size(), 1U);
}

TEST(Explain, WhatWasForgottenLeavesTheRest) {
  Recorded r;
  Market market;
  r.build(market);
  market.crate["api"] = "api v2";
  const BuildStatus status = r.build(market);
  store::Batch batch;
  batch.erase(store::Kind::Submissions, store::number_key(2));
  EXPECT_TRUE(r.store->apply(batch));
  const Explanation told = r.why(status, "api");
  EXPECT_EQ(told.job.cause, "source");
  EXPECT_TRUE(told.changes.empty());
}

TEST(Explain, AgentsAreAskedWhereTheJobWaitsForOneAndNotForAnotherJob) {
  Recorded r;
  const Instant now{1'000};
  protocol::AgentHeartbeat beat;
  beat.agent = "alpha";
  beat.session = Session{1};
  beat.slots = 1;
  r.scheduler.step(now, scheduler::AgentHeard{beat, ""});
  r.scheduler.step(now, scheduler::BuildOpened{"t", "dev", "market", {0, false, {}, {}}});
  scheduler::NewJob deps;
  deps.key = content("deps");
  deps.name = "deps";
  deps.requirement.labels = {"zone=eu"};
  scheduler::NewJob api;
  api.key = content("api");
  api.name = "image api";
  api.needs = {deps.key};
  const BuildId id = r.scheduler.find_token("t")->id;
  r.scheduler.step(now, scheduler::BuildPlanned{id, {deps, api}, now});
  BuildStatus status;
  status.id = id;
  for (const JobId job : r.scheduler.find_build(id)->jobs) {
    status.jobs.push_back(r.scheduler.job_status(*r.scheduler.find_build(id), *r.scheduler.find_job(job), now));
  }
  const Explanation waits = r.why(status, "deps");
  ASSERT_EQ(waits.agents.size(), 1U);
  EXPECT_EQ(waits.agents[0].agent, "alpha");
  EXPECT_EQ(waits.agents[0].reason, "lacks the label zone=eu");
  EXPECT_TRUE(r.why(status, "image api").agents.empty());
  EXPECT_EQ(r.why(status, "image api").job.phase, "waits for deps");
}

TEST(FindJob, TakesAServiceAJobOrTheOnlyOneThatHoldsTheWord) {
  Recorded r;
  const BuildStatus status = r.build(Market());
  EXPECT_EQ((*find_job(status, "api"))->name, "image api");
  EXPECT_EQ((*find_job(status, "image worker"))->name, "image worker");
  EXPECT_EQ((*find_job(status, "work"))->name, "image worker");
  EXPECT_EQ((*find_job(status, "deps"))->name, "deps");
  const Result<const JobStatus*> several = find_job(status, "image");
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(several.error().message.find("image api, image worker"), std::string::npos);
  for (const std::string name : {"ghost", ""}) {
    const Result<const JobStatus*> none = find_job(status, name);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
    EXPECT_NE(none.error().message.find("it has: api, compile, crates, deps, image api, image worker, worker"), std::string::npos)
        << none.error().message;
  }
}

protocol::BuildHistory asked(const Recorded& r, const protocol::GetHistory& wanted, const std::string& only = "") {
  const auto may_see = [&](const std::string& project) { return only.empty() || project == only; };
  Result<protocol::BuildHistory> found = history(*r.store, wanted, may_see);
  EXPECT_TRUE(found);
  freshen(found->builds, [](BuildId) -> Result<BuildStatus> { return Error{ErrorKind::NotFound, "no build is open"}; });
  return std::move(*found);
}

std::vector<std::uint64_t> ids(const protocol::BuildHistory& found) {
  std::vector<std::uint64_t> numbers;
  for (const BuildStatus& status : found.builds) numbers.push_back(status.id.value);
  return numbers;
}

TEST(History, GivesTheNewestOfOneProjectPageByPage) {
  Recorded r;
  const Market market;
  Plan other = market.plan();
  other.project = "other";
  for (int i = 0; i < 130; ++i) r.build(i % 2 == 0 ? market.plan() : other, market.bases);
  const auto first = asked(r, {"market", 2, {}});
  EXPECT_EQ(ids(first), (std::vector<std::uint64_t>{129, 127}));
  EXPECT_EQ(ids(asked(r, {"market", 2, first.next})), (std::vector<std::uint64_t>{125, 123}));
  const auto all = asked(r, {"market", 100, {}});
  EXPECT_EQ(all.builds.size(), 65U);
  EXPECT_FALSE(static_cast<bool>(all.next));
  EXPECT_TRUE(asked(r, {"ghost", 10, {}}).builds.empty());
}

TEST(History, WithoutANameIsOfTheNewestBuildThatMayBeSeen) {
  Recorded r;
  const Market market;
  Plan other = market.plan();
  other.project = "other";
  r.build(market);
  r.build(other, market.bases);
  EXPECT_EQ(asked(r, {}).project, "other");
  EXPECT_EQ(asked(r, {}, "market").project, "market");
}

}  // namespace
}  // namespace farm::coordinator
