#include "farmctl/scaffold/scaffold.hpp"

#include "tests/unit/farmctl_scaffold/scaffold_story.hpp"

namespace farm::test {
namespace {

using Names = std::vector<std::string>;

TEST(Scaffold, AWorkspaceWithoutDockerfilesGetsOneForAllItsServices) {
  const Initialised done = init(fresh_workspace());
  EXPECT_EQ(done.services(), (Names{"gate", "ledger_1"}));
  EXPECT_EQ(done.paths(), (Names{".dockerignore", "Dockerfile.rust-optimized", kOverrideFile}));
  EXPECT_EQ(done.service("ledger_1").bin, "ledger");
  const std::string text = done.file("Dockerfile.rust-optimized");
  EXPECT_NE(text.find("FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef\n"), std::string::npos) << text;
  EXPECT_NE(text.find("RUN cargo build --release --bin ${SERVICE}\n"), std::string::npos) << text;
  const std::string override_file = done.file(kOverrideFile);
  EXPECT_NE(
      override_file.find("  ledger_1:\n    build:\n      context: .\n      dockerfile: Dockerfile.rust-optimized\n      target: runtime\n"
                         "      args:\n        SERVICE: ledger\n"),
      std::string::npos)
      << override_file;
  EXPECT_EQ(override_file.find("db"), std::string::npos);
}

TEST(Scaffold, ItsResultIsPlannedWithOneLayerOfDependenciesForAll) {
  const MemoryTree tree = fresh_workspace();
  const Planned planned = plan_with_override(written(tree, init(tree)));
  ASSERT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_EQ(planned.names(), "deps, crates, compile, image gate, image ledger_1");
  EXPECT_EQ(planned.job("deps").bins, (Names{"gate", "ledger"}));
}

TEST(Scaffold, ASecondRunChangesNothing) {
  const MemoryTree tree = fresh_workspace();
  const Initialised first = init(tree);
  const MemoryTree after = written(tree, first);
  const Initialised second = init(after);
  EXPECT_EQ(second.diagnostics(), first.diagnostics());
  for (const scaffold::ScaffoldFile& file : second.parsed.value.files) EXPECT_EQ(file.text, after.files().at(file.path)) << file.path;
}

TEST(Scaffold, TheToolchainFileChoosesTheImage) {
  MemoryTree tree = fresh_workspace();
  tree.add("rust-toolchain.toml", "[toolchain]\nchannel = \"1.84.1\"\n");
  EXPECT_NE(init(tree).file("Dockerfile.rust-optimized").find("cargo-chef:latest-rust-1.84.1-bookworm AS chef\n"), std::string::npos);
  tree.add("rust-toolchain.toml", "[toolchain]\nchannel = \"nightly-2026-01-01\"\n");
  const std::string text = init(tree).file("Dockerfile.rust-optimized");
  EXPECT_NE(text.find("COPY rust-toolchain.toml ./\nRUN cargo --version\n"), std::string::npos) << text;
}

TEST(Scaffold, WhatTheLockfileNeedsOfTheSystemIsInstalled) {
  MemoryTree tree = fresh_workspace();
  tree.add("Cargo.lock",
           lock_of({"gate", "ledger", "money"}) + lock_package("prost-build", "0.13.0") + lock_package("openssl-sys", "0.9.0"));
  const std::string text = init(tree).file("Dockerfile.rust-optimized");
  EXPECT_LT(text.find("protobuf-compiler"), text.find("AS planner")) << text;
  EXPECT_GT(text.find("libssl3"), text.find("AS runtime")) << text;
}

MemoryTree several_workspaces() {
  MemoryTree tree;
  tree.add("docker-compose.yml",
           "name: two\nservices:\n  api:\n    build: {context: ., dockerfile: backend/api.Dockerfile}\n"
           "  jobs:\n    build: {context: ., dockerfile: backend/jobs.Dockerfile}\n"
           "  probe:\n    build: ./tools\n  web:\n    build: ./web\n");
  for (const std::string name : {"api", "jobs"}) {
    tree.add("backend/" + name + ".Dockerfile",
             "FROM rust:1.84-bookworm AS build\nWORKDIR /src\nCOPY backend .\nRUN cargo build --release\n"
             "FROM debian:bookworm-slim\nENV MODE=" +
                 name +
                 "\n"
                 "COPY --from=build /src/target/release/" +
                 name + " /" + name + "\nCMD [\"/" + name + "\"]\n");
    tree.add("backend/" + name + "/Cargo.toml", crate_toml(name, "itoa = \"1\"\n"));
    tree.add("backend/" + name + "/src/main.rs", "fn main() {}\n");
  }
  tree.add("backend/Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"api\", \"jobs\"]\n");
  tree.add("backend/Cargo.lock", lock_of({"api", "jobs"}));
  tree.add("tools/Cargo.toml", "[workspace]\nmembers = [\"probe\"]\n");
  tree.add("tools/Cargo.lock", lock_of({"probe"}));
  tree.add("tools/probe/Cargo.toml", crate_toml("probe", "itoa = \"1\"\n"));
  tree.add("tools/probe/src/main.rs", "fn main() {}\n");
  tree.add("web/Dockerfile", "FROM nginx\nCOPY . /usr/share/nginx/html\n");
  return tree;
}

TEST(Scaffold, EachOfSeveralWorkspacesGetsADockerfileOfItsOwn) {
  const MemoryTree tree = several_workspaces();
  const Initialised done = init(tree);
  EXPECT_EQ(done.services(), (Names{"api", "jobs", "probe"}));
  EXPECT_EQ(done.parsed.value.others, Names{"web"});
  EXPECT_EQ(done.paths(), (Names{".dockerignore", "backend/Dockerfile.rust-optimized", kOverrideFile, "tools/.dockerignore",
                                 "tools/Dockerfile.rust-optimized"}));
  EXPECT_EQ(done.service("api").target, "runtime-api");
  EXPECT_EQ(done.service("jobs").target, "runtime-jobs");
  const Planned planned = plan_with_override(written(tree, done));
  ASSERT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_EQ(planned.job("deps").bins, (Names{"api", "jobs"})) << planned.names() << planned.diagnostics();
}

TEST(Scaffold, WhatShipsIsKeptAsItWas) {
  const std::string text = init(several_workspaces()).file("backend/Dockerfile.rust-optimized");
  EXPECT_NE(text.find("FROM debian:bookworm-slim AS runtime-jobs\nENV MODE=jobs\nARG SERVICE\n"
                      "COPY --from=builder /app/target/release/${SERVICE} /jobs\nCMD [\"/jobs\"]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("FROM lukemathwalker/cargo-chef:latest-rust-1.84-bookworm AS chef"), std::string::npos) << text;
}

// Crates beside each other, each with a lockfile of its own; `ledger` and `audit` are binaries of one of them.
MemoryTree lone_crates() {
  MemoryTree tree;
  tree.add("docker-compose.yml",
           "name: lone\nservices:\n  gate:\n    build: ./gate\n  ledger:\n    build: ./books\n  audit:\n    build: ./books\n");
  tree.add("gate/Cargo.toml", crate_toml("gate", "itoa = \"1\"\n"));
  tree.add("gate/Cargo.lock", lock_of({"gate"}));
  tree.add("gate/src/main.rs", "fn main() {}\n");
  tree.add("books/Cargo.toml", crate_toml("books", "money = { path = \"../money\" }\nitoa = \"1\"\n"));
  tree.add("books/Cargo.lock", lock_of({"books", "money"}));
  tree.add("books/src/bin/ledger.rs", "fn main() {}\n");
  tree.add("books/src/bin/audit.rs", "fn main() {}\n");
  tree.add("money/Cargo.toml", crate_toml("money", ""));
  tree.add("money/src/lib.rs", "pub fn money() {}\n");
  return tree;
}

TEST(Scaffold, ACrateThatNeedsItsNeighbourIsBuiltFromTheFolderThatHoldsBoth) {
  const MemoryTree tree = lone_crates();
  const Initialised done = init(tree);
  EXPECT_EQ(done.service("gate").context, "gate");
  EXPECT_EQ(done.service("ledger").context, "");
  EXPECT_EQ(done.service("ledger").root, "books");
  EXPECT_NE(done.diagnostics().find("its context becomes ."), std::string::npos) << done.diagnostics();
  const std::string text = done.file("books/Dockerfile.rust-optimized");
  EXPECT_NE(text.find("WORKDIR /app/books\n"), std::string::npos) << text;
  EXPECT_NE(text.find("COPY --from=planner /app/books/recipe.json recipe.json\nCOPY money/ /app/money/\nRUN cargo chef cook"),
            std::string::npos)
      << text;
  const Planned planned = plan_with_override(written(tree, done));
  ASSERT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_NE(planned.names().find("image audit, image gate, image ledger"), std::string::npos) << planned.names() << planned.diagnostics();
  int deps = 0;
  for (const JobSpec& job : planned.plan().jobs) deps += job.kind == JobKind::Deps ? 1 : 0;
  EXPECT_EQ(deps, 2) << planned.names() << planned.diagnostics();
}

TEST(Scaffold, ABuildThatSaysTheSameAlreadyIsLeftOut) {
  MemoryTree tree = fresh_workspace();
  tree.add("docker-compose.yml",
           "services:\n  gate:\n    build: {context: ., dockerfile: Dockerfile.rust-optimized, args: {SERVICE: gate}}\n"
           "  ledger:\n    build: {context: ., dockerfile: Dockerfile.other, args: {SERVICE: ledger}}\n");
  const std::string text = init(tree).file(kOverrideFile);
  EXPECT_EQ(text.find("gate"), std::string::npos) << text;
  EXPECT_NE(text.find("ledger"), std::string::npos) << text;
}

TEST(Scaffold, ABinaryThatCantBeToldIsAskedFor) {
  MemoryTree tree = fresh_workspace();
  tree.add("docker-compose.yml", "services:\n  front:\n    build: .\n  gate:\n    build: .\n");
  const Initialised done = init(tree);
  EXPECT_EQ(done.services(), Names{"gate"});
  EXPECT_NE(done.diagnostics().find("docker-compose.yml:3: warning: service \"front\": which of the binaries gate, ledger"),
            std::string::npos)
      << done.diagnostics();
}

TEST(Scaffold, AProjectWithoutRustIsAnErrorAndWritesNothing) {
  MemoryTree tree;
  tree.add("docker-compose.yml", "services:\n  web:\n    build: .\n");
  tree.add("Dockerfile", "FROM nginx\n");
  const Initialised done = init(tree);
  EXPECT_FALSE(done.parsed.ok());
  EXPECT_TRUE(done.paths().empty());
}

TEST(Scaffold, ADocumentThatTheCompilerReadsStaysInTheContext) {
  MemoryTree tree = fresh_workspace();
  tree.add("money/README.md", "Money.\n");
  tree.add("money/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n");
  EXPECT_NE(init(tree).file(".dockerignore").find("!money/README.md\n"), std::string::npos);
}

TEST(Scaffold, ServicesThatCompileWithOtherFeaturesKeepTheirDockerfile) {
  MemoryTree tree = several_workspaces();
  tree = edited(std::move(tree), "backend/jobs.Dockerfile", "cargo build --release", "cargo build --release --features fast");
  const Initialised done = init(tree);
  EXPECT_EQ(done.services(), (Names{"api", "probe"}));
  EXPECT_NE(done.diagnostics().find("it keeps its Dockerfile"), std::string::npos) << done.diagnostics();
}

}  // namespace
}  // namespace farm::test
