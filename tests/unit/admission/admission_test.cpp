#include "coordinator/admission/admission.hpp"

#include <gtest/gtest.h>

#include "tests/unit/admission/market.hpp"

namespace farm::admission::test {
namespace {

using Names = std::set<std::string>;

TEST(Admission, AColdFarmNeedsEverything) {
  const Market market;
  const Memory memory;
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"deps", "crates", "compile", "image api", "image worker"}));
  EXPECT_FALSE(admission.nothing_to_do());
}

TEST(Admission, AnUnchangedPlanNeedsNothing) {
  const Market market;
  Memory memory;
  memory.build(market);
  const Admission admission = memory.admit(market);
  EXPECT_TRUE(admission.nothing_to_do());
  EXPECT_EQ(names(market.plan(), admission, Need::Hit), (Names{"image api", "image worker"}));
  EXPECT_EQ(names(market.plan(), admission, Need::NotNeeded), (Names{"deps", "crates", "compile"}));
  EXPECT_TRUE(admission.slices.empty());
  EXPECT_EQ(admission.jobs[Market::kFirstImage].reason, "unchanged");
  EXPECT_EQ(admission.jobs[Market::kFirstImage].result.repository, "market/api");
}

TEST(Admission, OneChangedServiceIsOneImageJob) {
  Market market;
  Memory memory;
  memory.build(market);
  market.crate["api"] = "api v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"image api"}));
  EXPECT_EQ(names(market.plan(), admission, Need::Hit), (Names{"crates", "image worker"}));
  EXPECT_EQ(admission.jobs[Market::kFirstImage].reason, "slice crate:api changed");
  EXPECT_EQ(admission.jobs[Market::kFirstImage].cause, Cause::Source);
  EXPECT_EQ(admission.jobs[Market::kCrates].cause, Cause::None) << "it hits";
}

TEST(Admission, ASingleMissingImageTakesTheDirectWay) {
  Market market;
  Memory memory;
  memory.build(market);
  market.crate["api"] = "api v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(admission.jobs[Market::kFirstImage].spec.inputs, (std::vector<StageInput>{{"dependencies", Market::kCrates}}));
}

TEST(Admission, SeveralMissingImagesTakeTheCompileJob) {
  const Market market;
  const Admission admission = Memory().admit(market);
  for (const JobIndex image : {Market::kFirstImage, Market::kFirstImage + 1}) {
    EXPECT_EQ(admission.jobs[image].spec.inputs, (std::vector<StageInput>{{"builder", Market::kCompile}}));
  }
  EXPECT_EQ(admission.jobs[Market::kCompile].spec.args.at(kFarmBinsArg), "--bin api --bin worker");
  EXPECT_EQ(admission.jobs[Market::kCompile].spec.bins, (std::vector<std::string>{"api", "worker"}));
}

TEST(Admission, AnImageOnTheCompileWayKeepsItsDirectWayForTheCaseThatTheRunFails) {
  const Market market;
  const Admission admission = Memory().admit(market);
  EXPECT_EQ(admission.jobs[Market::kFirstImage].fallback, market.plan().jobs[Market::kFirstImage].inputs);
  Market one;
  Memory memory;
  memory.build(one);
  one.crate["api"] = "api v2";
  EXPECT_TRUE(memory.admit(one).jobs[Market::kFirstImage].fallback.empty()) << "it goes the direct way already";
}

TEST(Admission, TheCompileJobGetsOnlyTheBinariesThatAreMissing) {
  Market market;
  market.services = {"api", "extra", "worker"};
  Memory memory;
  memory.build(market);
  market.crate["api"] = "api v2";
  market.crate["worker"] = "worker v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"compile", "image api", "image worker"}));
  EXPECT_EQ(admission.jobs[Market::kCompile].spec.args.at(kFarmBinsArg), "--bin api --bin worker");
}

TEST(Admission, TheCompileKeyDependsOnTheChosenBinaries) {
  Market market;
  market.services = {"api", "extra", "worker"};
  Memory memory;
  const Digest all = memory.admit(market).jobs[Market::kCompile].key;
  const Plan plan = market.plan();
  const Digest api_key = memory.admit(market).jobs[Market::kFirstImage].key;
  memory.results[api_key] = {content("api image"), "market/api"};
  EXPECT_NE(memory.admit(market).jobs[Market::kCompile].key, all);
}

