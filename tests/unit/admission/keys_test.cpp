#include "coordinator/admission/keys.hpp"

#include <gtest/gtest.h>

#include "tests/unit/admission/market.hpp"

namespace farm::admission::test {
namespace {

Digest image_key(const Plan& plan, const PinnedBases& bases) { return Memory().admit(plan, bases).jobs[Market::kFirstImage].key; }

TEST(ImageKey, IsTheSameWhicheverWayTheImageIsMade) {
  const Market market;
  Plan on_deps = market.plan();
  on_deps.jobs[Market::kFirstImage].inputs = {{"dependencies", Market::kDeps}};
  Plan on_compile = market.plan();
  on_compile.jobs[Market::kFirstImage].inputs = {{"builder", Market::kCompile}};
  Plan alone = market.plan();
  alone.jobs[Market::kFirstImage].compile_route.reset();
  const Digest key = image_key(market.plan(), market.bases);
  EXPECT_EQ(image_key(on_deps, market.bases), key);
  EXPECT_EQ(image_key(on_compile, market.bases), key);
  EXPECT_EQ(image_key(alone, market.bases), key);
}

TEST(ImageKey, IsTheSameAloneAndAmongOthers) {
  Market market;
  const Digest among = image_key(market.plan(), market.bases);
  market.services = {"api"};
  EXPECT_EQ(image_key(market.plan(), market.bases), among);
}

TEST(ImageKey, ChangesWithEachThingThatChangesTheImage) {
  const Market market;
  std::set<Digest> keys{image_key(market.plan(), market.bases)};
  const auto expect_new = [&](const char* what, const Plan& plan, const PinnedBases& bases) {
    EXPECT_TRUE(keys.insert(image_key(plan, bases)).second) << what;
  };
  const auto with = [&](auto change) {
    Plan plan = market.plan();
    change(plan.jobs[Market::kFirstImage]);
    return plan;
  };
  expect_new("target", with([](JobSpec& job) { job.target = "debug"; }), market.bases);
  expect_new("arg", with([](JobSpec& job) { job.args["A"] = "1"; }), market.bases);
  expect_new("platform", with([](JobSpec& job) { job.platform = "linux/arm64"; }), market.bases);
  expect_new("key input", with([](JobSpec& job) { job.key_inputs.push_back({"slice x", "1"}); }), market.bases);
  expect_new("secret", with([](JobSpec& job) { job.secrets.push_back("token"); }), market.bases);
  expect_new("another base", with([](JobSpec& job) { job.bases.pop_back(); }), market.bases);
  PinnedBases moved = market.bases;
  moved["docker.io/library/rust:1"] = content("rust b");
  expect_new("moved base", market.plan(), moved);
  Plan other_deps = market.plan();
  other_deps.jobs[Market::kDeps].key_inputs.push_back({"profile", "fast"});
  expect_new("deps below", other_deps, market.bases);
}

TEST(ImageKey, IgnoresPlacesAndNames) {
  const Market market;
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage].repository = "elsewhere";
  plan.jobs[Market::kFirstImage].agent_labels = {"gpu"};
  EXPECT_EQ(image_key(plan, market.bases), image_key(market.plan(), market.bases));
}

TEST(KeyInputs, HoldWhatTheCoordinatorAdded) {
  const Market market;
  const Admission admission = Memory().admit(market);
  const std::vector<KeyInput>& inputs = admission.jobs[Market::kFirstImage].key_inputs;
  const auto value_of = [&](const std::string& name) {
    for (const KeyInput& input : inputs) {
      if (input.name == name) return input.value;
    }
    return std::string("none");
  };
  EXPECT_EQ(value_of("base image debian:bookworm-slim"), content("debian a").oci());
  EXPECT_EQ(value_of("deps"), admission.jobs[Market::kDeps].key.oci());
  EXPECT_EQ(value_of("slice crate:api"), content("api v1").oci());
}

TEST(KeyInputs, KeepLongValuesByDigest) {
  const Market market;
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage].args["LONG"] = std::string(10'000, 'x');
  for (const KeyInput& input : Memory().admit(plan, market.bases).jobs[Market::kFirstImage].key_inputs) {
    EXPECT_LE(input.value.size(), 256U) << input.name;
  }
}

TEST(ContentInputs, GoThroughWaysToWhatTheyStandOn) {
  const Plan plan = Market().plan();
  EXPECT_EQ(content_inputs(plan, Market::kFirstImage), std::vector<JobIndex>{Market::kDeps});
  EXPECT_EQ(content_inputs(plan, Market::kCompile), std::vector<JobIndex>{Market::kDeps});
  EXPECT_TRUE(content_inputs(plan, Market::kDeps).empty());
}

}  // namespace
}  // namespace farm::admission::test
