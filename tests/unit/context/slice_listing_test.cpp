#include "shared/context/slice_listing.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

Slice some() {
  SliceFile link = inline_file("bin/tool", "../tool", FileMode::Symlink);
  link.link_target = "../tool";
  return make_slice("crate:some", {inline_file("src/main.rs", "fn main() {}"), link, inline_file("run.sh", "#!", FileMode::Executable)});
}

TEST(SliceListing, GivesBackPathModeAndDigestOfEachFile) {
  const Slice slice = some();
  const std::optional<std::string> bytes = encode_listing(slice);
  ASSERT_TRUE(bytes);
  const Result<std::vector<SliceFile>> files = decode_listing(*bytes, slice.id);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), slice.files.size());
  for (std::size_t i = 0; i < files->size(); ++i) {
    EXPECT_EQ((*files)[i].path, slice.files[i].path);
    EXPECT_EQ((*files)[i].mode, slice.files[i].mode);
    EXPECT_EQ((*files)[i].digest, slice.files[i].digest);
  }
}

TEST(SliceListing, AnEmptySliceHasAnEmptyList) {
  const Slice slice = make_slice("rest", {});
  EXPECT_EQ(encode_listing(slice), "");
  EXPECT_TRUE(decode_listing("", slice.id));
}

TEST(SliceListing, IsRefusedForAnyOtherSlice) {
  const Slice slice = some();
  const Slice other = make_slice("crate:some", {inline_file("src/main.rs", "fn main() { }")});
  const Result<std::vector<SliceFile>> lie = decode_listing(*encode_listing(slice), other.id);
  ASSERT_FALSE(lie);
  EXPECT_EQ(lie.error().kind, ErrorKind::InvalidInput);
}

TEST(SliceListing, DamageIsAnError) {
  const Slice slice = some();
  const std::string bytes = *encode_listing(slice);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_listing(bytes.substr(0, size), slice.id)) << size;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    EXPECT_FALSE(decode_listing(damaged, slice.id)) << place;
  }
  EXPECT_FALSE(decode_listing(bytes + bytes, slice.id)) << "not sorted";
}

TEST(SliceListing, OneThatIsTooLargeIsNotMade) {
  std::vector<SliceFile> files;
  for (int i = 0; i < 6'000; ++i) files.push_back(inline_file(std::to_string(i) + std::string(80, 'x'), ""));
  EXPECT_FALSE(encode_listing(make_slice("rest", files)));
  EXPECT_FALSE(decode_listing(std::string(kListingBytesMax + 1, 'p'), {}));
}

TEST(SliceListing, AFileThatBecameExecutableHasChanged) {
  const SliceFile plain = inline_file("run.sh", "#!");
  const SliceFile executable = inline_file("run.sh", "#!", FileMode::Executable);
  EXPECT_EQ(content_and_mode(plain), plain.digest);
  EXPECT_NE(content_and_mode(executable), plain.digest);
}

}  // namespace
}  // namespace farm
