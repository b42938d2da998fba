#include "shared/plan/rust_jobs.hpp"
#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

using Paths = std::vector<std::string>;

MemoryTree docker_edit(const std::string& from, const std::string& to) { return edited(shop(), "Dockerfile", from, to); }

TEST(RustJobs, StandOnEachOther) {
  const Planned planned = plan_of(shop());
  EXPECT_EQ(planned.job("crates").inputs, (std::vector<StageInput>{{"dependencies", 0}}));
  EXPECT_EQ(planned.job("compile").inputs, (std::vector<StageInput>{{"dependencies", 1}}));
  const JobSpec& image = planned.job("image api");
  EXPECT_EQ(image.inputs, (std::vector<StageInput>{{"dependencies", 1}}));
  EXPECT_EQ(image.compile_route, (CompileRoute{2, "builder", "api"}));
}

// What farm generates is read by its own parser and has the stage that the job builds.
TEST(RustJobs, EveryGeneratedDockerfileParsesAndHasItsTarget) {
  for (const MemoryTree& tree :
       {shop(), one_stage(), docker_edit("/usr/local/bin/service\nENTRY", "/x\nCOPY --from=builder /app/assets /assets\nENTRY")}) {
    const Planned planned = plan_of(tree);
    for (const JobSpec& job : planned.plan().jobs) {
      const Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", job.dockerfile);
      ASSERT_TRUE(parsed.ok()) << job.name << "\n" << job.dockerfile;
      ResolveOptions options;
      options.target = job.target;
      options.build_args = job.args;
      for (const StageInput& input : job.inputs) options.named_contexts.insert(input.stage);
      const auto resolved = resolve_stages(parsed.value, options);
      ASSERT_TRUE(resolved) << job.name << ": " << resolved.error().message << "\n" << job.dockerfile;
      EXPECT_EQ(resolved->unused_build_args, Paths{}) << job.name;
    }
  }
}

TEST(RustJobs, DepsCookTheGroupsBinariesFromTheSkeletonAndCleanUp) {
  const Planned planned = plan_of(shop());
  const JobSpec& deps = planned.job("deps");
  EXPECT_NE(deps.dockerfile.find("cargo chef cook --bin api --bin mail --bin worker --release"), std::string::npos) << deps.dockerfile;
  EXPECT_EQ(deps.target, "farm-clean");
  EXPECT_EQ(deps.bases, (std::vector<BaseImage>{{"docker.io/library/rust:1.95.0-bookworm", "rust:1.95.0-bookworm"}}));
  EXPECT_EQ(deps.args, (std::map<std::string, std::string>{}));
  const Paths paths = planned.paths("deps");
  EXPECT_EQ(paths.size(), 12U);
  for (const std::string& path : paths) EXPECT_EQ(path.find("routes"), std::string::npos) << path;
  for (const char* name : {"'Cargo.toml'", "'Cargo.lock'", "'crates'", "'services'"})
    EXPECT_NE(deps.dockerfile.find(name), std::string::npos) << name;
}

// `explain` compares them by name with those of the last result.
TEST(RustJobs, NoKeyInputHasTheNameOfAnother) {
  const Planned planned = plan_of(shop());
  for (const JobSpec& job : planned.plan().jobs) {
    std::set<std::string> names;
    for (const KeyInput& input : job.key_inputs) EXPECT_TRUE(names.insert(input.name).second) << job.name << ": " << input.name;
  }
}

TEST(RustJobs, TheGraphOfAWorkspaceIsTheSameWhereverItLiesInItsCheckout) {
  const MemoryTree here = shop();
  MemoryTree elsewhere;
  for (const auto& [path, bytes] : here.files()) elsewhere.add("some/where/" + path, bytes);
  const Parsed<Workspace> at_root = read_workspace(here, "");
  const Parsed<Workspace> below = read_workspace(elsewhere, "some/where");
  ASSERT_TRUE(at_root.ok() && below.ok());
  EXPECT_EQ(plan::graph_digest(at_root.value), plan::graph_digest(below.value));
  const Parsed<Workspace> other =
      read_workspace(edited(shop(), "services/mail/Cargo.toml", "[dependencies]", "[dependencies]\nhex = \"0.4\""), "");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(plan::graph_digest(at_root.value), plan::graph_digest(other.value));
}

TEST(RustJobs, CratesHoldWhatSeveralServicesShareAndStubsOfTheRest) {
  const Planned planned = plan_of(shop());
  EXPECT_EQ(planned.paths("crates", "crate:"),
            (Paths{"crates/core/Cargo.toml", "crates/core/src/lib.rs", "crates/text/Cargo.toml", "crates/text/src/lib.rs"}));
  EXPECT_EQ(planned.paths("crates", "stubs").size(), 6U);
  EXPECT_EQ(planned.job("crates").args.at(kFarmBinsArg), "--lib");
}

