#include "shared/archive/slice_archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/snapshot/snapshot.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm {
namespace {

using test::TempDir;

struct Story {
  TempDir tree;
  TempDir out;
  std::string blob = out.at("blob");

  Slice slice() { return make_slice("rest", take_snapshot(tree.path(), {}, {})->files); }
  PackedSlice packed(const Slice& slice) {
    const Result<PackedSlice> made = pack_slice(slice, tree.path(), blob);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *made : PackedSlice{};
  }
  std::string folder(const std::string& name) const {
    std::filesystem::create_directories(out.at(name));
    return out.at(name);
  }
};

void fill(const TempDir& tree) {
  tree.write("Cargo.toml", "[package]");
  tree.write("src/main.rs", "fn main() {}");
  tree.write("empty", "");
  tree.write("big", std::string(700'000, 'x'));
  tree.write("bytes/\xff\xfe name", "bytes");
  tree.write(std::string(120, 'd') + "/" + std::string(200, 'f'), "long");
  ::chmod(tree.write("run.sh", "#!/bin/sh").c_str(), 0750);
  ::symlink("../Cargo.toml", tree.at("src/link").c_str());
  ::symlink(std::string(150, 'l').c_str(), tree.at("long_link").c_str());
}

TEST(SliceArchive, WhatIsUnpackedHasTheIdAndTheFilesOfWhatWasPacked) {
  Story story;
  fill(story.tree);
  const Slice slice = story.slice();
  story.packed(slice);
  const Result<UnpackedSlice> unpacked = unpack_slice(story.blob, story.folder("to"), SliceAge::Old);
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(unpacked->id, slice.id);
  EXPECT_EQ(unpacked->files, slice.files.size());
  EXPECT_EQ(unpacked->bytes, slice.bytes);
  EXPECT_EQ(take_snapshot(story.out.at("to"), {}, {})->files, slice.files);
  EXPECT_EQ(list_slice(story.blob)->id, slice.id);
}

TEST(SliceArchive, TheSameSlicePacksToTheSameBytesWhateverTheTimesOnDisk) {
  Story story;
  fill(story.tree);
  const PackedSlice first = story.packed(story.slice());
  const timespec times[2] = {{1, 0}, {1, 0}};
  ::utimensat(AT_FDCWD, story.tree.at("src/main.rs").c_str(), times, 0);
  ::chmod(story.tree.at("Cargo.toml").c_str(), 0600);
  const PackedSlice second = story.packed(story.slice());
  EXPECT_EQ(first.blob, second.blob);
  EXPECT_EQ(first.bytes, std::filesystem::file_size(story.blob));
  EXPECT_EQ(sha256(story.out.read("blob")), first.blob);
}

TEST(SliceArchive, AFileThatChangedSinceTheSnapshotIsAConflictThatNamesItAndLeavesNothing) {
  using Change = void (*)(const TempDir&);
  for (const Change change : {Change([](const TempDir& t) { t.write("src/main.rs", "fn MAIN() {}"); }),
                              Change([](const TempDir& t) { t.write("src/main.rs", "short"); }),
                              Change([](const TempDir& t) { t.write("src/main.rs", std::string(1000, 'y')); }),
                              Change([](const TempDir& t) { std::filesystem::remove(t.at("src/main.rs")); }), Change([](const TempDir& t) {
                                std::filesystem::remove(t.at("src/main.rs"));
                                ::symlink("../Cargo.toml", t.at("src/main.rs").c_str());
                              })}) {
    Story story;
    fill(story.tree);
    const Slice slice = story.slice();
    change(story.tree);
    const Result<PackedSlice> packed = pack_slice(slice, story.tree.path(), story.blob);
    ASSERT_FALSE(packed);
    EXPECT_EQ(packed.error().kind, ErrorKind::Conflict);
    EXPECT_NE(packed.error().message.find("src/main.rs"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(story.out.path()));
  }
}

TEST(SliceArchive, InlineFilesNeedNoDisk) {
  Story story;
  const Slice slice = make_slice("skeleton", {inline_file("b/lib.rs", ""), inline_file("a.sh", "echo", FileMode::Executable)});
  const Result<PackedSlice> packed = pack_slice(slice, "/nonexistent/farm", story.blob);
  ASSERT_TRUE(packed) << packed.error().message;
  const Result<UnpackedSlice> unpacked = unpack_slice(story.blob, story.folder("to"), SliceAge::Old);
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(unpacked->id, slice.id);
  EXPECT_TRUE(story.out.exists("to/b/lib.rs"));
}

TEST(SliceArchive, AnEmptySliceIsASliceToo) {
  Story story;
  const Slice slice = make_slice("rest", {});
  story.packed(slice);
  EXPECT_EQ(unpack_slice(story.blob, story.folder("to"), SliceAge::Old)->id, slice.id);
}

TEST(SliceTimes, EveryFileHasATimeMadeFromItsContentAndItsAge) {
  Story story;
  story.tree.write("d/a", "one");
  story.tree.write("d/b", "two");  // of equal size: only the time tells them apart
  story.packed(story.slice());
  for (const SliceAge age : {SliceAge::Old, SliceAge::Fresh}) {
    const std::string to = story.folder(age == SliceAge::Old ? "old" : "fresh");
    ASSERT_TRUE(unpack_slice(story.blob, to, age));
    const std::int64_t base = age == SliceAge::Old ? 946'684'800 : 4'102'444'800;
    for (const auto& [name, content] : {std::pair{"a", "one"}, std::pair{"b", "two"}}) {
      struct stat info{};
      ASSERT_EQ(::stat((to + "/d/" + name).c_str(), &info), 0);
      EXPECT_EQ((FileTime{info.st_mtim.tv_sec, info.st_mtim.tv_nsec}), mtime_of(sha256(content), age));
      EXPECT_GE(info.st_mtim.tv_sec, base);
      EXPECT_LT(info.st_mtim.tv_sec, base + (1 << 26));
    }
    struct stat directory{};
    ASSERT_EQ(::stat((to + "/d").c_str(), &directory), 0);
    EXPECT_EQ(directory.st_mtim.tv_sec, kDirectorySeconds);
    EXPECT_EQ(directory.st_mode & 07777U, 0755U);
    ASSERT_EQ(::stat(to.c_str(), &directory), 0);
    EXPECT_EQ(directory.st_mtim.tv_sec, kDirectorySeconds);
  }
  EXPECT_NE(mtime_of(sha256("one"), SliceAge::Old), mtime_of(sha256("two"), SliceAge::Old));
}

TEST(SliceTimes, TheRuleIsWrittenDown) {
  Digest digest;
  digest.bytes = {0xFF, 0xFF, 0xFF, 0xFF, 0x3B, 0x9A, 0xCA, 0x01};  // the next four bytes are 10^9 + 1
  EXPECT_EQ(mtime_of(digest, SliceAge::Old), (FileTime{946'684'800 + (1 << 26) - 1, 1}));
  EXPECT_EQ(mtime_of(Digest{}, SliceAge::Fresh), (FileTime{4'102'444'800, 0}));
}

TEST(SliceArchive, SeveralSlicesUnpackIntoOneTreeAndACollisionIsAConflict) {
  Story story;
  const std::string to = story.folder("to");
  ASSERT_TRUE(pack_slice(make_slice("a", {inline_file("src/a.rs", "a")}), "", story.out.at("a")));
  ASSERT_TRUE(pack_slice(make_slice("b", {inline_file("src/b.rs", "b")}), "", story.out.at("b")));
  EXPECT_TRUE(unpack_slice(story.out.at("a"), to, SliceAge::Old));
  EXPECT_TRUE(unpack_slice(story.out.at("b"), to, SliceAge::Fresh));
  struct stat directory{};
  ASSERT_EQ(::stat((to + "/src").c_str(), &directory), 0);
  EXPECT_EQ(directory.st_mtim.tv_sec, kDirectorySeconds);
  EXPECT_EQ(unpack_slice(story.out.at("a"), to, SliceAge::Old).error().kind, ErrorKind::Conflict);
}

TEST(SliceArchive, SlicesThatMayNotBePackedAreRefused) {
  Story story;
  for (const std::string path : {"/abs", "../up", "a/../b", "a//b", "./a", "", "a/"}) {
    const Result<PackedSlice> packed = pack_slice(make_slice("s", {inline_file(path, "x")}), "", story.blob);
    ASSERT_FALSE(packed) << path;
    EXPECT_EQ(packed.error().kind, ErrorKind::InvalidInput) << path;
  }
  EXPECT_FALSE(pack_slice(make_slice("s", {inline_file("a", "x"), inline_file("a", "y")}), "", story.blob));
}

}  // namespace
}  // namespace farm
