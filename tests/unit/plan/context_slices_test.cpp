#include "shared/plan/context_slices.hpp"

#include "tests/support/project.hpp"

namespace farm::plan {
namespace {

using Paths = std::vector<std::string>;

struct Cut {
  MemoryTree tree;
  Workspace workspace;
  std::vector<SliceFile> files;
  ContextSlices slices;

  explicit Cut(MemoryTree from, const std::string& directory = "")
      : tree(std::move(from)),
        workspace(read_workspace(tree, directory).value),
        files(test::files_of(tree, {directory, tree.is_file(".dockerignore") ? ".dockerignore" : ""})),
        slices(directory, files, &workspace, tree) {}

  [[nodiscard]] std::size_t crate(const std::string& name) const { return workspace.find_crate(name).value(); }
  [[nodiscard]] std::map<std::string, Paths> contents(const std::vector<SliceUse>& uses) const {
    std::map<std::string, Paths> contents;
    for (const SliceUse& use : uses) {
      const Slice& slice = slices.made().at(use.id);
      for (const SliceFile& file : slice.files) contents[slice.name].push_back(file.path);
    }
    return contents;
  }
};

TEST(ContextSlices, OnePerCrateAndTheRest) {
  const Cut cut(test::shop());
  const auto contents = cut.contents(cut.slices.all());
  EXPECT_EQ(contents.size(), 6U);
  EXPECT_EQ(contents.at("rest"), (Paths{"Cargo.lock", "Cargo.toml"}));  // .dockerignore hides the others
  EXPECT_EQ(contents.at("crate:core"), (Paths{"crates/core/Cargo.toml", "crates/core/src/lib.rs"}));
  EXPECT_EQ(contents.at("crate:api"), (Paths{"services/api/Cargo.toml", "services/api/src/main.rs", "services/api/src/routes.rs"}));
}

TEST(ContextSlices, CratesThatAreLeftOutBecomeStubs) {
  Cut cut(test::shop());
  const auto contents = cut.contents(cut.slices.with_crates({cut.crate("api"), cut.crate("core")}, {}));
  EXPECT_EQ(contents.at("stubs"), (Paths{"crates/text/Cargo.toml", "crates/text/src/lib.rs", "services/mail/Cargo.toml",
                                         "services/mail/src/main.rs", "services/worker/Cargo.toml", "services/worker/src/main.rs"}));
  EXPECT_FALSE(contents.contains("crate:text"));
}

TEST(ContextSlices, EveryPathIsThereOnceWhateverCratesAreTaken) {
  Cut cut(test::shop());
  for (std::size_t mask = 0; mask < (1U << cut.workspace.crates.size()); ++mask) {
    std::set<std::size_t> crates;
    for (std::size_t i = 0; i < cut.workspace.crates.size(); ++i) {
      if ((mask >> i & 1U) != 0) crates.insert(i);
    }
    std::set<std::string> seen;
    for (const auto& [name, paths] : cut.contents(cut.slices.with_crates(crates, {}))) {
      for (const std::string& path : paths) EXPECT_TRUE(seen.insert(path).second) << path;
    }
    for (const Crate& crate : cut.workspace.crates) EXPECT_TRUE(seen.contains(crate.manifest_path)) << crate.name;
  }
}

TEST(ContextSlices, StubsAreNotInKeysAndOnlyCompiledCratesKeepTheirTimes) {
  Cut cut(test::shop());
  const auto uses = cut.slices.with_crates({cut.crate("api"), cut.crate("core")}, {cut.crate("core")});
  std::map<std::string, bool> old;
  for (const SliceUse& use : uses) old[cut.slices.made().at(use.id).name] = use.compiled_below;
  EXPECT_EQ(old, (std::map<std::string, bool>{{"rest", false}, {"crate:core", true}, {"crate:api", false}, {"stubs", false}}));
  std::vector<std::string> names;
  for (const KeyInput& input : cut.slices.key_inputs(uses)) names.push_back(input.name);
  EXPECT_EQ(names, (Paths{"slice rest", "slice crate:core", "slice crate:api"}));
}

TEST(ContextSlices, ACrateInsideACrateOwnsItsFiles) {
  MemoryTree tree = test::shop();
  tree.add("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"crates/core/macros\", \"services/*\"]\nresolver = \"2\"\n");
  tree.add("crates/core/macros/Cargo.toml", test::crate_toml("macros", "")).add("crates/core/macros/src/lib.rs", "");
  const Cut cut(tree);
  EXPECT_EQ(cut.slices.owner("crates/core/macros/src/lib.rs"), cut.crate("macros"));
  EXPECT_EQ(cut.slices.owner("crates/core/src/lib.rs"), cut.crate("core"));
  EXPECT_EQ(cut.slices.owner("crates/x"), std::nullopt);
}

TEST(ContextSlices, APackageAtTheRootIsPartOfTheRest) {
  MemoryTree tree;
  tree.add("Cargo.toml", test::crate_toml("single", "") + "[workspace]\n").add("src/main.rs", "fn main() {}").add("assets/a", "");
  Cut cut(tree);
  const auto contents = cut.contents(cut.slices.with_crates({}, {}));
  EXPECT_EQ(contents, (std::map<std::string, Paths>{{"rest", {"Cargo.toml", "assets/a", "src/main.rs"}}}));
}

TEST(ContextSlices, FilesThatAreIgnoredAreInNoSliceAndHaveNoStub) {
  Cut cut(test::shop().add(".dockerignore", "services/mail/src\n*.md\n"));
  for (const auto& [name, paths] : cut.contents(cut.slices.with_crates({cut.crate("api")}, {}))) {
    for (const std::string& path : paths) EXPECT_FALSE(path.starts_with("services/mail/src")) << name;
  }
}

TEST(ContextSlices, FilesBelowAPathAreThoseOfTheFolderAlone) {
  const Cut cut(test::shop().add("crates-old/x", "").add("crates/core.rs", ""));
  Paths paths;
  for (const SliceFile& file : cut.slices.files_below("crates/core")) paths.push_back(file.path);
  EXPECT_EQ(paths, (Paths{"crates/core/Cargo.toml", "crates/core/src/lib.rs"}));
  EXPECT_EQ(cut.slices.files_below("Cargo.toml").size(), 1U);
  EXPECT_EQ(cut.slices.files_below("").size(), cut.files.size());
  EXPECT_TRUE(cut.slices.files_below("nowhere").empty());
}

TEST(ContextSlices, WorkInAFolderOfTheTree) {
  MemoryTree tree;
  const MemoryTree shop = test::shop();
  for (const auto& [path, bytes] : shop.files()) tree.add("project/" + path, bytes);
  const Cut cut(tree, "project");
  EXPECT_EQ(cut.slices.relative("project/crates/core"), "crates/core");
  EXPECT_EQ(cut.slices.relative("project"), "");
  EXPECT_EQ(cut.slices.relative("projects/x"), std::nullopt);
  EXPECT_EQ(cut.slices.owner("crates/core/src/lib.rs"), cut.crate("core"));
}

}  // namespace
}  // namespace farm::plan
