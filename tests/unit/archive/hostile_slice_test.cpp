// Blobs that no pack_slice would write: each is refused, and nothing appears outside the destination.
#include <fcntl.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "shared/archive/slice_archive.hpp"
#include "shared/base/random.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm {
namespace {

using test::TempDir;

struct Entry {
  std::string path;
  mode_t type = AE_IFREG;
  std::string content;  // or the link's target
};

std::string tar_of(const std::vector<Entry>& entries) {
  std::string bytes(4U << 20U, '\0');
  std::size_t used = 0;
  struct archive* a = archive_write_new();
  archive_write_set_format_pax_restricted(a);
  archive_write_open_memory(a, bytes.data(), bytes.size(), &used);
  for (const Entry& entry : entries) {
    struct archive_entry* e = archive_entry_new();
    archive_entry_set_pathname(e, entry.path.c_str());
    archive_entry_set_perm(e, 0644);
    if (entry.type == 0) {
      archive_entry_set_filetype(e, AE_IFREG);
      archive_entry_set_hardlink(e, entry.content.c_str());
    } else {
      archive_entry_set_filetype(e, entry.type);
      if (entry.type == AE_IFLNK) archive_entry_set_symlink(e, entry.content.c_str());
      if (entry.type == AE_IFREG) archive_entry_set_size(e, static_cast<la_int64_t>(entry.content.size()));
    }
    archive_write_header(a, e);
    if (entry.type == AE_IFREG) archive_write_data(a, entry.content.data(), entry.content.size());
    archive_entry_free(e);
  }
  archive_write_close(a);
  archive_write_free(a);
  bytes.resize(used);
  return bytes;
}

std::string zstd_of(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

struct Hostile {
  TempDir dir;
  Hostile() { std::filesystem::create_directories(dir.at("to")); }
  Error refused(const std::string& blob, const UnpackLimits& unpack_limits = {}) {
    const Result<UnpackedSlice> unpacked = unpack_slice(dir.write("blob", blob), dir.at("to"), SliceAge::Old, unpack_limits);
    EXPECT_FALSE(unpacked);
    return unpacked ? Error{} : unpacked.error();
  }
};

TEST(HostileSlice, WhatMayNotBeInASliceIsRefused) {
  struct Case {
    std::vector<Entry> entries;
    std::string why;
  };
  const std::vector<Case> cases = {
      {{{"/absolute", AE_IFREG, "x"}}, "not relative"},
      {{{"../up", AE_IFREG, "x"}}, "not normalised"},
      {{{"a/../../up", AE_IFREG, "x"}}, "not normalised"},
      {{{"./a", AE_IFREG, "x"}}, "not normalised"},
      {{{"a", AE_IFREG, "x"}, {"b", 0, "a"}}, "hard link"},
      {{{"null", AE_IFCHR, ""}}, "neither a file"},
      {{{"disk", AE_IFBLK, ""}}, "neither a file"},
      {{{"pipe", AE_IFIFO, ""}}, "neither a file"},
      {{{"folder", AE_IFDIR, ""}}, "not normalised"},  // a tar writes it as "folder/"
      {{{"link", AE_IFLNK, "/etc"}}, "absolute"},
      {{{"link", AE_IFLNK, "../outside"}}, "leaves"},
      {{{"d/link", AE_IFLNK, "../../outside"}}, "leaves"},
      {{{"link", AE_IFLNK, "x/../../outside"}}, "leaves"},
      {{{"x/y/link", AE_IFLNK, "other/../../z"}}, "'..' after a name"},
      {{{"link", AE_IFLNK, ""}}, "no usable target"},
      {{{"same", AE_IFREG, "x"}, {"same", AE_IFREG, "y"}}, "exists"},
  };
  for (const auto& [entries, why] : cases) {
    Hostile story;
    const Error error = story.refused(zstd_of(tar_of(entries)));
    EXPECT_NE(error.message.find(why), std::string::npos) << entries.back().path << ": " << error.message;
    EXPECT_TRUE(error.kind == ErrorKind::Corrupt || error.kind == ErrorKind::Conflict) << entries.back().path << ": " << error.message;
    EXPECT_FALSE(story.dir.exists("up"));
  }
}

TEST(HostileSlice, NothingIsWrittenThroughALink) {
  Hostile story;
  story.dir.write("to/inside/keep", "x");
  const Error error = story.refused(zstd_of(tar_of({{"link", AE_IFLNK, "inside"}, {"link/new", AE_IFREG, "x"}})));
  EXPECT_EQ(error.kind, ErrorKind::InvalidInput);
  EXPECT_FALSE(story.dir.exists("to/inside/new"));
  // A link that somebody else left in the destination is no way out either.
  Hostile other;
  std::filesystem::create_directories(other.dir.at("outside"));
  ::symlink("../outside", other.dir.at("to/d").c_str());
  other.refused(zstd_of(tar_of({{"d/new", AE_IFREG, "x"}})));
  EXPECT_FALSE(other.dir.exists("outside/new"));
}

TEST(HostileSlice, LimitsHoldWhileUnpackingNotAfter) {
  Hostile story;
  const std::string blob = zstd_of(tar_of({{"a", AE_IFREG, std::string(1000, 'x')}, {"b", AE_IFREG, std::string(1000, 'x')}}));
  EXPECT_EQ(story.refused(blob, {1, 1'000'000}).kind, ErrorKind::Overloaded);
  EXPECT_EQ(Hostile().refused(blob, {10, 1999}).kind, ErrorKind::Overloaded);
  Hostile fits;
  EXPECT_TRUE(unpack_slice(fits.dir.write("blob", blob), fits.dir.at("to"), SliceAge::Old, {2, 2000}));
}

TEST(HostileSlice, ABombThatUnpacksToMoreThanItsEntriesIsStopped) {
  const std::string tar = tar_of({{"a", AE_IFREG, "x"}});
  EXPECT_EQ(Hostile().refused(zstd_of(tar + std::string(64U << 20U, '\0'))).kind, ErrorKind::Corrupt);
}

TEST(HostileSlice, TruncationTrailingBytesAndNonsenseAreCorrupt) {
  const std::string good = zstd_of(tar_of({{"a", AE_IFREG, "hello"}}));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(Hostile().refused(good.substr(0, length)).kind, ErrorKind::Corrupt) << length;
  }
  EXPECT_EQ(Hostile().refused(good + "x").kind, ErrorKind::Corrupt);
  EXPECT_EQ(Hostile().refused(good + good).kind, ErrorKind::Corrupt);
  EXPECT_EQ(Hostile().refused("nonsense").kind, ErrorKind::Corrupt);
  EXPECT_EQ(Hostile().refused(zstd_of("nonsense")).kind, ErrorKind::Corrupt);
}

TEST(HostileSlice, NoDamageToAPackedSliceGivesOtherContent) {
  TempDir dir;
  const Slice slice = make_slice("s", {inline_file("a/b", "hello hello hello"), inline_file("c", std::string(3000, 'z'))});
  ASSERT_TRUE(pack_slice(slice, "", dir.at("blob")));
  const std::string good = dir.read("blob");
  std::size_t unnoticed = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    const Result<Slice> listed = list_slice(dir.write("bad", bad));
    if (!listed) continue;
    ++unnoticed;  // zstd has a few bits that mean nothing; what comes out must be the same then
    EXPECT_EQ(listed->id, slice.id) << "bit " << bit;
  }
  EXPECT_LT(unnoticed * 50, good.size() * 8);
}

TEST(HostileSlice, ANotFoundBlobIsNotFound) {
  TempDir dir;
  EXPECT_EQ(unpack_slice(dir.at("none"), dir.path(), SliceAge::Old).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace farm