TEST(RustJobs, WithALibraryThatIsNotSharedTheCratesJobBuildsTheBinaries) {
  MemoryTree tree = shop();
  tree.add("crates/alone/Cargo.toml", crate_toml("alone", "")).add("crates/alone/src/lib.rs", "");
  EXPECT_EQ(plan_of(tree).job("crates").args.at(kFarmBinsArg), "--bin api --bin mail --bin worker");
}

TEST(RustJobs, ImagesHaveTheirClosureAndKeepTheTimesOfSharedCrates) {
  const Planned planned = plan_of(shop());
  std::map<std::string, bool> old;
  for (const SliceUse& use : planned.job("image mail").slices) {
    for (const PlannedSlice& slice : planned.parsed.value.slices) {
      if (slice.slice.id == use.id) old[slice.slice.name] = use.compiled_below;
    }
  }
  EXPECT_EQ(old, (std::map<std::string, bool>{{"rest", false}, {"crate:text", true}, {"crate:mail", false}, {"stubs", false}}));
  EXPECT_EQ(planned.job("image mail").full_slices.size(), 6U);
}

TEST(RustJobs, SliceFalseTakesTheWholeContext) {
  const Planned planned = plan_of(edited(shop(), "docker-compose.yml", "SERVICE: mail\n", "SERVICE: mail\n    x-farm: {slice: false}\n"));
  EXPECT_EQ(planned.job("image mail").slices.size(), 6U);
  EXPECT_TRUE(planned.job("image mail").full_slices.empty());
  EXPECT_FALSE(planned.job("image api").full_slices.empty());
}

// As the ONBUILD COPY of a base image does.
TEST(RustJobs, SliceFalseIsAboutFilesThatTheDockerfileDoesNotCopyToo) {
  MemoryTree tree;
  const std::string service = "name: site\nservices:\n  web:\n    build: .\n    image: site/web\n";
  tree.add("docker-compose.yml", service);
  tree.add(".dockerignore", "docker-compose.yml\nDockerfile\n.dockerignore\n");
  tree.add("Dockerfile", "FROM node:20-onbuild\nCOPY start.sh /\n");
  tree.add("start.sh", "exec node .\n");
  tree.add("index.js", "// one\n");
  const MemoryTree sliced = tree;
  EXPECT_EQ(changed_by(sliced, edited(sliced, "index.js", "one", "two")), Names{}) << "nobody copies it";
  const MemoryTree whole = std::move(tree.add("docker-compose.yml", service + "    x-farm: {slice: false}\n"));
  EXPECT_EQ(changed_by(whole, edited(whole, "index.js", "one", "two")), Names{"image web"});
}

TEST(RustJobs, TheCompileJobsImageHoldsTheBinariesAlone) {
  const JobSpec compile = plan_of(shop()).job("compile");
  EXPECT_EQ(compile.target, "farm-out");
  EXPECT_NE(compile.dockerfile.find("FROM scratch AS farm-out\nCOPY --from=builder /app/target/release/[a]pi /app/target/release/\n"),
            std::string::npos)
      << compile.dockerfile;
  EXPECT_NE(compile.dockerfile.find("ARG FARM_BINS\nRUN cargo build --release ${FARM_BINS}"), std::string::npos) << compile.dockerfile;
}

TEST(RustJobs, WhereMoreThanBinariesIsCopiedTheCompileJobsImageIsTheWholeStage) {
  EXPECT_EQ(plan_of(docker_edit("ENTRYPOINT", "COPY --from=builder /app/assets /assets\nENTRYPOINT")).job("compile").target, "builder");
}

// Otherwise a moved base image would leave the compile job's key, and its result, as they were.
TEST(RustJobs, TheBaseOfABuildStageThatCopiesTheCookIsPinnedInTheCompileJob) {
  const Planned planned = plan_of(docker_edit(
      "FROM dependencies AS builder\n", "FROM rust:1.95.0-slim AS builder\nWORKDIR /app\nCOPY --from=dependencies /app/target target\n"));
  ASSERT_TRUE(planned.has("compile")) << planned.diagnostics();
  EXPECT_EQ(planned.job("compile").bases, (std::vector<BaseImage>{{"docker.io/library/rust:1.95.0-slim", "rust:1.95.0-slim"}}));
  EXPECT_FALSE(planned.has("crates"));
}

