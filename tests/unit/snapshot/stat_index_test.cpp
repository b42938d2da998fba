#include "shared/snapshot/stat_index.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/snapshot/posix.hpp"
#include "shared/snapshot/snapshot.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm {
namespace {

using snapshot::IndexEntry;
using snapshot::StatIndex;
using test::TempDir;

std::vector<char> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

snapshot::FileStamp stamp_on_disk(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY));
  return snapshot::stamp_of_open_file(fd.get(), file)->stamp;
}

TEST(StatIndex, RoundTripKeepsEveryField) {
  const std::vector<IndexEntry> entries = {{"a", {1, -2, 3, 4}, sha256("x")}, {"b/\xff", {1ULL << 40U, 5, 6, 7}, sha256("y")}};
  const Result<StatIndex> back = snapshot::decode_index(bytes_of(snapshot::encode_index(entries)));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->entries.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back->entries[i].path, entries[i].path);
    EXPECT_EQ(back->entries[i].stamp, entries[i].stamp);
    EXPECT_EQ(back->entries[i].digest, entries[i].digest);
  }
}

TEST(StatIndex, EveryDamageAndTruncationIsNoticed) {
  const std::string good = snapshot::encode_index({{"a", {1, 2, 3, 4}, sha256("x")}, {"b", {5, 6, 7, 8}, sha256("y")}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_EQ(snapshot::decode_index(bytes_of(bad)).error().kind, ErrorKind::Corrupt) << i;
    EXPECT_EQ(snapshot::decode_index(bytes_of(good.substr(0, i))).error().kind, ErrorKind::Corrupt) << i;
  }
  // Right checksum, impossible content: unsorted entries.
  EXPECT_FALSE(snapshot::decode_index(bytes_of(snapshot::encode_index({{"b", {}, {}}, {"a", {}, {}}}))));
}

// An index as of long ago: its entry claims another digest than the content has, so that one sees whether it was
// believed.
struct Planted {
  TempDir tree;
  TempDir cache;
  std::string file = tree.write("f", "content");
  Digest planted = sha256("what the index says");
  SnapshotOptions options;

  Planted() { options.index_file = cache.at("sub/index"); }
  void plant(const snapshot::FileStamp& stamp) { ASSERT_TRUE(snapshot::save_index(options.index_file, {{"f", stamp, planted}})); }
  Snapshot taken() { return *take_snapshot(tree.path(), {}, options); }
};

TEST(StatIndexUse, AnEntryWithTheSameStampAnswersWithoutReading) {
  Planted story;
  story.plant(stamp_on_disk(story.file));
  const Snapshot snapshot = story.taken();
  EXPECT_EQ(snapshot.files[0].digest, story.planted);
  EXPECT_EQ(snapshot.hashed_files, 0U);
}

TEST(StatIndexUse, AnyDifferenceInTheStampMeansReadingAgain) {
  using Change = void (*)(snapshot::FileStamp&);
  for (const Change change : {Change([](auto& s) { s.bytes++; }), Change([](auto& s) { s.mtime_ns++; }),
                              Change([](auto& s) { s.ctime_ns--; }), Change([](auto& s) { s.inode++; })}) {
    Planted story;
    snapshot::FileStamp stamp = stamp_on_disk(story.file);
    change(stamp);
    story.plant(stamp);
    const Snapshot snapshot = story.taken();
    EXPECT_EQ(snapshot.files[0].digest, sha256("content"));
    EXPECT_EQ(snapshot.hashed_files, 1U);
  }
}

TEST(StatIndexUse, AnEditOfEqualLengthWithTheOldMtimeIsSeenByItsCtime) {
  Planted story;
  story.plant(stamp_on_disk(story.file));
  struct stat before{};
  ::stat(story.file.c_str(), &before);
  // Until the file system's clock has moved on, an edit could go unseen; that is what "racily clean" below is about.
  struct stat after{};
  do {
    story.tree.write("f", "CONTENT");
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ::utimensat(AT_FDCWD, story.file.c_str(), times, 0);
    ::stat(story.file.c_str(), &after);
  } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  EXPECT_EQ(story.taken().files[0].digest, sha256("CONTENT"));
}

TEST(StatIndexUse, AFileWrittenWithinTwoSecondsOfTheWalkIsNotTrustedNextTime) {
  Planted story;
  const Snapshot first = story.taken();
  EXPECT_EQ(first.hashed_files, 1U);
  const Result<StatIndex> index = snapshot::load_index(story.options.index_file);
  ASSERT_TRUE(index);
  EXPECT_TRUE(index->entries.empty());
  EXPECT_EQ(story.taken().hashed_files, 1U);
}

TEST(StatIndexUse, ADamagedIndexIsRebuiltAndSaysSo) {
  Planted story;
  story.cache.write("sub/index", "not an index");
  const Snapshot snapshot = story.taken();
  EXPECT_EQ(snapshot.files[0].digest, sha256("content"));
  ASSERT_EQ(snapshot.warnings.size(), 1U);
  EXPECT_NE(snapshot.warnings[0].message.find("rebuilt"), std::string::npos);
  EXPECT_TRUE(snapshot::load_index(story.options.index_file));
}

TEST(StatIndexUse, AnIndexThatCannotBeWrittenIsAWarningOnly) {
  Planted story;
  story.cache.write("file", "x");
  story.options.index_file = story.cache.at("file/below/index");
  const Snapshot snapshot = story.taken();
  EXPECT_EQ(snapshot.files.size(), 1U);
  EXPECT_FALSE(snapshot.warnings.empty());
}

TEST(StatIndexUse, TheIndexOfAVanishedFileForgetsIt) {
  Planted story;
  ASSERT_TRUE(snapshot::save_index(story.options.index_file, {{"f", stamp_on_disk(story.file), story.planted}, {"gone", {}, {}}}));
  EXPECT_EQ(story.taken().files.size(), 1U);
  EXPECT_LE(snapshot::load_index(story.options.index_file)->entries.size(), 1U);
}

TEST(StatIndexUse, ManyProcessesMaySaveAtTheSameTime) {
  TempDir cache;
  const std::string file = cache.at("index");
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string path = "f" + std::to_string(i);
      bool fine = true;
      for (int round = 0; round < 50; ++round) {
        fine = fine && snapshot::save_index(file, {{path, {1, 2, 3, 4}, sha256(path)}}).has_value();
        const Result<StatIndex> seen = snapshot::load_index(file);
        fine = fine && seen && seen->entries.size() == 1 && sha256(seen->entries[0].path) == seen->entries[0].digest;
      }
      ::_exit(fine ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(cache.path())) ++left;
  EXPECT_EQ(left, 1U);  // no temporary file stays
}

}  // namespace
}  // namespace farm
