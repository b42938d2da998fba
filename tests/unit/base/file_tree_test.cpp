#include "shared/base/file_tree.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(NormalisePath, DotsAndDoubleSlashesGo) {
  EXPECT_EQ(normalise_path("a/b", "./../c//d").value(), "a/c/d");
  EXPECT_EQ(normalise_path("", ".").value(), "");
}

TEST(NormalisePath, APathThatLeavesTheProjectIsRefused) { EXPECT_EQ(normalise_path("a", "../../b").error().kind, ErrorKind::InvalidInput); }

TEST(MemoryTree, FilesImplyTheirDirectories) {
  const MemoryTree tree({{"a/b/c.txt", "1"}, {"a/d.txt", "22"}});
  EXPECT_TRUE(tree.is_directory("a/b"));
  EXPECT_TRUE(tree.is_file("a/d.txt"));
  const auto entries = tree.list("a").value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0], (TreeEntry{"b", FileType::Directory}));
  EXPECT_EQ(entries[1], (TreeEntry{"d.txt", FileType::Regular}));
  EXPECT_EQ(tree.read("a/d.txt", 1).error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(tree.list("x").error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace farm
