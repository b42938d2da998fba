#include "coordinator/app/planning.hpp"

#include <gtest/gtest.h>

#include "tests/unit/admission/market.hpp"

namespace farm::coordinator {
namespace {

using admission::Need;
using admission::test::Market;
using admission::test::Memory;

std::vector<scheduler::NewJob> plan_jobs(const Plan& plan, const admission::Admission& admission) {
  return new_jobs(
      plan, admission, {}, [](const std::string& name) { return name == "deps" ? Millis{9'000} : Millis{}; },
      [](const Digest&) { return std::uint64_t{77}; });
}

TEST(NewJobs, NeedWhatRunsAndTakeHitsAsInputs) {
  Market market;
  Memory memory;
  const Plan cold = market.plan();
  const auto first = plan_jobs(cold, memory.admit(market));
  ASSERT_EQ(first.size(), 5U);
  EXPECT_EQ(first[0].name, "deps");
  EXPECT_EQ(first[0].expected_ms.value, 9'000);
  EXPECT_EQ(first[1].needs, std::vector<Digest>{first[0].key});
  EXPECT_TRUE(first[1].inputs.empty());
  memory.build(market);
  market.crate["api"] = "api v2";
  const auto second = plan_jobs(market.plan(), memory.admit(market));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_TRUE(second[0].needs.empty());
  ASSERT_EQ(second[0].inputs.size(), 1U);
  EXPECT_EQ(second[0].inputs[0].bytes, 77U);
}

TEST(NewJobs, SayWhatAnAgentMustHaveAndWhetherTheyMayWiden) {
  Market market;
  Plan plan = market.plan();
  plan.jobs[0].platform = "linux/arm64";
  plan.jobs[0].agent_labels = {"gpu", "big", "gpu"};
  plan.jobs[0].full_slices = plan.jobs[1].slices;
  const auto jobs = plan_jobs(plan, Memory().admit(plan, market.bases));
  EXPECT_EQ(jobs[0].requirement.platform, "linux/arm64");
  EXPECT_EQ(jobs[0].requirement.labels, (std::vector<std::string>{"big", "gpu"}));
  EXPECT_TRUE(jobs[0].may_widen);
  EXPECT_FALSE(jobs[1].may_widen);
}

TEST(Bases, ComeBackFromTheirRecords) {
  const Market market;
  const auto again = from_records(to_records(market.bases));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, market.bases);
  EXPECT_EQ(from_records({{"debian", "not a digest"}}).error().kind, ErrorKind::Corrupt);
}

TEST(AdmissionAgain, DecidesAsTheFirstTimeWhateverWasBuiltSince) {
  Market market;
  Memory memory;
  const Plan plan = market.plan();
  const admission::Admission first = memory.admit(market);
  wire::SubmissionRecord record;
  record.plan = plan;
  record.base_digests = to_records(market.bases);
  for (const admission::AdmittedJob& job : first.jobs) {
    record.job_keys.push_back(job.key);
    record.needed.push_back(job.need == Need::Needed);
  }
  memory.build(market);
  const auto again = admission_again(record, memory.lookup());
  ASSERT_TRUE(again);
  for (std::size_t i = 0; i < first.jobs.size(); ++i) {
    EXPECT_EQ(again->jobs[i].need, first.jobs[i].need);
    EXPECT_EQ(again->jobs[i].key, first.jobs[i].key);
    EXPECT_EQ(again->jobs[i].spec, first.jobs[i].spec);
  }
}

TEST(AdmissionAgain, DecidesAsTheFirstTimeInEachZone) {
  Market market;
  Memory memory;
  const admission::Admission first = memory.admit(market, {false, "forks"});
  wire::SubmissionRecord record;
  record.plan = market.plan();
  record.zone = "forks";
  record.base_digests = to_records(market.bases);
  for (const admission::AdmittedJob& job : first.jobs) {
    record.job_keys.push_back(job.key);
    record.needed.push_back(job.need == Need::Needed);
  }
  memory.build(market);  // the trusted zone made the same meanwhile
  const auto again = admission_again(record, memory.lookup());
  ASSERT_TRUE(again);
  for (std::size_t i = 0; i < first.jobs.size(); ++i) {
    EXPECT_EQ(again->jobs[i].need, first.jobs[i].need);
    EXPECT_EQ(again->jobs[i].key, first.jobs[i].key);
  }
}

TEST(BindJobs, GivesIdsAndSpecsToTheSchedulersJobs) {
  const Market market;
  const Plan plan = market.plan();
  const admission::Admission admission = Memory().admit(market);
  scheduler::Scheduler scheduler({});
  scheduler.step(Instant{1'000}, scheduler::BuildOpened{"t", "dev", "market", {}});
  OpenBuild build;
  build.id = scheduler.find_token("t")->id;
  build.jobs = build_jobs(plan, admission);
  build.submission.plan = plan;
  build.submission.base_digests = to_records(market.bases);
  scheduler.step(Instant{1'000}, scheduler::BuildPlanned{build.id, plan_jobs(plan, admission), Instant{1'000}});
  build.admission = admission;
  const auto specs = bind_jobs(build, *scheduler.find_build(build.id), scheduler, [](JobId) { return false; });
  ASSERT_EQ(specs.size(), 5U);
  for (const BuildJob& job : build.jobs) EXPECT_TRUE(static_cast<bool>(job.id)) << job.name;
  const wire::JobSpecRecord& image = specs.back();
  EXPECT_EQ(image.spec.inputs.size(), image.upstream_keys.size());
  EXPECT_EQ(image.upstream_keys[0], admission.jobs[Market::kCompile].key);
  EXPECT_EQ(image.base_digests[1], (KeyInput{"debian:bookworm-slim", admission::test::content("debian a").oci()}));
  EXPECT_TRUE(bind_jobs(build, *scheduler.find_build(build.id), scheduler, [](JobId) { return true; }).empty())
      << "known specs are left alone";
}

}  // namespace
}  // namespace farm::coordinator
