#include "farmctl/render/diff.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

std::string numbered(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

TEST(UnifiedDiff, OfEqualTextsIsNothing) { EXPECT_EQ(unified_diff("a", "x\n", "a", "x\n"), ""); }

TEST(UnifiedDiff, ShowsThreeLinesAroundAChange) {
  const std::string after = numbered(1, 4) + "five\n" + numbered(6, 9);
  EXPECT_EQ(unified_diff("f", numbered(1, 9), "f", after), "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, FarChangesAreHunksOfTheirOwn) {
  const std::string after = "zero\n" + numbered(1, 30) + "31\n";
  EXPECT_EQ(unified_diff("f", numbered(1, 30), "f", after),
            "--- f\n+++ f\n@@ -1,3 +1,4 @@\n+zero\n 1\n 2\n 3\n@@ -28,3 +29,4 @@\n 28\n 29\n 30\n+31\n");
}

TEST(UnifiedDiff, ANewFileComesFromNowhere) { EXPECT_EQ(unified_diff("f", "", "f", "a\n"), "--- /dev/null\n+++ f\n@@ -0,0 +1 @@\n+a\n"); }

TEST(UnifiedDiff, AMissingLineEndIsMarked) {
  EXPECT_EQ(unified_diff("f", "a", "f", "a\n"), "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST(UnifiedDiff, TextsTooBigForTheTableAreOneChange) {
  const std::string diff = unified_diff("f", numbered(1, 3000), "f", numbered(3001, 6000));
  EXPECT_TRUE(diff.starts_with("--- f\n+++ f\n@@ -1,3000 +1,3000 @@\n-1\n")) << diff.substr(0, 60);
}

}  // namespace
}  // namespace farm::ctl
