#include "coordinator/admission/text_changes.hpp"

#include <string>

#include <gtest/gtest.h>

#include "shared/base/random.hpp"

namespace farm::admission {
namespace {

using Changes = std::vector<LineChange>;

TEST(TextChanges, OneChangedLineIsOneChangeWithItsNumbers) {
  EXPECT_EQ(text_changes("FROM a\nRUN x\nCOPY .\n", "FROM a\nRUN y\nCOPY .\n"), (Changes{{2, 2, "RUN x", "RUN y"}}));
}

TEST(TextChanges, NewAndGoneLinesLeaveTheirNeighboursAlone) {
  EXPECT_EQ(text_changes("a\nb\nc\nd\n", "a\nnew\nb\nc\n"), (Changes{{0, 2, "", "new"}, {4, 0, "d", ""}}));
}

TEST(TextChanges, EqualTextsHaveNone) {
  EXPECT_TRUE(text_changes("", "").empty());
  EXPECT_TRUE(text_changes("a\r\nb", "a\nb\n").empty()) << "how lines end is not told";
}

TEST(TextChanges, AreBoundedHoweverLongTheTextsAre) {
  std::string before;
  std::string after;
  for (int i = 0; i < 50'000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(text_changes(before, after).size(), kLineChangesMax);
  EXPECT_EQ(text_changes("", std::string(100'000, 'x')).at(0).after.size(), 300U);
}

// Whatever is told, applied to the old text, gives the new one.
TEST(TextChanges, TurnTheOldTextIntoTheNew) {
  Rng rng(7);
  for (int round = 0; round < 500; ++round) {
    const auto draw = [&rng] {
      std::vector<std::string> lines;
      for (std::uint64_t count = rng.below(12); count > 0; --count) lines.emplace_back(1, static_cast<char>('a' + rng.below(4)));
      return lines;
    };
    const auto joined = [](const std::vector<std::string>& lines) {
      std::string text;
      for (const std::string& line : lines) text += line + "\n";
      return text;
    };
    const std::vector<std::string> before = draw();
    const std::vector<std::string> after = draw();
    const Changes changes = text_changes(joined(before), joined(after), 1'000);
    std::vector<bool> gone(before.size() + 1);
    std::vector<bool> came(after.size() + 1);
    for (const LineChange& change : changes) {
      if (change.line_before != 0) gone.at(change.line_before) = true;
      if (change.line_after != 0) came.at(change.line_after) = true;
    }
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!gone[i + 1]) kept.push_back(before[i]);
    }
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (!came[i + 1]) expected.push_back(after[i]);
    }
    ASSERT_EQ(kept, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace farm::admission
