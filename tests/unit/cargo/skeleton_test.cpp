#include "shared/cargo/skeleton.hpp"

#include <gtest/gtest.h>

#include "tests/unit/cargo/sample.hpp"

namespace farm {
namespace {

std::map<std::string, std::string> files_of(const MemoryTree& tree) {
  const Result<Skeleton> result = skeleton(read_workspace(tree, "").value, tree);
  EXPECT_TRUE(result);
  std::map<std::string, std::string> files;
  for (const SkeletonFile& file : result->files) files[file.path] = file.bytes;
  return files;
}

TEST(CargoSkeleton, HasManifestsAndStubsAndNoCode) {
  const MemoryTree tree = sample::workspace();
  const auto files = files_of(tree);
  EXPECT_EQ(files.size(), 8U);
  EXPECT_EQ(files.at("Cargo.toml"), tree.files().at("Cargo.toml"));
  EXPECT_EQ(files.at("Cargo.lock"), tree.files().at("Cargo.lock"));
  EXPECT_EQ(files.at("core/src/lib.rs"), "");
  EXPECT_EQ(files.at("services/orders/src/main.rs"), "fn main() {}\n");
}

TEST(CargoSkeleton, StaysTheSameWhenOnlyCodeChanges) {
  MemoryTree tree = sample::workspace();
  const auto before = files_of(tree);
  tree.add("core/src/lib.rs", "pub fn g() {}").add("core/src/more.rs", "").add("services/orders/src/main.rs", "mod x; fn main() {}");
  EXPECT_EQ(files_of(tree), before);
}

TEST(CargoSkeleton, CarriesPathDependenciesOutsideTheWorkspaceAndLocalPatchesWhole) {
  MemoryTree tree = sample::workspace();
  std::string root = tree.files().at("Cargo.toml");
  root.replace(root.find("resolver"), 0, "exclude = [\"vendored\"]\n");
  tree.add("Cargo.toml", root + "[patch.crates-io]\nitoa = { path = \"patches/itoa\" }\n");
  tree.add("patches/itoa/Cargo.toml", "[package]\nname = \"itoa\"\nversion = \"1.0.2\"\n").add("patches/itoa/src/lib.rs", "real");
  tree.add("vendored/out/Cargo.toml", "[package]\nname = \"out\"\n").add("vendored/out/src/lib.rs", "real");
  tree.add("core/Cargo.toml", "[package]\nname = \"core\"\n[dependencies]\nout = { path = \"../vendored/out\" }\n");
  const Result<Skeleton> result = skeleton(read_workspace(tree, "").value, tree);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->real_directories, (std::vector<std::string>{"patches/itoa", "vendored/out"}));
  for (const SkeletonFile& file : result->files)
    EXPECT_EQ(file.path.find("src/lib.rs") == std::string::npos || file.path.starts_with("core"), true) << file.path;
}

}  // namespace
}  // namespace farm
