// When services can't share a layer of dependencies: each time a note says where and why, and the images are built as they are.
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

MemoryTree with_dockerfile(const std::string& text) { return shop().add("Dockerfile", text); }
MemoryTree docker_edit(const std::string& from, const std::string& to) { return edited(shop(), "Dockerfile", from, to); }

// Not shared at all; the text is a part of the diagnostics.
void expect_refused(const MemoryTree& tree, const std::string& why) {
  const Planned planned = plan_of(tree);
  EXPECT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_EQ(planned.names(), "image api, image mail, image worker") << planned.diagnostics();
  EXPECT_NE(planned.diagnostics().find(why), std::string::npos) << planned.diagnostics();
  for (const JobSpec& job : planned.plan().jobs) {
    EXPECT_FALSE(job.cache_name.empty()) << job.name;
    EXPECT_TRUE(job.full_slices.empty()) << job.name;
    EXPECT_TRUE(job.inputs.empty()) << job.name;
  }
}

TEST(RustGroup, ABuildWithoutACookIsBuiltAsItIs) {
  expect_refused(docker_edit("RUN cargo chef cook --release --recipe-path recipe.json\n", ""), "no `cargo chef cook` before this build");
}

TEST(RustGroup, DifferingProfilesAreRefusedWithTheirLine) {
  expect_refused(docker_edit("cook --release", "cook"), "Dockerfile:16: cook and build differ");
}

TEST(RustGroup, ACacheMountOverTheTargetFolderIsRefusedWithItsLine) {
  expect_refused(docker_edit("RUN cargo chef cook", "RUN --mount=type=cache,target=/app/target cargo chef cook"),
                 "Dockerfile:11: a cache mount hides the artefacts from the layer");
}

TEST(RustGroup, ACookStageWithoutANameIsRefusedWithItsLine) {
  const std::string text =
      "FROM rust:1\nWORKDIR /app\nCOPY recipe.json .\nRUN cargo chef cook --release\n"
      "FROM rust:1 AS builder\nWORKDIR /app\nCOPY --from=0 /app/target target\nCOPY . .\nARG SERVICE\n"
      "RUN cargo build --release --bin ${SERVICE}\n";
  expect_refused(with_dockerfile(text), "Dockerfile:4: the cook's stage has no name; add `AS dependencies` to its FROM");
}

TEST(RustGroup, ACookInTheRootFolderIsRefusedWithItsLine) {
  MemoryTree tree = docker_edit("WORKDIR /app\n", "");
  std::string text = tree.files().at("Dockerfile");
  for (std::size_t at = text.find("/app/"); at != std::string::npos; at = text.find("/app/")) text.replace(at, 5, "/");
  expect_refused(tree.add("Dockerfile", text), "Dockerfile:10: the cook runs in /");
}

TEST(RustGroup, ARunThatSeesTheSourcesBeforeTheCookIsRefusedWithItsLine) {
  expect_refused(docker_edit("RUN cargo chef prepare", "RUN ./generate.sh\nRUN cargo chef prepare"),
                 "Dockerfile:7: this RUN sees the sources");
  expect_refused(docker_edit("RUN cargo chef prepare", "RUN ./generate.sh && cargo chef prepare"),
                 "Dockerfile:7: this RUN sees the sources");
  expect_refused(
      docker_edit("COPY . .\nRUN cargo chef prepare --recipe-path recipe.json",
                  "RUN --mount=type=bind,target=/src /src/generate.sh\nCOPY . .\nRUN cargo chef prepare --recipe-path recipe.json"),
      "Dockerfile:6: this RUN sees the sources");
}

