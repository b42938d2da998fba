#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/model/job.hpp"

namespace farm {
namespace {

Plan sample() {
  Plan plan;
  plan.project = "shop";
  plan.slices = {{sha256("a"), "rest", 1}};
  for (const JobKind kind : {JobKind::Deps, JobKind::Compile, JobKind::Image}) {
    JobSpec job;
    job.kind = kind;
    job.name = std::string(to_string(kind));
    job.key_inputs = {{"dockerfile", "x"}};
    job.slices = {{sha256("a"), false}};
    plan.jobs.push_back(job);
  }
  plan.jobs[1].inputs = {{"dependencies", 0}};
  plan.jobs[2].inputs = {{"dependencies", 0}};
  plan.jobs[2].compile_route = CompileRoute{1, "builder", "api"};
  plan.services = {{"api", 2, "shop/api:latest", {}}};
  return plan;
}

std::string refusal(const Plan& plan) {
  const auto checked = check_plan(plan);
  return checked ? "" : checked.error().message;
}

void expect_refused(const Plan& plan, const std::string& why) { EXPECT_EQ(refusal(plan), "checking the plan: " + why); }

TEST(CheckPlan, TakesAGoodOne) { EXPECT_EQ(refusal(sample()), ""); }

TEST(CheckPlan, RefusesEdgesThatDoNotPointBackwards) {
  for (const JobIndex target : {1U, 2U, 4'000'000'000U}) {
    Plan plan = sample();
    plan.jobs[1].inputs[0].job = target;
    expect_refused(plan, "job 'compile' needs a job that does not come before it");
  }
}

TEST(CheckPlan, RefusesACompileRouteToAnotherKind) {
  Plan plan = sample();
  plan.jobs[2].compile_route->job = 0;
  expect_refused(plan, "job 'image' names a compile job that is none");
  plan.jobs[2].compile_route->job = 77;
  expect_refused(plan, "job 'image' names a compile job that is none");
}

TEST(CheckPlan, RefusesSlicesThatAreNotListed) {
  const std::string why = "uses slice " + sha256("b").short_hex() + ", which the plan does not list";
  Plan plan = sample();
  plan.jobs[0].slices.push_back({sha256("b"), false});
  expect_refused(plan, "job 'deps' " + why);
  plan = sample();
  plan.jobs[0].full_slices.push_back({sha256("b"), false});
  expect_refused(plan, "job 'deps' " + why);
  plan = sample();
  plan.jobs[0].contexts.push_back({"x", {{sha256("b"), false}}, std::nullopt});
  expect_refused(plan, "job 'deps' " + why);
}

TEST(CheckPlan, RefusesServicesWithoutAnImage) {
  Plan plan = sample();
  plan.services[0].job = 0;
  expect_refused(plan, "service 'api' has no image job");
  plan.services[0].job = 9;
  expect_refused(plan, "service 'api' has no image job");
}

TEST(CheckPlan, RefusesNamesThatAreMissingTwiceOrTooLong) {
  Plan plan = sample();
  plan.jobs[1].name = "deps";
  expect_refused(plan, "two jobs are called 'deps'");
  plan.jobs[1].name = "";
  expect_refused(plan, "job 1 has no usable name");
  plan.jobs[1].name = std::string(301, 'x');
  expect_refused(plan, "job 1 has no usable name");
  plan = sample();
  plan.project = "";
  expect_refused(plan, "no usable project name");
}

TEST(CheckPlan, RefusesAKeyWithoutTheDockerfile) {
  Plan plan = sample();
  plan.jobs[2].key_inputs = {{"slice rest", "x"}};
  expect_refused(plan, "the key of job 'image' leaves out its Dockerfile");
}

TEST(CheckPlan, RefusesMoreThanTheLimits) {
  Plan plan = sample();
  plan.jobs.resize(limits::kJobsPerPlanMax + 1);
  expect_refused(plan, "more than 4000 jobs");
  plan = sample();
  plan.services.resize(limits::kServicesMax + 1);
  expect_refused(plan, "more than 2000 services");
  plan = sample();
  plan.jobs[0].dockerfile = std::string(limits::kDockerfileBytesMax + 1, ' ');
  expect_refused(plan, "job 'deps' has a Dockerfile over the limit");
  plan = sample();
  plan.jobs[0].slices.assign(5'001, {sha256("a"), false});
  expect_refused(plan, "job 'deps' has too many slices");
}

}  // namespace
}  // namespace farm
