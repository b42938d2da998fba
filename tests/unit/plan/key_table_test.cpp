// Which edit changes the key of which job: the table of facts.md section 3 and design.md section 4, on the project of
// tests/support/project.hpp.
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

const Names kAllImages = {"image api", "image mail", "image worker"};

Names with(Names names, const Names& more) {
  names.insert(more.begin(), more.end());
  return names;
}

TEST(KeyTable, TheProjectHasTheJobsThatTheTableSpeaksOf) {
  const Planned planned = plan_of(shop());
  ASSERT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_EQ(planned.names(), "deps, crates, compile, image api, image mail, image worker") << planned.diagnostics();
  EXPECT_TRUE(planned.parsed.diagnostics.empty()) << planned.diagnostics();
}

TEST(KeyTable, NothingChangesWithoutAnEdit) { EXPECT_EQ(changed_by(shop(), shop()), Names{}); }

TEST(KeyTable, AFileThatDockerignoreHidesChangesNothing) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "README.md", "shop", "new shop")), Names{});
}

TEST(KeyTable, ASourceLineOfAServiceChangesItsImageAlone) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "services/api/src/routes.rs", "api", "API")), (Names{"compile", "image api"}));
}

TEST(KeyTable, ASourceLineOfASharedCrateChangesTheImagesThatUseIt) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "crates/core/src/lib.rs", "{}", "{ }")),
            (Names{"crates", "compile", "image api", "image worker"}));
}

TEST(KeyTable, ANewFileOfACrateChangesWhatTheCrateChanges) {
  EXPECT_EQ(changed_by(shop(), shop().add("crates/text/src/more.rs", "")), (Names{"crates", "compile", "image api", "image mail"}));
}

TEST(KeyTable, ACommentInAServicesManifestLeavesTheDependenciesAsTheyAre) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "services/mail/Cargo.toml", "[dep", "# mail\n[dep")), (Names{"compile", "image mail"}));
}

TEST(KeyTable, DescriptionVersionAndMetadataLeaveTheDependenciesAsTheyAre) {
  const std::string more = "description = \"x\"\nauthors = [\"y\"]\n[package.metadata.z]\na = 1\n[dependencies]";
  EXPECT_EQ(changed_by(shop(), edited(shop(), "services/worker/Cargo.toml", "[dependencies]", more)), (Names{"compile", "image worker"}));
  EXPECT_EQ(changed_by(shop(), edited(shop(), "services/worker/Cargo.toml", "0.1.0", "0.2.0")), (Names{"compile", "image worker"}));
}

TEST(KeyTable, TheDevProfileLeavesTheDependenciesAsTheyAre) {
  EXPECT_FALSE(changed_by(shop(), edited(shop(), "Cargo.toml", "opt-level = 0", "opt-level = 1")).contains("deps"));
}

TEST(KeyTable, TheReleaseProfileChangesEverything) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "Cargo.toml", "lto = false", "lto = true")), with(kAllImages, {"deps", "crates", "compile"}));
}

TEST(KeyTable, AFeatureOfAnExternalCrateChangesTheDependencies) {
  const Names changed = changed_by(shop(), edited(shop(), "crates/core/Cargo.toml", "\"derive\"", "\"derive\", \"rc\""));
  EXPECT_TRUE(changed.contains("deps"));
  EXPECT_EQ(changed, with(kAllImages, {"deps", "crates", "compile"}));
}

TEST(KeyTable, ALockedVersionThatIsUsedChangesTheDependencies) {
  EXPECT_TRUE(changed_by(shop(), edited(shop(), "Cargo.lock", "1.0.2", "1.0.3")).contains("deps"));
}

TEST(KeyTable, ALockedVersionThatNobodyUsesLeavesTheDependenciesAsTheyAre) {
  EXPECT_FALSE(changed_by(shop(), edited(shop(), "Cargo.lock", "3.0.0", "3.0.1")).contains("deps"));
}

TEST(KeyTable, ANewMemberWithTheSameDependenciesLeavesTheDependenciesAsTheyAre) {
  MemoryTree after = shop();
  after.add("crates/extra/Cargo.toml", crate_toml("extra", "serde = { version = \"1\", features = [\"derive\"] }\n"));
  after.add("crates/extra/src/lib.rs", "");
  EXPECT_FALSE(changed_by(shop(), after).contains("deps"));
}

TEST(KeyTable, ACommentInTheDockerfileChangesNothing) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "Dockerfile", "FROM chef AS planner", "# plans\nFROM chef AS planner")), Names{});
}

TEST(KeyTable, ARunOfTheRuntimeStageChangesTheImagesOnly) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "Dockerfile", "useradd app", "useradd shop")), kAllImages);
}