TEST(RustGroup, SourcesThatAreNotCopiedAgainBehindTheCookAreRefusedWithTheirLine) {
  const std::string text =
      "FROM rust:1 AS dependencies\nWORKDIR /app\nCOPY . .\nRUN cargo chef prepare\nRUN cargo chef cook --release\n"
      "FROM dependencies AS builder\nARG SERVICE\nRUN cargo build --release --bin ${SERVICE}\n"
      "FROM debian\nARG SERVICE\nCOPY --from=builder /app/target/release/${SERVICE} /x\n";
  expect_refused(with_dockerfile(text), "Dockerfile:3: these sources are copied before the cook and not again behind it");
}

TEST(RustGroup, ACookOnAnotherServicesImageIsRefused) {
  MemoryTree tree = edited(shop(), "Dockerfile", "FROM rust:${RUST}-bookworm AS chef", "FROM shop/base AS chef");
  tree.add("base/Dockerfile", "FROM debian\n");
  tree.add("docker-compose.yml", tree.files().at("docker-compose.yml") + "  base:\n    image: shop/base\n    build: base\n");
  const Planned planned = plan_of(tree);
  EXPECT_FALSE(planned.has("deps"));
  EXPECT_NE(planned.diagnostics().find("the stages below the cook are built from another service's image"), std::string::npos)
      << planned.diagnostics();
  EXPECT_EQ(planned.job("image api").inputs, (std::vector<StageInput>{{"shop/base", 0}}));
}

TEST(RustGroup, AnEnvThatIsSetBelowTheCookAndDemandedAboveIsRefusedAndNoCrash) {
  MemoryTree tree = docker_edit("WORKDIR /app\n", "WORKDIR /app\nENV HOMEDIR=/app\n");
  tree =
      edited(std::move(tree), "Dockerfile", "FROM dependencies AS builder\nCOPY . .", "FROM dependencies AS builder\nCOPY . ${HOMEDIR:?}");
  expect_refused(tree, "without the stages below the cook");
}

TEST(RustGroup, AnArgPerServiceBeforeTheCookGivesEachServiceItsOwnDependencies) {
  const Planned planned = plan_of(docker_edit("FROM chef AS dependencies\n", "FROM chef AS dependencies\nARG SERVICE\n"));
  ASSERT_TRUE(planned.parsed.ok());
  EXPECT_EQ(planned.names(), "deps, deps 2, deps 3, image api, image mail, image worker");
  EXPECT_NE(planned.diagnostics().find("each service gets its own layer of dependencies"), std::string::npos) << planned.diagnostics();
}

TEST(RustGroup, CookAndBuildInOneStageAreCutInTwo) {
  const Planned planned = plan_of(one_stage());
  ASSERT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_EQ(planned.job("image api").inputs.at(0).stage, "farm-cook");
}

TEST(RustGroup, AnUnwantedServiceThatCannotBeResolvedDoesNotStopTheOthers) {
  MemoryTree tree = docker_edit("FROM debian:bookworm-slim", "FROM ${BASE}");
  tree = edited(std::move(tree), "Dockerfile", "ARG RUST", "ARG BASE\nARG RUST");
  tree = edited(std::move(tree), "docker-compose.yml", "SERVICE: api\n", "SERVICE: api\n        BASE: debian:bookworm-slim\n");
  const Planned planned = plan_of(tree, {"api"});
  EXPECT_TRUE(planned.parsed.ok()) << planned.diagnostics();
  EXPECT_TRUE(planned.has("image api"));
  EXPECT_FALSE(plan_of(tree).parsed.ok());
}

// Services of one Dockerfile, each with a target of its own.
MemoryTree with_targets(const std::string& more_stages) {
  MemoryTree tree = docker_edit("FROM debian:bookworm-slim AS runtime", "FROM debian:bookworm-slim AS small");
  tree.add("Dockerfile", tree.files().at("Dockerfile") + more_stages);
  tree = edited(std::move(tree), "docker-compose.yml", "SERVICE: mail\n", "SERVICE: mail\n      target: small\n");
  return edited(std::move(tree), "docker-compose.yml", "SERVICE: api\n", "SERVICE: api\n      target: big\n");
}

