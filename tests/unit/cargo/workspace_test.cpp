#include "shared/cargo/workspace.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/unit/cargo/sample.hpp"

namespace farm {
namespace {

Workspace read(const MemoryTree& tree, const std::string& root = "") {
  Parsed<Workspace> parsed = read_workspace(tree, root);
  for (const Diagnostic& diagnostic : parsed.diagnostics) EXPECT_NE(diagnostic.severity, Severity::Error) << to_string(diagnostic);
  return parsed.value;
}

std::string first_error(const MemoryTree& tree) {
  for (const Diagnostic& diagnostic : read_workspace(tree, "").diagnostics) {
    if (diagnostic.severity == Severity::Error) return to_string(diagnostic);
  }
  return "no error";
}

std::string targets_of(const Crate& crate) {
  std::string text;
  for (const CargoTarget& target : crate.targets)
    text += std::string(to_string(target.kind)) + " " + target.name + " " + target.path + "\n";
  return text;
}

TEST(CargoWorkspace, MembersComeFromPatternsAndInheritFields) {
  const Workspace workspace = read(sample::workspace());
  ASSERT_EQ(workspace.crates.size(), 3U);
  EXPECT_EQ(workspace.crates[0].name, "core");
  EXPECT_EQ(workspace.crates[1].directory, "services/billing");
  EXPECT_EQ(workspace.crates[2].version, "0.1.0");
  EXPECT_EQ(workspace.crates[2].edition, "2021");
  EXPECT_TRUE(workspace.crates[2].default_member);
  EXPECT_EQ(workspace.resolver, "2");
  EXPECT_EQ(workspace.profiles.at("release"), "{\"lto\"=false}");
  ASSERT_TRUE(workspace.lockfile);
  EXPECT_EQ(workspace.lockfile->packages.size(), 9U);
}

TEST(CargoWorkspace, InheritedDependenciesKeepFeaturesAndLeadToTheirCrate) {
  const Workspace workspace = read(sample::workspace());
  const Crate& orders = workspace.crates[2];
  ASSERT_EQ(orders.dependencies.size(), 2U);
  EXPECT_EQ(orders.dependencies[0].key, "core");
  EXPECT_EQ(orders.dependencies[0].local, 0U);
  const Crate& core = workspace.crates[0];
  EXPECT_EQ(core.dependencies[1].key, "serde");
  EXPECT_EQ(core.dependencies[1].features, std::set<std::string>{"derive"});
  EXPECT_TRUE(core.dependencies[0].optional);
}

TEST(CargoWorkspace, RenamesKindsAndPlatformsAreRead) {
  MemoryTree tree = sample::workspace();
  tree.add("services/orders/Cargo.toml", R"([package]
name = "orders"
[dependencies]
inner = { package = "core", path = "../../core", default-features = false }
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[build-dependencies]
cc = "1"
[dev-dependencies]
git = { git = "https://example.invalid/x", branch = "main" }
)");
  const Crate orders = read(tree).crates[2];
  ASSERT_EQ(orders.dependencies.size(), 4U);
  EXPECT_EQ(orders.dependencies[0].package, "core");
  EXPECT_EQ(orders.dependencies[0].local, 0U);
  EXPECT_FALSE(orders.dependencies[0].default_features);
  EXPECT_EQ(orders.dependencies[1].platform, "cfg(unix)");
  EXPECT_EQ(orders.dependencies[2].kind, DependencyKind::Build);
  EXPECT_EQ(orders.dependencies[3].source, "git+https://example.invalid/x?branch=main");
}

TEST(CargoWorkspace, TargetsAreFoundAsCargoFindsThem) {
  MemoryTree tree;
  tree.add("Cargo.toml", R"([package]
name = "a-b"
edition = "2021"
[[bin]]
name = "named"
path = "src/bin/other.rs"
required-features = ["x"]
[[bin]]
name = "two"
[features]
x = []
)");
  for (const char* path : {"src/lib.rs", "src/main.rs", "src/bin/other.rs", "src/bin/two/main.rs", "src/bin/three.rs", "src/bin/notes.txt",
                           "build.rs", "examples/e.rs", "tests/t/main.rs", "tests/common/mod.rs", "benches/b.rs"}) {
    tree.add(path, "");
  }
  const Workspace workspace = read(tree);
  EXPECT_EQ(targets_of(workspace.crates[0]),
            "lib a_b src/lib.rs\nbin a-b src/main.rs\nbin named src/bin/other.rs\nbin three src/bin/three.rs\nbin two src/bin/two/main.rs\n"
            "example e examples/e.rs\ntest t tests/t/main.rs\nbench b benches/b.rs\ncustom-build build-script-build build.rs\n");
  EXPECT_TRUE(workspace.root_is_package);
  tree.add("Cargo.toml", "[package]\nname = \"a\"\nautobins = false\nautotests = false\nautolib = false\nbuild = false\n");
  EXPECT_EQ(targets_of(read(tree).crates[0]), "example e examples/e.rs\nbench b benches/b.rs\n");
}

TEST(CargoWorkspace, PathDependenciesInTheFolderAreMembersUnlessExcluded) {
  MemoryTree tree = sample::workspace();
  tree.add("core/Cargo.toml",
           "[package]\nname = \"core\"\n[dependencies]\ninner = { path = \"inner\" }\nout = { path = \"../vendored/out\" }\n");
  tree.add("core/inner/Cargo.toml", "[package]\nname = \"inner\"\n").add("core/inner/src/lib.rs", "");
  tree.add("vendored/out/Cargo.toml", "[package]\nname = \"out\"\n").add("vendored/out/src/lib.rs", "");
  std::string root = tree.files().at("Cargo.toml");
  tree.add("Cargo.toml", root.replace(root.find("resolver"), 0, "exclude = [\"vendored\"]\n"));
  const Workspace workspace = read(tree);
  ASSERT_EQ(workspace.crates.size(), 5U);
  EXPECT_TRUE(workspace.crates[*workspace.find_crate("inner")].member);
  EXPECT_FALSE(workspace.crates[*workspace.find_crate("out")].member);
}

TEST(CargoWorkspace, DefaultMembersConfigAndToolchainAreRead) {
  MemoryTree tree = sample::workspace();
  std::string root = tree.files().at("Cargo.toml");
  tree.add("Cargo.toml", root.replace(root.find("resolver"), 0, "default-members = [\"services/orders\"]\n"));
  tree.add(".cargo/config.toml", "[build]\njobs = 2\nrustflags = [\"-C\", \"x\"]\n").add("rust-toolchain", "1.80\n");
  const Workspace workspace = read(tree);
  EXPECT_FALSE(workspace.crates[1].default_member);
  EXPECT_TRUE(workspace.crates[2].default_member);
  EXPECT_EQ(workspace.config.at("build.rustflags"), "[\"-C\",\"x\"]");
  EXPECT_EQ(workspace.toolchain_channel, "1.80");
}

TEST(CargoWorkspace, MistakesAreErrorsWithTheirLine) {
  MemoryTree tree = sample::workspace();
  tree.add("core/Cargo.toml", "[package]\nname = \"core\"\n[dependencies]\nx.workspace = true\n");
  EXPECT_EQ(first_error(tree), "core/Cargo.toml:4: error: dependency 'x' is inherited, but [workspace.dependencies] has no 'x'");
  tree.add("core/Cargo.toml", "[package]\nname = \n");
  EXPECT_NE(first_error(tree).find("core/Cargo.toml:2"), std::string::npos);
  tree.add("core/Cargo.toml", "[package]\nname = \"core\"\n[dependencies]\nx = { path = \"../../x\" }\n");
  EXPECT_NE(first_error(tree).find("core/Cargo.toml:4: error: path dependency 'x'"), std::string::npos);
  tree.add("core/Cargo.toml", "[[\x01\n");  // toml++ asserts on this
  EXPECT_NE(first_error(tree).find("core/Cargo.toml"), std::string::npos);
  tree.remove("core/Cargo.toml");
  EXPECT_NE(first_error(tree).find("Cargo.toml:2: error: no manifest at core/Cargo.toml"), std::string::npos);
  EXPECT_NE(first_error(MemoryTree()).find("no manifest at Cargo.toml"), std::string::npos);
}

// A tree on disk, for the example; shared/snapshot has the real one.
MemoryTree from_disk(const std::string& root) {
  MemoryTree tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    tree.add(std::filesystem::relative(entry.path(), root), std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return tree;
}

TEST(CargoWorkspace, TheMarketExampleHasItsSixCrates) {
  const Workspace workspace = read(from_disk(FARM_SOURCE_DIR "/examples/market"));
  EXPECT_EQ(workspace.crates.size(), 6U);
  EXPECT_TRUE(workspace.find_crate("rust_core"));
  EXPECT_TRUE(workspace.lockfile);
}

}  // namespace
}  // namespace farm