TEST(RustJobs, AnArgThatDiffersAndThatTheBuildSeesForbidsOneRunForAll) {
  MemoryTree tree = docker_edit("ARG SERVICE\nRUN cargo build", "ARG SERVICE\nARG FLAVOUR\nRUN cargo build");
  tree = edited(std::move(tree), "docker-compose.yml", "SERVICE: mail\n", "SERVICE: mail\n        FLAVOUR: sweet\n");
  const Planned planned = plan_of(tree);
  EXPECT_EQ(planned.names(), "deps, image api, image mail, image worker");
  EXPECT_NE(planned.diagnostics().find("ARG FLAVOUR differs between services and the build sees it"), std::string::npos)
      << planned.diagnostics();
}

// No dependency names a patched crate, yet any build may compile it.
TEST(RustJobs, ACrateThatPatchesAnExternalOneIsRealEverywhere) {
  MemoryTree tree = shop();
  tree.add("Cargo.toml", tree.files().at("Cargo.toml") + "[patch.crates-io]\nitoa = { path = \"patches/itoa\" }\n");
  tree.add("patches/itoa/Cargo.toml", crate_toml("itoa", "")).add("patches/itoa/src/lib.rs", "// one\n");
  const Planned planned = plan_of(tree);
  for (const char* job : {"crates", "compile", "image api", "image mail", "image worker"}) {
    EXPECT_EQ(planned.paths(job, "crate:itoa").size(), 2U) << job;
  }
}

TEST(RustJobs, OneServiceAloneHasNoCratesAndNoCompileJob) {
  const Planned planned = plan_of(shop().add("docker-compose.yml", "name: shop\nservices:\n" + service_yaml("api")));
  EXPECT_EQ(planned.names(), "deps, image api");
}

// A runtime stage must never ship stubs in the place of files.
TEST(RustJobs, ContextThatTheRuntimeStageCopiesIsReal) {
  const Planned whole = plan_of(docker_edit("RUN useradd app", "COPY . /src"));
  EXPECT_EQ(whole.paths("image mail", "stubs"), Paths{});
  const Planned folder = plan_of(docker_edit("RUN useradd app", "COPY crates /src"));
  EXPECT_EQ(folder.paths("image mail", "crate:core").size(), 2U);
  EXPECT_EQ(folder.paths("image mail", "stubs").size(), 4U);
  const Planned inside = plan_of(docker_edit("RUN useradd app", "COPY services/api/src/routes.rs /routes.rs"));
  EXPECT_EQ(inside.paths("image mail", "crate:api").size(), 3U);
  const Planned mounted =
      plan_of(docker_edit("RUN useradd app", "RUN --mount=type=bind,source=services/api,target=/x cp /x/src/main.rs /"));
  EXPECT_EQ(mounted.paths("image mail", "crate:api").size(), 3U);
}

TEST(RustJobs, SourcesThatAreCopiedOutOfTheBuildStageAreReal) {
  const Planned planned = plan_of(docker_edit("ENTRYPOINT", "COPY --from=builder /app/services/api /api\nENTRYPOINT"));
  EXPECT_EQ(planned.paths("image mail", "crate:api").size(), 3U);
  const Planned all = plan_of(docker_edit("ENTRYPOINT", "COPY --from=builder /app /all\nENTRYPOINT"));
  EXPECT_EQ(all.paths("image mail", "stubs"), Paths{});
}

TEST(RustJobs, CratesThatAreCopiedOneByOneForTheBuildMayBeStubs) {
  const Planned planned =
      plan_of(docker_edit("FROM dependencies AS builder\nCOPY . .",
                          "FROM dependencies AS builder\nCOPY Cargo.toml Cargo.lock ./\nCOPY crates crates\nCOPY services services"));
  EXPECT_EQ(planned.paths("image mail", "stubs").size(), 6U) << planned.diagnostics();
}

TEST(RustJobs, AWorkspaceInAFolderOfTheContextIsCleanedWhereTheCookLaysItOut) {
  MemoryTree tree;
  const MemoryTree project = shop();
  for (const auto& [path, bytes] : project.files()) {
    const bool outside = path == "docker-compose.yml" || path == "Dockerfile" || path == ".dockerignore";
    std::string text = bytes;
    if (path == "Dockerfile") {
      for (std::size_t at = text.find("COPY . ."); at != std::string::npos; at = text.find("COPY . .")) text.replace(at, 8, "COPY rust .");
    }
    tree.add(outside ? path : "rust/" + path, text);
  }
  const Planned planned = plan_of(tree);
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_NE(planned.job("deps").dockerfile.find("rm -rf -- 'Cargo.lock' 'Cargo.toml' 'crates' 'services'"), std::string::npos)
      << planned.job("deps").dockerfile;
  EXPECT_EQ(planned.paths("image mail", "crate:mail").size(), 3U);
}

}  // namespace
}  // namespace farm::test
