#include "shared/compose/suggest.hpp"

#include <gtest/gtest.h>

#include "tests/unit/compose/compose_story.hpp"

namespace farm::compose {
namespace {

TEST(ComposeSuggestion, TheDistanceCountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("build", "build", 5), 0U);
  EXPECT_EQ(edit_distance("biuld", "build", 5), 1U);
  EXPECT_EQ(edit_distance("buid", "build", 5), 1U);
  EXPECT_EQ(edit_distance("buildd", "build", 5), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3U);
  EXPECT_EQ(edit_distance("", "abc", 5), 3U);
  EXPECT_EQ(edit_distance("abcdefgh", "zyxwvuts", 3), 4U);
}

TEST(ComposeSuggestion, OnlyANearWordIsSuggested) {
  EXPECT_EQ(did_you_mean("contxt", {"args", "context"}), " (did you mean \"context\"?)");
  EXPECT_EQ(did_you_mean("whatever", {"args", "context"}), "");
}

TEST(ComposeSuggestion, AMisspeltKeyIsAnErrorAndAForeignOneAWarning) {
  const Parsed<ComposeProject> misspelt = testing::read("services:\n  a:\n    image: x\n    depnds_on: []\n");
  EXPECT_FALSE(misspelt.ok());
  testing::expect_says(misspelt, "compose.yaml:4: error: service \"a\": unknown key \"depnds_on\" (did you mean \"depends_on\"?)");
  const Parsed<ComposeProject> foreign = testing::read("services:\n  a:\n    image: x\n    quantum_mode: on\n");
  EXPECT_TRUE(foreign.ok());
  testing::expect_says(foreign, "compose.yaml:4: warning: service \"a\": unknown key \"quantum_mode\"");
}

TEST(ComposeSuggestion, ExtensionFieldsAreFineEverywhere) {
  const Parsed<ComposeProject> parsed = testing::read("x-a: 1\nservices: {a: {x-b: 2, build: {context: ., x-c: 3}}}\n");
  EXPECT_TRUE(parsed.diagnostics.empty()) << testing::messages(parsed);
}

}  // namespace
}  // namespace farm::compose
