#include "shared/snapshot/disk_tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace farm {
namespace {

using test::TempDir;

TEST(DiskTree, ReadsListsAndTellsTypes) {
  TempDir dir;
  dir.write("b/two", "22");
  dir.write("a.txt", "1");
  const DiskTree tree(dir.path());
  EXPECT_EQ(*tree.read("b/two", 10), "22");
  EXPECT_EQ(*tree.list(""), (std::vector<TreeEntry>{{"a.txt", FileType::Regular}, {"b", FileType::Directory}}));
  EXPECT_TRUE(tree.is_directory(""));
  EXPECT_TRUE(tree.is_directory("b"));
  EXPECT_TRUE(tree.is_file("a.txt"));
  EXPECT_EQ(tree.type_of("c").error().kind, ErrorKind::NotFound);
}

TEST(DiskTree, ErrorsHaveTheKindsThatTheInterfaceNames) {
  TempDir dir;
  dir.write("a.txt", "12345");
  std::filesystem::create_directories(dir.at("d"));
  ASSERT_EQ(::mkfifo(dir.at("pipe").c_str(), 0600), 0);
  const DiskTree tree(dir.path());
  EXPECT_EQ(tree.read("none", 10).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(tree.read("d", 10).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(tree.read("pipe", 10).error().kind, ErrorKind::InvalidInput);  // and does not hang
  EXPECT_EQ(tree.read("a.txt", 4).error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(tree.read("a.txt", 5)->size(), 5U);
  EXPECT_EQ(tree.list("none").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(DiskTree("/nonexistent/farm").read("a", 1).error().kind, ErrorKind::NotFound);
}

TEST(DiskTree, LinksAreFollowedInsideTheTreeAndDeniedOutside) {
  TempDir outside;
  outside.write("secret", "s");
  TempDir dir;
  dir.write("real/f", "x");
  ::symlink("real", dir.at("inside").c_str());
  ::symlink(outside.path().c_str(), dir.at("out").c_str());
  ::symlink("loop", dir.at("loop").c_str());
  const DiskTree tree(dir.path());
  EXPECT_EQ(*tree.read("inside/f", 10), "x");
  EXPECT_EQ(*tree.type_of("inside"), FileType::Directory);
  EXPECT_EQ(tree.read("out/secret", 10).error().kind, ErrorKind::Denied);
  EXPECT_EQ(tree.list("out").error().kind, ErrorKind::Denied);
  EXPECT_FALSE(tree.read("loop", 10));
  EXPECT_FALSE(tree.read("../" + outside.path().substr(outside.path().rfind('/') + 1) + "/secret", 10));
}

}  // namespace
}  // namespace farm
