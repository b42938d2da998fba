#include "farmctl/client/slice_memory.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "farmctl/client/push_slices.hpp"
#include "shared/context/slice_listing.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

PlannedSlice slice(const std::string& name, const std::string& text, const std::string& directory = "") {
  return {make_slice(name, {inline_file("src/lib.rs", text), inline_file("odd\nname", "x")}), directory};
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(SliceMemory, GivesBackTheFilesUnderTheirPathsInTheTree) {
  const test::TempDir dir;
  const SliceMemory memory(dir.path() + "/slices");
  const PlannedSlice core = slice("crate:core", "a", "app");
  memory.remember({core});
  const auto files = memory.find(core.slice.id);
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 2U);
  EXPECT_TRUE(files->contains("app/src/lib.rs"));
  EXPECT_TRUE(files->contains("app/odd\nname"));
}

TEST(Listings, AreGivenOfPushedSlicesThatReasonsNameAndOfNoOthers) {
  const auto planned = [](const std::string& name, const std::string& text) {
    return PlannedSlice{make_slice(name, {inline_file("a.rs", text)}), ""};
  };
  ProjectPlan plan;
  plan.slices = {planned("crate:a", "1"), planned("skeleton", "2"), planned("rest", "3"), planned("crate:b", "4")};
  std::vector<protocol::SliceBlob> pushed;
  for (const std::size_t index : {0U, 1U, 2U}) pushed.push_back({plan.slices[index].slice.id, {}, 0});
  const std::vector<protocol::SliceListing> listings = listings_of(plan, pushed);
  ASSERT_EQ(listings.size(), 2U);
  EXPECT_EQ(listings[0].id, plan.slices[0].slice.id);
  EXPECT_EQ(listings[1].id, plan.slices[2].slice.id);
  EXPECT_TRUE(decode_listing(listings[1].files, listings[1].id));
}

TEST(Listings, ThatDoNotFitAreLeftOut) {
  ProjectPlan plan;
  std::vector<protocol::SliceBlob> pushed;
  for (int number = 0; number < 8; ++number) {
    std::vector<SliceFile> files;
    for (int i = 0; i < 3'000; ++i) files.push_back(inline_file(std::to_string(i) + std::string(90, 'x'), std::to_string(number)));
    plan.slices.push_back({make_slice("crate:" + std::to_string(number), std::move(files)), ""});
    pushed.push_back({plan.slices.back().slice.id, {}, 0});
  }
  std::size_t bytes = 0;
  for (const protocol::SliceListing& listing : listings_of(plan, pushed)) bytes += listing.files.size();
  EXPECT_GT(bytes, protocol::kListingsBytesMax / 2);
  EXPECT_LE(bytes, protocol::kListingsBytesMax);
}

TEST(SliceMemory, AChangedModeIsAChangedFile) {
  const test::TempDir dir;
  const SliceMemory memory(dir.path());
  const PlannedSlice plain{make_slice("rest", {inline_file("run.sh", "x")}), ""};
  const PlannedSlice executable{make_slice("rest", {inline_file("run.sh", "x", FileMode::Executable)}), ""};
  memory.remember({plain, executable});
  EXPECT_NE(memory.find(plain.slice.id)->at("run.sh"), memory.find(executable.slice.id)->at("run.sh"));
}

TEST(SliceMemory, DropsTheOnesThatWereNotPlannedForTheLongestTime) {
  const test::TempDir dir;
  SliceMemoryLimits limits;
  limits.slices_max = 2;
  const SliceMemory memory(dir.path() + "/slices", limits);
  const PlannedSlice a = slice("rest", "a");
  const PlannedSlice b = slice("rest", "b");
  memory.remember({a, b});
  for (const PlannedSlice& each : {a, b}) {
    const fs::path file = fs::path(dir.path()) / "slices" / each.slice.id.hex();
    fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(each.slice.id == a.slice.id ? 2 : 1));
  }
  memory.remember({a});  // planned again: b is the older one now
  memory.remember({slice("rest", "c")});
  EXPECT_EQ(files_in(dir.path() + "/slices"), 2U);
  EXPECT_TRUE(memory.find(a.slice.id));
  EXPECT_FALSE(memory.find(b.slice.id));
}

TEST(SliceMemory, StaysWithinItsBytesAndLeavesLargeSlicesOut) {
  const test::TempDir dir;
  SliceMemoryLimits limits;
  limits.slice_bytes_max = 100;
  const SliceMemory memory(dir.path() + "/slices", limits);
  const PlannedSlice large = slice("rest", "a");  // two entries of 64 bytes and more
  memory.remember({large});
  EXPECT_FALSE(memory.find(large.slice.id));
}

TEST(SliceMemory, DamageAndAMissingFolderAreNoKnowledge) {
  const test::TempDir dir;
  const SliceMemory memory(dir.path());
  const PlannedSlice core = slice("crate:core", "a");
  memory.remember({core});
  const std::string good = encode_slice_files(*memory.find(core.slice.id));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Result<RememberedFiles> cut = decode_slice_files(std::string_view(good).substr(0, size));
    if (cut) {
      EXPECT_LT(cut->size(), 2U);
    }
  }
  std::ofstream(dir.path() + "/" + core.slice.id.hex()) << "rubbish";
  EXPECT_FALSE(memory.find(core.slice.id));
  EXPECT_FALSE(SliceMemory("").find(core.slice.id));
  SliceMemory("/proc/nowhere").remember({core});
  SliceMemory("").remember({core});
}

TEST(SliceMemory, KeepsNoStubsAndSkeletons) {
  const test::TempDir dir;
  const SliceMemory memory(dir.path() + "/slices");
  memory.remember({slice("stubs", "a"), slice("skeleton", "b")});
  EXPECT_EQ(files_in(dir.path() + "/slices"), 0U);
}

}  // namespace
}  // namespace farm::ctl
