#include "shared/cargo/dependency_key.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/unit/cargo/sample.hpp"

namespace farm {
namespace {

DependencyKey key_of(const MemoryTree& tree, DependencySelection selection = {}) {
  if (selection.bins.empty()) selection.bins = {"orders", "billing"};
  selection.rustc = "1.95.0";
  const Parsed<Workspace> workspace = read_workspace(tree, "");
  EXPECT_TRUE(workspace.ok()) << (workspace.diagnostics.empty() ? "" : to_string(workspace.diagnostics[0]));
  const Result<DependencyKey> key = dependency_key(workspace.value, selection);
  EXPECT_TRUE(key) << key.error().message;
  return key ? *key : DependencyKey{};
}

// Adds text to a file (in front of `before` where given).
void edit(MemoryTree& tree, const std::string& path, const std::string& text, const std::string& before = "") {
  std::string bytes = tree.files().contains(path) ? tree.files().at(path) : "";
  const std::size_t at = before.empty() ? bytes.size() : bytes.find(before);
  ASSERT_NE(at, std::string::npos) << before;
  tree.add(path, bytes.insert(at, text));
}

struct Edit {
  const char* what;
  std::function<void(MemoryTree&)> apply;
};

const char* const kOrders = "services/orders/Cargo.toml";

TEST(DependencyKeyOfAWorkspace, StaysAtTheEditsThatCargoWouldNotCompileAgainFor) {
  const Digest before = key_of(sample::workspace()).digest;
  const std::vector<Edit> edits = {
      {"a comment", [](MemoryTree& t) { edit(t, kOrders, "# hello\n"); }},
      {"a description", [](MemoryTree& t) { edit(t, kOrders, "description = \"d\"\n", "version"); }},
      {"authors", [](MemoryTree& t) { edit(t, kOrders, "authors = [\"a\"]\n", "version"); }},
      {"package.metadata", [](MemoryTree& t) { edit(t, kOrders, "[package.metadata.x]\ny = 1\n"); }},
      {"workspace.metadata", [](MemoryTree& t) { edit(t, "Cargo.toml", "[workspace.metadata]\ny = 1\n"); }},
      {"a readme", [](MemoryTree& t) { edit(t, kOrders, "readme = \"R.md\"\n", "version"); }},
      {"a test", [](MemoryTree& t) { t.add("services/orders/tests/t.rs", ""); }},
      {"a binary", [](MemoryTree& t) { t.add("services/orders/src/bin/more.rs", ""); }},
      {"an example", [](MemoryTree& t) { t.add("core/examples/e.rs", ""); }},
      {"a build script", [](MemoryTree& t) { t.add("core/build.rs", "fn main() {}"); }},
      {"a lib.rs in a service", [](MemoryTree& t) { t.add("services/orders/src/lib.rs", ""); }},
      {"profile.dev", [](MemoryTree& t) { edit(t, "Cargo.toml", "[profile.dev]\nopt-level = 1\n"); }},
      {"config jobs", [](MemoryTree& t) { t.add(".cargo/config.toml", "[build]\njobs = 3\n[term]\nverbose = true\n"); }},
      {"an unused feature", [](MemoryTree& t) { edit(t, kOrders, "[features]\nunused = []\n"); }},
      {"a dev-dependency that is locked already", [](MemoryTree& t) { edit(t, kOrders, "[dev-dependencies]\nlog = \"0.4\"\n"); }},
      {"the same rustc in rust-toolchain.toml", [](MemoryTree& t) { t.add("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n"); }},
      {"lints", [](MemoryTree& t) { edit(t, kOrders, "[lints.rust]\nunused = \"allow\"\n"); }},
      {"a new member with the same dependencies",
       [](MemoryTree& t) {
         t.add("services/third/Cargo.toml",
               "[package]\nname = \"third\"\nedition = \"2021\"\n[dependencies]\ncore.workspace = true\nitoa = \"1\"\n");
         t.add("services/third/src/main.rs", "fn main() {}");
         edit(t, "Cargo.lock", "[[package]]\nname = \"third\"\nversion = \"0.0.0\"\ndependencies = [\"core\", \"itoa\"]\n\n");
       }},
      {"a version bump of a local crate",
       [](MemoryTree& t) {
         std::string root = t.files().at("Cargo.toml");
         t.add("Cargo.toml", root.replace(root.find("0.1.0"), 5, "0.2.0"));
         std::string lock = t.files().at("Cargo.lock");
         for (std::size_t at = lock.find("0.1.0"); at != std::string::npos; at = lock.find("0.1.0")) lock.replace(at, 5, "0.2.0");
         t.add("Cargo.lock", lock);
       }},
  };
  for (const Edit& each : edits) {
    MemoryTree tree = sample::workspace();
    each.apply(tree);
    EXPECT_EQ(key_of(tree).digest, before) << each.what;
  }
}

TEST(DependencyKeyOfAWorkspace, ChangesWhereTheExternalCompilePlanMay) {
  const Digest before = key_of(sample::workspace()).digest;
  const auto replace = [](MemoryTree& tree, const std::string& path, const std::string& from, const std::string& to) {
    std::string bytes = tree.files().at(path);
    const std::size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    tree.add(path, bytes.replace(at, from.size(), to));
  };
  const std::vector<Edit> edits = {
      {"profile.release", [&](MemoryTree& t) { replace(t, "Cargo.toml", "lto = false", "lto = true"); }},
      {"a patch", [](MemoryTree& t) { edit(t, "Cargo.toml", "[patch.crates-io]\nitoa = { git = \"https://example.invalid/i\" }\n"); }},
      {"resolver", [&](MemoryTree& t) { replace(t, "Cargo.toml", "resolver = \"2\"", "resolver = \"1\""); }},
      {"a feature of an external crate", [&](MemoryTree& t) { replace(t, "Cargo.toml", "\"derive\"", "\"derive\", \"rc\""); }},
      {"a feature of a local crate that switches one on",
       [&](MemoryTree& t) { replace(t, kOrders, "core.workspace = true", "core = { workspace = true, features = [\"extra\"] }"); }},
      {"default features off",
       [&](MemoryTree& t) {
         replace(t, kOrders, "itoa = \"1\"", "itoa = { version = \"1\", default-features = false }");
         replace(t, "services/billing/Cargo.toml", "itoa = \"1\"", "itoa = { version = \"1\", default-features = false }");
       }},
      {"a locked version", [&](MemoryTree& t) { replace(t, "Cargo.lock", "version = \"1.0.2\"", "version = \"1.0.3\""); }},
      {"a checksum below a dependency", [&](MemoryTree& t) { replace(t, "Cargo.lock", "sum-serde_core-1.0.1", "sum-other"); }},
      {"rustflags", [](MemoryTree& t) { t.add(".cargo/config.toml", "[build]\nrustflags = [\"-Ctarget-cpu=native\"]\n"); }},
      {"a linker", [](MemoryTree& t) { t.add(".cargo/config", "[target.x86_64-unknown-linux-gnu]\nlinker = \"clang\"\n"); }},
      {"a profile in the config", [](MemoryTree& t) { t.add(".cargo/config.toml", "[profile.release]\nopt-level = 1\n"); }},
      {"another toolchain", [](MemoryTree& t) { t.add("rust-toolchain", "nightly\n"); }},
      {"a new dependency", [](MemoryTree& t) { edit(t, kOrders, "log = \"0.4\"\n"); }},
      {"a build dependency with its script",
       [](MemoryTree& t) {
         edit(t, kOrders, "[build-dependencies]\nlog = \"0.4\"\n");
         t.add("services/orders/build.rs", "");
       }},
  };
  for (const Edit& each : edits) {
    MemoryTree tree = sample::workspace();
    each.apply(tree);
    EXPECT_NE(key_of(tree).digest, before) << each.what;
  }
}

TEST(DependencyKeyOfAWorkspace, DependsOnSelectionAndEnvironment) {
  const MemoryTree tree = sample::workspace();
  const Digest before = key_of(tree).digest;
  DependencySelection selection;
  selection.profile = "dev";
  EXPECT_NE(key_of(tree, selection).digest, before);
  selection = {};
  selection.targets = {"x86_64-unknown-linux-musl"};
  EXPECT_NE(key_of(tree, selection).digest, before);
  selection = {};
  selection.environment = {{"RUSTFLAGS", "-g"}};
  EXPECT_NE(key_of(tree, selection).digest, before);
  selection = {};
  selection.packages = {"core", "orders", "billing"};
  selection.features = {"extra"};
  EXPECT_NE(key_of(tree, selection).digest, before);
}

TEST(DependencyKeyOfAWorkspace, ADependencyOfAServiceThatIsNotBuiltDoesNotMatterUnlessItReachesWhatIs) {
  MemoryTree tree = sample::workspace();
  DependencySelection selection;
  selection.bins = {"orders"};
  const Digest before = key_of(tree, selection).digest;
  edit(tree, "services/billing/Cargo.toml", "log = \"0.4\"\n");
  std::string lock = tree.files().at("Cargo.lock");
  const std::size_t at = lock.find("\"itoa\"]", lock.find("\"billing\""));
  tree.add("Cargo.lock", lock.replace(at, 7, "\"itoa\", \"log\"]"));
  EXPECT_EQ(key_of(tree, selection).digest, before);
  edit(tree, "services/billing/Cargo.toml", "serde = { version = \"1\", features = [\"rc\"] }\n");
  EXPECT_NE(key_of(tree, selection).digest, before);
}

TEST(DependencyKeyOfAWorkspace, KeepsItsInputsForPeople) {
  const DependencyKey key = key_of(sample::workspace());
  EXPECT_TRUE(key.locked);
  const auto has = [&](const std::string& name) {
    return std::any_of(key.inputs.begin(), key.inputs.end(), [&](const KeyInput& input) { return input.name == name; });
  };
  EXPECT_TRUE(has("profile.release"));
  EXPECT_TRUE(has("lock itoa 1.0.2"));
  EXPECT_FALSE(has("lock log 0.4.1"));
  EXPECT_FALSE(has("lock either 1.9.0"));
}

TEST(DependencyKeyOfAWorkspace, AnOptionalDependencyIsSwitchedOnByAFeatureOfItsName) {
  MemoryTree tree = sample::workspace();
  std::string core = tree.files().at("core/Cargo.toml");
  tree.add("core/Cargo.toml", core.replace(core.find("extra = [\"dep:either\"]"), 22, ""));
  const Digest before = key_of(tree).digest;
  std::string orders = tree.files().at(kOrders);
  tree.add(kOrders, orders.replace(orders.find("core.workspace = true"), 21, "core = { workspace = true, features = [\"either\"] }"));
  const DependencyKey key = key_of(tree);
  EXPECT_NE(key.digest, before);
  EXPECT_TRUE(std::any_of(key.inputs.begin(), key.inputs.end(), [](const KeyInput& input) { return input.name == "lock either 1.9.0"; }));
}

TEST(DependencyKeyOfAWorkspace, UnknownNamesAreErrors) {
  const Workspace workspace = read_workspace(sample::workspace(), "").value;
  DependencySelection selection;
  selection.bins = {"nothing"};
  EXPECT_EQ(dependency_key(workspace, selection).error().kind, ErrorKind::InvalidInput);
  selection = {};
  selection.packages = {"nothing"};
  EXPECT_FALSE(dependency_key(workspace, selection));
  selection = {};
  selection.features = {"nothing"};
  EXPECT_FALSE(dependency_key(workspace, selection));
}

}  // namespace
}  // namespace farm
