#include "farmctl/render/text.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

TEST(Text, DurationsAreShort) {
  EXPECT_EQ(format_duration(Millis{0}), "0.00 s");
  EXPECT_EQ(format_duration(Millis{84}), "0.08 s");
  EXPECT_EQ(format_duration(Millis{4'240}), "4.2 s");
  EXPECT_EQ(format_duration(Millis{72'900}), "1 min 12 s");
  EXPECT_EQ(format_duration(Millis{-5}), "0.00 s");
}

TEST(Text, BytesAreShort) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(4'120'000), "4.1 MB");
  EXPECT_EQ(format_bytes(~0ULL), "18446744.1 TB");
}

TEST(Text, WidthCountsCharacters) {
  EXPECT_EQ(display_width("a → b"), 5U);
  EXPECT_EQ(pad("é", 3), "é  ");
  EXPECT_EQ(pad("long", 2), "long");
}

TEST(Text, WhatDoesNotFitIsCutAndMarked) {
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("abcd", 3), "ab…");
  EXPECT_EQ(fit("äöüß", 3), "äö…");
  EXPECT_EQ(fit("abc", 0), "");
}

// Whatever a build prints must not steer the terminal.
TEST(Text, ControlCharactersBecomeBlanks) { EXPECT_EQ(fit("a\x1b[31mb\nc\x7f", 80), "a [31mb c "); }

TEST(Text, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(render_columns({{"A", "B"}, {"longer", "x"}, {"é", ""}}), "A       B\nlonger  x\né\n");
  EXPECT_EQ(render_columns({}), "");
}

TEST(Text, OneThingHasNoPluralS) {
  EXPECT_EQ(count_of(0, "slice"), "0 slices");
  EXPECT_EQ(count_of(1, "slice"), "1 slice");
  EXPECT_EQ(count_of(2, "slice"), "2 slices");
}

TEST(Text, ANameIsCutInItsMiddle) {
  EXPECT_EQ(fit_middle("image api", 9), "image api");
  EXPECT_EQ(fit_middle("image a-long-name-first", 11), "image…first");
  EXPECT_EQ(fit_middle("image a-long-name-second", 12), "image…second") << "not the same as another's";
  EXPECT_EQ(fit_middle("äöüßäöüß", 5), "äö…üß");
  for (std::size_t width = 0; width < 12; ++width) EXPECT_EQ(display_width(fit_middle("abcdefghijklmnop", width)), width) << width;
}

}  // namespace
}  // namespace farm::ctl