TEST(RustGroup, TargetsThatStandOnOneBuildShareItsDependencies) {
  const Planned planned =
      plan_of(with_targets("FROM debian:bookworm AS big\nARG SERVICE\nCOPY --from=builder /app/target/release/${SERVICE} /s\n"));
  EXPECT_EQ(planned.names(), "deps, crates, compile, image api, image mail, image worker") << planned.diagnostics();
  EXPECT_EQ(planned.job("deps").bins, (std::vector<std::string>{"api", "mail", "worker"}));
  EXPECT_EQ(planned.job("image mail").target, "small");
}

TEST(RustGroup, ATargetWithoutCargoDoesNotSpoilTheSharingOfTheOthers) {
  MemoryTree tree = with_targets("FROM debian:bookworm AS big\nRUN true\n");
  tree = edited(std::move(tree), "docker-compose.yml", "SERVICE: worker\n", "SERVICE: worker\n      target: small\n");
  const Planned planned = plan_of(tree);
  EXPECT_EQ(planned.names(), "deps, compile, image api, image mail, image worker") << planned.diagnostics();
  EXPECT_EQ(planned.job("deps").bins, (std::vector<std::string>{"mail", "worker"}));
}

// The shop as one of two workspaces in a context: its Dockerfile copies its own folder, and a file for the image.
MemoryTree one_of_two_workspaces() {
  MemoryTree tree;
  const MemoryTree alone = shop();
  for (const auto& [path, bytes] : alone.files()) tree.add(path == "docker-compose.yml" ? path : "shop/" + path, bytes);
  std::string text = tree.files().at("shop/Dockerfile");
  for (std::size_t at = text.find("COPY . ."); at != std::string::npos; at = text.find("COPY . .")) text.replace(at, 8, "COPY shop/ ./");
  text.insert(text.find("ENTRYPOINT"), "COPY etc/*.conf /etc/\n");
  tree.add("shop/Dockerfile", text);
  std::string compose = tree.files().at("docker-compose.yml");
  for (std::size_t at = compose.find("context: .\n"); at != std::string::npos; at = compose.find("context: .\n"))
    compose.replace(at, 11, "context: ./\n      dockerfile: shop/Dockerfile\n");
  tree.add("docker-compose.yml", compose).add("etc/shop.conf", "1\n").add("other/src/main.rs", "fn main() {}\n").add("notes", "a\n");
  return tree;
}

TEST(RustGroup, WhereADockerfileCopiesAFolderTheRestOfTheContextChangesNothing) {
  const MemoryTree tree = one_of_two_workspaces();
  EXPECT_EQ(plan_of(tree).names(), "deps, compile, image api, image mail, image worker") << plan_of(tree).diagnostics();
  const auto keys = [](const Planned& planned) {
    std::vector<Digest> all;
    for (const JobSpec& job : planned.plan().jobs) all.push_back(client_key(job));
    return all;
  };
  const std::vector<Digest> before = keys(plan_of(tree));
  EXPECT_EQ(keys(plan_of(edited(edited(tree, "other/src/main.rs", "{}", "{ }"), "notes", "a", "b"))), before);
  EXPECT_NE(keys(plan_of(edited(tree, "etc/shop.conf", "1", "2"))), before);
  EXPECT_NE(keys(plan_of(edited(tree, "shop/services/api/src/main.rs", "api", "API"))), before);
}

TEST(RustGroup, ADownloadWithoutAChecksumIsNoted) {
  const Planned planned = plan_of(docker_edit("RUN useradd app", "ADD https://example.invalid/x /x"));
  EXPECT_NE(planned.diagnostics().find("Dockerfile:20: note: farm can't see whether what this ADD downloads has changed"),
            std::string::npos)
      << planned.diagnostics();
  EXPECT_EQ(plan_of(docker_edit("RUN useradd app", "ADD --checksum=sha256:" + std::string(64, 'a') + " https://example.invalid/x /x"))
                .diagnostics(),
            "");
}

}  // namespace
}  // namespace farm::test