TEST(Admission, ASharedCrateIsCompiledAgainWithoutDeps) {
  Market market;
  Memory memory;
  memory.build(market);
  market.crate["core"] = "core v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"crates", "compile", "image api", "image worker"}));
  EXPECT_EQ(names(market.plan(), admission, Need::Hit), (Names{"deps"}));
  EXPECT_EQ(admission.jobs[Market::kCrates].reason, "slice crate:core changed");
}

TEST(Admission, DepsHitWhereOnlyTheCratesLayerWasLost) {
  Market market;
  Memory memory;
  memory.build(market);
  memory.results.erase(memory.admit(market).jobs[Market::kCrates].key);
  market.crate["api"] = "api v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"crates", "image api"}));
  EXPECT_EQ(names(market.plan(), admission, Need::Hit), (Names{"deps", "image worker"}));
  EXPECT_EQ(admission.jobs[Market::kCrates].reason, "its result is no longer in the registry");
}

TEST(Admission, ANewDependencyIsOneDepsJobForAll) {
  Market market;
  Memory memory;
  memory.build(market);
  market.dependencies = "deps v2";
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"deps", "crates", "compile", "image api", "image worker"}));
  EXPECT_EQ(admission.jobs[Market::kDeps].reason, "dependencies changed");
  EXPECT_EQ(admission.jobs[Market::kFirstImage].reason, "deps changed");
  EXPECT_EQ(admission.jobs[Market::kFirstImage].cause, Cause::Upstream);
}

TEST(Admission, AMovedBaseImageRebuildsWhatStandsOnIt) {
  Market market;
  Memory memory;
  memory.build(market);
  market.bases["docker.io/library/debian:bookworm-slim"] = content("debian b");
  const Admission admission = memory.admit(market);
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"image api", "image worker"}));
  EXPECT_EQ(names(market.plan(), admission, Need::Hit), (Names{"compile"})) << "the binaries are still right";
  EXPECT_EQ(admission.jobs[Market::kFirstImage].reason, "base image debian:bookworm-slim moved");
}

TEST(Admission, WithoutCacheNothingHits) {
  const Market market;
  Memory memory;
  memory.build(market);
  const Admission admission = memory.admit(market, {true});
  EXPECT_EQ(names(market.plan(), admission, Need::Needed), (Names{"deps", "crates", "compile", "image api", "image worker"}));
  EXPECT_EQ(admission.jobs[Market::kFirstImage].reason, "asked for with --no-cache");
  EXPECT_EQ(admission.jobs[Market::kFirstImage].cause, Cause::NoCache);
}

TEST(Admission, ABaseWithoutADigestIsAnErrorThatNamesIt) {
  Market market;
  market.bases.erase("docker.io/library/debian:bookworm-slim");
  const Memory memory;
  const Result<Admission> admitted = admit(market.plan(), {}, market.bases, memory.lookup(), memory.history());
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(admitted.error().message.find("docker.io/library/debian:bookworm-slim"), std::string::npos);
}

TEST(Admission, OnlySlicesOfNeededJobsAreAskedFor) {
  Market market;
  Memory memory;
  memory.build(market);
  market.crate["api"] = "api v2";
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage].full_slices = {{content("whole tree"), false}};
  plan.jobs[Market::kFirstImage].contexts.push_back({"assets", {{content("assets"), false}}, std::nullopt});
  const Admission admission = memory.admit(plan, market.bases);
  Names expected;
  for (const std::string text : {"core v1", "api v2", "whole tree", "assets"}) expected.insert(content(text).hex());
  Names found;
  for (const Digest& slice : admission.slices) found.insert(slice.hex());
  EXPECT_EQ(found, expected);
}

