#include "coordinator/app/explain.hpp"

#include <gtest/gtest.h>

#include "coordinator/app/history.hpp"
#include "coordinator/app/planning.hpp"
#include "coordinator/store/records.hpp"
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
    return explain(*store, scheduler, Instant{5}, status, **job);
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
