#include "agent/build/text.hpp"

#include <gtest/gtest.h>

namespace farm::build {
namespace {

TEST(PlainText, TextIsCutAtACharacter) {
  EXPECT_EQ(printable("ab\xC3\xA9", 3), "ab");
  EXPECT_EQ(printable("ab\xC3\xA9", 4), "ab\xC3\xA9");
  EXPECT_EQ(printable("a\nb\x1b", 10), "a b ");
  EXPECT_EQ(printable("\xF0\x9F\x98\x80", 3), "");
}

TEST(PlainText, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(valid_utf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(valid_utf8("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b\xC3"),
            "a?b?");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "??");            // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "???");       // half a surrogate pair
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), "????");  // above the last character
}

}  // namespace
}  // namespace farm::build