TEST(Admission, AnImageThatCopiesFromAnotherWaitsForItOnEitherWay) {
  Market market;
  Memory memory;
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage + 1].inputs.push_back({"api_image", Market::kFirstImage});
  const Admission cold = memory.admit(plan, market.bases);
  EXPECT_EQ(cold.jobs[Market::kFirstImage + 1].spec.inputs,
            (std::vector<StageInput>{{"api_image", Market::kFirstImage}, {"builder", Market::kCompile}}));
  memory.build(plan, market.bases);
  plan.jobs[Market::kFirstImage].key_inputs.push_back({"slice crate:api", "other"});
  const Admission changed = memory.admit(plan, market.bases);
  EXPECT_EQ(changed.jobs[Market::kFirstImage + 1].need, Need::Needed) << "what it copies from has another key";
}

TEST(Admission, AnImageThatNoServiceAsksForRunsOnlyWhereItIsCopiedFrom) {
  Market market;
  Memory memory;
  Plan plan = market.plan();
  plan.services.erase(plan.services.begin());
  EXPECT_EQ(names(plan, memory.admit(plan, market.bases), Need::Needed), (Names{"deps", "crates", "image worker"}));
  plan.jobs[Market::kFirstImage + 1].inputs.push_back({"api_image", Market::kFirstImage});
  EXPECT_EQ(names(plan, memory.admit(plan, market.bases), Need::Needed), (Names{"deps", "crates", "compile", "image api", "image worker"}));
}

TEST(Admission, BasesAreAskedForOnceEach) {
  Plan plan = Market().plan();
  plan.jobs[Market::kDeps].contexts.push_back({"tools", {}, BaseImage{"docker.io/library/tools:2", "tools:2"}});
  EXPECT_EQ(base_references(plan),
            (std::vector<std::string>{"docker.io/library/debian:bookworm-slim", "docker.io/library/rust:1", "docker.io/library/tools:2"}));
}

// A job that failed on its slices and was built from the whole context depends on files that its key doesn't hold.
TEST(Admission, AResultOfTheWholeContextHitsOnlyWhileThatIsTheSame) {
  Market market;
  Plan plan = market.plan();
  plan.jobs[Market::kFirstImage].full_slices = {{content("whole v1"), false}};
  const Digest whole = context_digest(plan.jobs[Market::kFirstImage].full_slices);
  const auto results = [&](const Digest&) { return std::optional<KnownResult>(KnownResult{content("image"), "market/api", whole}); };
  const auto need = [&] {
    return admit(plan, {}, market.bases, results, [](const std::string&) { return std::nullopt; })->jobs[Market::kFirstImage].need;
  };
  EXPECT_EQ(need(), Need::Hit);
  plan.jobs[Market::kFirstImage].full_slices = {{content("whole v2"), false}};
  EXPECT_EQ(need(), Need::Needed);
}

// A client's word on what its jobs are made of counts in its own zone only.
TEST(Admission, AnotherZoneReadsTheTrustedZonesResultsAndNeverWritesThem) {
  Market market;
  Memory memory;
  memory.build(market);
  const AdmitOptions fork{false, "forks"};
  EXPECT_TRUE(memory.admit(market, fork).nothing_to_do());

  market.crate["api"] = "api v2";
  const Digest trusted = memory.admit(market).jobs[Market::kFirstImage].key;
  const AdmittedJob image = memory.admit(market, fork).jobs[Market::kFirstImage];
  EXPECT_EQ(image.need, Need::Needed);
  EXPECT_NE(image.key, trusted);
  EXPECT_EQ(image.key, key_in_zone(trusted, "forks"));
  EXPECT_NE(image.key, key_in_zone(trusted, "others"));

  memory.results[image.key] = {content("what the fork says that it is"), "market/api"};
  EXPECT_EQ(memory.admit(market, fork).jobs[Market::kFirstImage].need, Need::Hit);
  EXPECT_EQ(memory.admit(market, {false, "others"}).jobs[Market::kFirstImage].need, Need::Needed);
  EXPECT_EQ(memory.admit(market).jobs[Market::kFirstImage].need, Need::Needed);
  EXPECT_EQ(memory.admit(market).jobs[Market::kFirstImage].key, trusted);
}

}  // namespace
}  // namespace farm::admission::test
