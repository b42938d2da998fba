#include "shared/snapshot/snapshot.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm {
namespace {

using test::TempDir;

struct Story {
  TempDir tree;
  TempDir cache;
  IgnoreRules rules;
  SnapshotOptions options;

  Snapshot taken() {
    Result<Snapshot> snapshot = take_snapshot(tree.path(), rules, options);
    EXPECT_TRUE(snapshot) << (snapshot ? "" : snapshot.error().message);
    return snapshot ? *snapshot : Snapshot{};
  }
  Error refused() {
    const Result<Snapshot> snapshot = take_snapshot(tree.path(), rules, options);
    EXPECT_FALSE(snapshot);
    return snapshot ? Error{} : snapshot.error();
  }
  std::string names() {
    std::string all;
    for (const SliceFile& file : taken().files) all += file.path + " ";
    return all;
  }
};

TEST(Snapshot, FilesComeSortedByPathWithModeAndDigest) {
  Story story;
  story.tree.write("b/x", "1");
  story.tree.write("b.txt", "22");
  story.tree.write("a", "");
  ::chmod(story.tree.at("a").c_str(), 0755);
  ::symlink("../b.txt", story.tree.at("b/link").c_str());
  const Snapshot snapshot = story.taken();
  ASSERT_EQ(snapshot.files.size(), 4U);
  EXPECT_EQ(snapshot.files[0].path, "a");
  EXPECT_EQ(snapshot.files[0].mode, FileMode::Executable);
  EXPECT_EQ(snapshot.files[1].path, "b.txt");  // '.' sorts before '/'
  EXPECT_EQ(snapshot.files[1].digest, sha256("22"));
  EXPECT_EQ(snapshot.files[2].path, "b/link");
  EXPECT_EQ(snapshot.files[2].mode, FileMode::Symlink);
  EXPECT_EQ(snapshot.files[2].link_target, "../b.txt");
  EXPECT_EQ(snapshot.files[2].digest, sha256("../b.txt"));
  EXPECT_EQ(snapshot.files[3].path, "b/x");
  EXPECT_EQ(snapshot.bytes, 3U + 8U);
  EXPECT_TRUE(std::is_sorted(snapshot.files.begin(), snapshot.files.end(), [](auto& a, auto& b) { return a.path < b.path; }));
}

TEST(Snapshot, EmptyDirectoriesAreNotPartOfAContext) {
  Story story;
  std::filesystem::create_directories(story.tree.at("empty/below"));
  story.tree.write("f", "x");
  EXPECT_EQ(story.names(), "f ");
}

TEST(Snapshot, IgnoredFilesAreLeftOutAndPrunedDirectoriesAreNotWalked) {
  Story story;
  story.tree.write("target/deep/a", "x");
  story.tree.write("docs/keep.md", "x");
  story.tree.write("docs/drop.md", "x");
  story.tree.write("src/main.rs", "x");
  ::chmod(story.tree.at("target/deep").c_str(), 0);  // would be an error if it were walked
  story.rules.ignored = [](const std::string& path, bool) {
    return path == "target" || path.starts_with("target/") || (path.starts_with("docs") && path != "docs/keep.md");
  };
  story.rules.may_prune = [](const std::string& directory) { return directory == "target"; };
  EXPECT_EQ(story.names(), "docs/keep.md src/main.rs ");
  ::chmod(story.tree.at("target/deep").c_str(), 0755);
}

TEST(Snapshot, ALinkThatLeavesTheTreeIsLeftOutAndToldByName) {
  for (const std::string target : {"/etc/passwd", "../outside", "a/../../..", "x/.."}) {
    Story story;
    story.tree.write("kept", "x");
    ::symlink(target.c_str(), story.tree.at("bad").c_str());
    const Snapshot snapshot = story.taken();
    ASSERT_EQ(snapshot.files.size(), 1U) << target;
    ASSERT_EQ(snapshot.warnings.size(), 1U);
    EXPECT_EQ(snapshot.warnings[0].place.file, "bad");
    EXPECT_NE(snapshot.warnings[0].message.find(".dockerignore"), std::string::npos);
  }
}

TEST(Snapshot, OfManyThatAreLeftOutAFewAreNamedAndTheRestIsCounted) {
  Story story;
  for (int i = 0; i < 40; ++i) ::symlink("/nowhere", story.tree.at("link" + std::to_string(i)).c_str());
  const Snapshot snapshot = story.taken();
  ASSERT_EQ(snapshot.warnings.size(), 6U);
  EXPECT_EQ(snapshot.warnings.back().message, "35 more files like these are left out");
}

TEST(Snapshot, SocketsAndFifosAreSkippedAndAFifoIsTold) {
  Story story;
  story.tree.write("f", "x");
  ASSERT_EQ(::mkfifo(story.tree.at("pipe").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  story.tree.at("s").copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const Snapshot snapshot = story.taken();
  ::close(listener);
  ASSERT_EQ(snapshot.files.size(), 1U);
  ASSERT_EQ(snapshot.warnings.size(), 1U);
  EXPECT_EQ(snapshot.warnings[0].place.file, "pipe");
}

TEST(Snapshot, NamesAreBytesEvenWhereTheyAreNotUtf8) {
  Story story;
  story.tree.write("caf\xe9\xff", "x");
  EXPECT_EQ(story.names(), "caf\xe9\xff ");
}

TEST(Snapshot, LimitsAreErrorsThatNameThem) {
  Story story;
  story.tree.write("a", "12345");
  story.tree.write("b", "12345");
  story.options.files_max = 1;
  EXPECT_EQ(story.refused().kind, ErrorKind::Overloaded);
  story.options.files_max = 10;
  story.options.bytes_max = 9;
  EXPECT_EQ(story.refused().kind, ErrorKind::Overloaded);
}

TEST(Snapshot, AMissingRootIsNotFound) {
  const Result<Snapshot> snapshot = take_snapshot("/nonexistent/farm", {}, {});
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, ErrorKind::NotFound);
}

TEST(Snapshot, AnUnreadableFileIsDeniedByName) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read everything";
  Story story;
  ::chmod(story.tree.write("secret", "x").c_str(), 0);
  const Error error = story.refused();
  EXPECT_EQ(error.kind, ErrorKind::Denied);
  EXPECT_NE(error.message.find("secret"), std::string::npos);
}

TEST(Snapshot, ManyFilesOnManyThreadsHashAsOneThreadDoes) {
  Story story;
  for (int i = 0; i < 300; ++i) story.tree.write("d" + std::to_string(i % 7) + "/f" + std::to_string(i), std::to_string(i * i));
  story.options.threads = 1;
  const Snapshot one = story.taken();
  story.options.threads = 8;
  const Snapshot many = story.taken();
  EXPECT_EQ(one.files, many.files);
  EXPECT_EQ(many.hashed_files, 300U);
}

TEST(Snapshot, TheRootMayBeNamedThroughALink) {
  Story story;
  story.tree.write("real/f", "x");
  ::symlink("real", story.tree.at("alias").c_str());
  const Result<Snapshot> snapshot = take_snapshot(story.tree.at("alias"), {}, {});
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->files.size(), 1U);
}

}  // namespace
}  // namespace farm
