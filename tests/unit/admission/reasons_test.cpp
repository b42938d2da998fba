#include "coordinator/admission/reasons.hpp"

#include <gtest/gtest.h>

namespace farm::admission {
namespace {

using Inputs = std::vector<KeyInput>;

TEST(RebuildReason, OfAJobThatWasNeverBuilt) { EXPECT_EQ(rebuild_reason({{"a", "1"}}, std::nullopt), "first build"); }

TEST(RebuildReason, NamesWhatChangedMovedCameAndWent) {
  const Inputs last{{"slice crate:core", "1"}, {"base image debian", "1"}, {"arg OLD", "x"}};
  const Inputs now{{"slice crate:core", "2"}, {"base image debian", "2"}};
  EXPECT_EQ(rebuild_reason(now, last), "slice crate:core changed, base image debian moved, arg OLD is gone");
  EXPECT_EQ(rebuild_reason({{"arg NEW", "x"}}, Inputs{}), "arg NEW is new");
}

TEST(RebuildReason, InputsOfOneNameAreComparedTogetherAndNamedOnce) {
  const Inputs last{{"needs", "axum"}, {"needs", "tokio"}, {"dockerfile", "1"}};
  EXPECT_EQ(rebuild_reason({{"needs", "axum"}, {"needs", "tokio"}, {"dockerfile", "2"}}, last), "dockerfile changed");
  EXPECT_EQ(rebuild_reason({{"needs", "axum"}, {"needs", "tokio"}, {"needs", "hex"}, {"dockerfile", "1"}}, last), "needs changed");
  EXPECT_EQ(rebuild_reason({{"needs", "tokio"}, {"needs", "axum"}, {"dockerfile", "2"}}, last), "dockerfile changed");
}

TEST(RebuildReason, NamesAtMostThree) {
  Inputs now;
  for (const char* name : {"a", "b", "c", "d", "e"}) now.push_back({name, "1"});
  EXPECT_EQ(rebuild_reason(now, Inputs{}), "a is new, b is new, c is new and 2 more");
}

TEST(RebuildReason, WithoutADifferenceTheResultWasLost) {
  EXPECT_EQ(rebuild_reason({{"a", "1"}}, Inputs{{"a", "1"}}), "its result is no longer in the registry");
}

}  // namespace
}  // namespace farm::admission