TEST(KeyTable, ARunBelowTheCookChangesTheDependencies) {
  EXPECT_EQ(changed_by(shop(), edited(shop(), "Dockerfile", "WORKDIR /app", "RUN apt-get install -y libpq-dev\nWORKDIR /app")),
            Names{"deps"});
}

TEST(KeyTable, ADefaultOfAnArgThatOnlyAHeredocNamesChangesTheImages) {
  const std::string before = "RUN useradd app\nARG GREETING=hello\nCOPY <<EOF /motd\n$GREETING\nEOF\n";
  const MemoryTree tree = edited(shop(), "Dockerfile", "RUN useradd app\n", before);
  EXPECT_EQ(changed_by(tree, edited(tree, "Dockerfile", "hello", "bye")), kAllImages);
}

TEST(KeyTable, ABuildArgThatOneServiceUsesChangesItsImage) {
  const MemoryTree tree = edited(edited(shop(), "Dockerfile", "RUN useradd app", "ARG COLOUR=red\nRUN echo $COLOUR"), "docker-compose.yml",
                                 "SERVICE: mail\n", "SERVICE: mail\n        COLOUR: blue\n");
  EXPECT_EQ(changed_by(tree, edited(tree, "docker-compose.yml", "blue", "green")), Names{"image mail"});
}

TEST(KeyTable, ABuildArgOfAllServicesThatTheCookDoesNotSeeLeavesTheDependenciesAsTheyAre) {
  MemoryTree tree = edited(shop(), "Dockerfile", "RUN useradd app", "ARG COLOUR\nRUN echo $COLOUR");
  std::string yaml = tree.files().at("docker-compose.yml");
  MemoryTree after = tree;
  for (auto* each : {&tree, &after}) {
    std::string text = yaml;
    const std::string value = each == &tree ? "blue" : "green";
    for (const std::string name : {"api", "mail", "worker"}) {
      const std::string line = "SERVICE: " + name + "\n";
      text.replace(text.find(line), line.size(), line + "        COLOUR: " + value + "\n");
    }
    each->add("docker-compose.yml", text);
  }
  EXPECT_EQ(changed_by(tree, after), kAllImages);
}

TEST(KeyTable, AnArgThatNoStageDeclaresChangesNothing) {
  const MemoryTree tree = edited(shop(), "docker-compose.yml", "SERVICE: mail\n", "SERVICE: mail\n        UNKNOWN: blue\n");
  EXPECT_EQ(changed_by(tree, edited(tree, "docker-compose.yml", "blue", "green")), Names{});
}

TEST(KeyTable, AToolchainFileThatNamesTheImagesCompilerLeavesTheDependenciesAsTheyAre) {
  MemoryTree after = shop();
  after.add("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n");
  EXPECT_FALSE(changed_by(shop(), after).contains("deps"));
  after.add("rust-toolchain.toml", "[toolchain]\nchannel = \"1.94.0\"\n");
  EXPECT_TRUE(changed_by(shop(), after).contains("deps"));
}

TEST(KeyTable, ContentOfALocalPatchChangesTheDependencies) {
  MemoryTree tree = shop();
  tree.add("Cargo.toml", tree.files().at("Cargo.toml") + "[patch.crates-io]\nitoa = { path = \"patches/itoa\" }\n");
  tree.add("patches/itoa/Cargo.toml", crate_toml("itoa", "")).add("patches/itoa/src/lib.rs", "// one\n");
  const Names changed = changed_by(tree, edited(tree, "patches/itoa/src/lib.rs", "one", "two"));
  EXPECT_TRUE(changed.contains("deps"));
  EXPECT_TRUE(changed.contains("image mail"));
}

TEST(KeyTable, AnEditOfOneServiceNeverChangesTheKeyOfAnother) {
  for (const std::string name : {"api", "mail", "worker"}) {
    for (const std::string file : {"/src/main.rs", "/src/routes.rs", "/src/new.rs", "/templates/page.html"}) {
      MemoryTree after = shop();
      after.add("services/" + name + file, "changed");
      EXPECT_EQ(changed_by(shop(), after), (Names{"compile", "image " + name})) << name << file;
    }
  }
}

TEST(KeyTable, ASelectionOfServicesHasTheKeysOfTheWhole) {
  const std::map<std::string, Digest> all = keys_of(plan_of(shop()));
  for (const std::vector<std::string>& services : {std::vector<std::string>{"mail"}, {"api", "worker"}}) {
    const Planned some = plan_of(shop(), services);
    EXPECT_EQ(some.plan().services.size(), services.size());
    for (const auto& [name, key] : keys_of(some)) EXPECT_EQ(key, all.at(name)) << name;
  }
}

}  // namespace
}  // namespace farm::test
