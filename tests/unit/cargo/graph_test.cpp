#include "shared/cargo/graph.hpp"

#include <gtest/gtest.h>

#include "tests/unit/cargo/sample.hpp"

namespace farm {
namespace {

using Indices = std::vector<std::size_t>;

TEST(CargoGraph, ABinaryNeedsItsCrateAndWhatThatUses) {
  const Workspace workspace = read_workspace(sample::workspace(), "").value;
  EXPECT_EQ(crate_of_binary(workspace, "orders"), 2U);
  EXPECT_EQ(crate_of_binary(workspace, "nothing"), std::nullopt);
  EXPECT_EQ(all_binaries(workspace), (std::vector<std::string>{"billing", "orders"}));
  EXPECT_EQ(closure_of_binaries(workspace, {"orders"}), (Indices{0, 2}));
}

TEST(CargoGraph, SharedCratesAreThoseOfTwoBinariesThatOwnNone) {
  const Workspace workspace = read_workspace(sample::workspace(), "").value;
  EXPECT_EQ(shared_crates(workspace, {"orders", "billing"}), Indices{0});
  EXPECT_TRUE(shared_crates(workspace, {"orders"}).empty());
  EXPECT_EQ(dependents(workspace, {0}), (Indices{0, 1, 2}));
  EXPECT_EQ(dependents(workspace, {1}), Indices{1});
}

TEST(CargoGraph, DevDependenciesAreNotCompiledAndBuildDependenciesOnlyWithAScript) {
  MemoryTree tree = sample::workspace();
  tree.add("services/orders/Cargo.toml", "[package]\nname = \"orders\"\n[dev-dependencies]\ncore = { path = \"../../core\" }\n");
  EXPECT_EQ(closure(read_workspace(tree, "").value, {2}), Indices{2});
  tree.add("services/orders/Cargo.toml", "[package]\nname = \"orders\"\n[build-dependencies]\ncore = { path = \"../../core\" }\n");
  EXPECT_EQ(closure(read_workspace(tree, "").value, {2}), Indices{2});
  tree.add("services/orders/build.rs", "fn main() {}");
  EXPECT_EQ(closure(read_workspace(tree, "").value, {2}), (Indices{0, 2}));
}

}  // namespace
}  // namespace farm
