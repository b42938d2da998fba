#include "coordinator/admission/reasons.hpp"

#include <set>

#include <gtest/gtest.h>

namespace farm::admission {
namespace {

using Inputs = std::vector<KeyInput>;

std::string reason(const Inputs& now, const std::optional<Inputs>& last) { return why_missing(now, last).reason; }

TEST(RebuildReason, OfAJobThatWasNeverBuilt) { EXPECT_EQ(reason({{"a", "1"}}, std::nullopt), "first build"); }

TEST(RebuildReason, NamesWhatChangedMovedCameAndWent) {
  const Inputs last{{"slice crate:core", "1"}, {"base image debian", "1"}, {"arg OLD", "x"}};
  const Inputs now{{"slice crate:core", "2"}, {"base image debian", "2"}};
  EXPECT_EQ(reason(now, last), "slice crate:core changed, base image debian moved, arg OLD is gone");
  EXPECT_EQ(reason({{"arg NEW", "x"}}, Inputs{}), "arg NEW is new");
}

TEST(RebuildReason, InputsOfOneNameAreComparedTogetherAndNamedOnce) {
  const Inputs last{{"needs", "axum"}, {"needs", "tokio"}, {"dockerfile", "1"}};
  EXPECT_EQ(reason({{"needs", "axum"}, {"needs", "tokio"}, {"dockerfile", "2"}}, last), "dockerfile changed");
  EXPECT_EQ(reason({{"needs", "axum"}, {"needs", "tokio"}, {"needs", "hex"}, {"dockerfile", "1"}}, last), "needs changed");
  EXPECT_EQ(reason({{"needs", "tokio"}, {"needs", "axum"}, {"dockerfile", "2"}}, last), "dockerfile changed");
}

TEST(RebuildReason, NamesAtMostThree) {
  Inputs now;
  for (const char* name : {"a", "b", "c", "d", "e"}) now.push_back({name, "1"});
  EXPECT_EQ(reason(now, Inputs{}), "a is new, b is new, c is new and 2 more");
}

TEST(RebuildReason, WithoutADifferenceTheResultWasLost) {
  EXPECT_EQ(reason({{"a", "1"}}, Inputs{{"a", "1"}}), "its result is no longer in the registry");
}

// The names are those that the planner and complete_key() give their inputs.
TEST(Cause, OfEachInputByItsName) {
  const std::vector<std::pair<std::string, Cause>> cases = {{"dockerfile", Cause::Dockerfile},
                                                            {"base image rust:1", Cause::BaseImage},
                                                            {"deps", Cause::Upstream},
                                                            {"deps 2", Cause::Upstream},
                                                            {"image api", Cause::Upstream},
                                                            {"needs", Cause::Dependencies},
                                                            {"asks serde ^1 registry = serde 1.0.1", Cause::Dependencies},
                                                            {"lock serde 1.0.1", Cause::Dependencies},
                                                            {"platform edge to libc", Cause::Dependencies},
                                                            {"profile.release", Cause::Manifest},
                                                            {"resolver", Cause::Manifest},
                                                            {"crates' dependencies", Cause::Manifest},
                                                            {"platform", Cause::Arguments},
                                                            {"target", Cause::Arguments},
                                                            {"arg PROFILE", Cause::Arguments},
                                                            {"slice crate:core", Cause::Source},
                                                            {"whole context", Cause::Source},
                                                            {"binaries", Cause::Other},
                                                            {"clean", Cause::Other}};
  for (const auto& [name, cause] : cases) EXPECT_EQ(cause_of_input(name), cause) << name;
}

TEST(Cause, IsTheOneThatExplainsMostOfWhatDiffers) {
  const Inputs last{{"slice rest", "1"}, {"slice crate:api", "1"}, {"deps", "1"}, {"dockerfile", "1"}};
  const auto cause = [&](const Inputs& now) { return why_missing(now, last).cause; };
  EXPECT_EQ(cause({{"slice rest", "2"}, {"slice crate:api", "1"}, {"deps", "1"}, {"dockerfile", "1"}}), Cause::Source);
  EXPECT_EQ(cause({{"slice rest", "2"}, {"slice crate:api", "2"}, {"deps", "2"}, {"dockerfile", "1"}}), Cause::Upstream);
  EXPECT_EQ(cause({{"slice rest", "2"}, {"slice crate:api", "1"}, {"deps", "2"}, {"dockerfile", "2"}}), Cause::Dockerfile);
  EXPECT_EQ(cause(last), Cause::ResultLost);
  EXPECT_EQ(why_missing(last, std::nullopt).cause, Cause::FirstBuild);
}

TEST(Cause, HasAWordOfItsOwnForEach) {
  std::set<std::string_view> words;
  for (int cause = 0; cause <= static_cast<int>(kLastCause); ++cause) words.insert(to_string(static_cast<Cause>(cause)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(kLastCause) + 1);
}

TEST(Differences, HoldTheValuesThatAreGoneAndThoseThatCame) {
  const Inputs last{{"needs", "axum"}, {"needs", "tokio"}, {"lock serde 1.0.1", "x"}};
  const Inputs now{{"needs", "tokio"}, {"needs", "hex"}, {"lock serde 1.0.2", "y"}};
  EXPECT_EQ(differences(now, last), (std::vector<Difference>{{"needs", Change::Changed, {"axum"}, {"hex"}},
                                                             {"lock serde 1.0.2", Change::New, {}, {"y"}},
                                                             {"lock serde 1.0.1", Change::Gone, {"x"}, {}}}));
}

}  // namespace
}  // namespace farm::admission
