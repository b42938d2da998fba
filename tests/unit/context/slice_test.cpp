#include "shared/context/slice.hpp"

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

TEST(SliceId, IsIndependentOfTheOrderGivenAndOfTheName) {
  const Slice a = make_slice("a", {inline_file("x", "1"), inline_file("b", "2")});
  const Slice b = make_slice("b", {inline_file("b", "2"), inline_file("x", "1")});
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.files.front().path, "b");
  EXPECT_EQ(a.bytes, 2U);
}

TEST(SliceId, DependsOnPathModeAndContentAndOnNothingElse) {
  const Digest id = make_slice("", {inline_file("x", "1")}).id;
  EXPECT_NE(make_slice("", {inline_file("y", "1")}).id, id);
  EXPECT_NE(make_slice("", {inline_file("x", "2")}).id, id);
  EXPECT_NE(make_slice("", {inline_file("x", "1", FileMode::Executable)}).id, id);
  EXPECT_NE(make_slice("", {inline_file("x", "1"), inline_file("y", "")}).id, id);
  SliceFile on_disk = inline_file("x", "1");
  on_disk.inline_bytes.reset();
  EXPECT_EQ(make_slice("", {on_disk}).id, id);
}

TEST(SlicePaths, OnlyNormalisedRelativePathsNameFiles) {
  for (const std::string path : {"a", "a/b.c", "..a", "a/...", "\xff"}) EXPECT_TRUE(check_slice_path(path)) << path;
  for (const std::string& path :
       std::vector<std::string>{"", "/a", "a/", "./a", "a/./b", "a/../b", "..", std::string("a\0b", 3), std::string(5000, 'x')}) {
    EXPECT_FALSE(check_slice_path(path)) << path;
  }
}

TEST(SliceLinks, StayInsideTheTree) {
  EXPECT_TRUE(check_link_target("a/b/link", "../../c"));
  EXPECT_TRUE(check_link_target("link", "."));
  EXPECT_TRUE(check_link_target("a/link", "./x/y"));
  EXPECT_FALSE(check_link_target("link", ".."));
  EXPECT_FALSE(check_link_target("a/link", "../../c"));
  EXPECT_FALSE(check_link_target("a/b/link", "x/../y"));
  EXPECT_FALSE(check_link_target("link", "/etc"));
  EXPECT_FALSE(check_link_target("link", ""));
}

}  // namespace
}  // namespace farm
