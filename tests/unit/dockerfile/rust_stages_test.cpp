#include "shared/dockerfile/rust_stages.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace farm {
namespace {

constexpr std::string_view kUsual = R"(FROM chef AS chef
WORKDIR /app
FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json
FROM chef AS dependencies
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
FROM dependencies AS builder
COPY . .
ARG SERVICE
RUN cargo build --release --bin ${SERVICE}
FROM debian AS runtime
ARG SERVICE
COPY --from=builder /app/target/release/${SERVICE} /usr/local/bin/service
)";

struct Case {
  Dockerfile dockerfile;
  Parsed<RustStages> rust;
  [[nodiscard]] std::string findings() const {
    std::string text;
    for (const Diagnostic& diagnostic : rust.diagnostics) text += to_string(diagnostic) + "\n";
    return text;
  }
};

Case recognise(std::string text, const std::string& from = "", const std::string& to = "") {
  if (!from.empty()) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  Case result;
  Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", text);
  EXPECT_TRUE(parsed.ok());
  result.dockerfile = std::move(parsed.value);
  ResolveOptions options;
  options.build_args = {{"SERVICE", "orders"}};
  const Result<ResolvedStages> resolved = resolve_stages(result.dockerfile, options);
  EXPECT_TRUE(resolved);
  result.rust = recognise_rust(result.dockerfile, *resolved, {.service_args = {"SERVICE"}});
  return result;
}

TEST(RustStagesOfADockerfile, TheUsualOneIsRecognisedAndShareable) {
  const Case found = recognise(std::string(kUsual));
  const RustStages& rust = found.rust.value;
  ASSERT_TRUE(rust.recognised) << rust.why_not;
  EXPECT_EQ(rust.prepare->stage, 1U);
  EXPECT_EQ(rust.cook->stage, 2U);
  EXPECT_EQ(rust.build->stage, 3U);
  EXPECT_EQ(rust.cook->flags.profile, "release");
  EXPECT_EQ(rust.cook->recipe_path, "recipe.json");
  EXPECT_EQ(rust.build->target_directory, "/app/target");
  EXPECT_EQ(rust.build->workdir, "/app");
  EXPECT_TRUE(rust.build->alone);
  EXPECT_EQ(rust.bins, std::vector<std::string>{"orders"});
  EXPECT_EQ(rust.build->bin_args, std::vector<std::string>{"SERVICE"});
  EXPECT_EQ(rust.service_args, std::set<std::string>{"SERVICE"});
  EXPECT_TRUE(rust.deps_shareable);
  EXPECT_TRUE(rust.deps_match_build);
  EXPECT_TRUE(rust.artifacts_in_layer);
  ASSERT_EQ(rust.copies.size(), 1U);
  EXPECT_EQ(rust.copies[0].sources, std::vector<std::string>{"/app/target/release/orders"});
  EXPECT_EQ(found.findings(), "");
}

TEST(RustStagesOfADockerfile, TheMarketExampleIsRecognised) {
  std::ifstream file(FARM_SOURCE_DIR "/examples/market/Dockerfile.rust-optimized");
  ASSERT_TRUE(file.good());
  const Case found = recognise(std::string(std::istreambuf_iterator<char>(file), {}));
  EXPECT_TRUE(found.rust.value.recognised) << found.rust.value.why_not;
  EXPECT_TRUE(found.rust.value.deps_shareable) << found.findings();
  EXPECT_TRUE(found.rust.value.deps_match_build) << found.findings();
}

TEST(RustStagesOfADockerfile, AServiceArgBeforeTheCookIsSaidWithItsLine) {
  const Case used =
      recognise(std::string(kUsual), "FROM chef AS dependencies\n", "FROM chef AS dependencies\nARG SERVICE\nLABEL s=$SERVICE\n");
  EXPECT_FALSE(used.rust.value.deps_shareable);
  EXPECT_NE(used.findings().find("Dockerfile:8: warning: ARG SERVICE differs per service and is used before or in the cook (line 10)"),
            std::string::npos)
      << used.findings();
  const Case seen = recognise(std::string(kUsual), "WORKDIR /app\n", "WORKDIR /app\nARG SERVICE\n");
  EXPECT_FALSE(seen.rust.value.deps_shareable);
  EXPECT_NE(seen.findings().find("in the environment of the RUN"), std::string::npos) << seen.findings();
  const Case through = recognise(std::string(kUsual), "WORKDIR /app\n", "ARG SERVICE\nENV HOME_OF=/srv/$SERVICE\nWORKDIR $HOME_OF\n");
  EXPECT_FALSE(through.rust.value.deps_shareable);
}

TEST(RustStagesOfADockerfile, ACacheMountOverTargetHidesTheArtefacts) {
  const Case hidden =
      recognise(std::string(kUsual), "RUN cargo build",
                "RUN --mount=type=cache,target=/app/target --mount=type=cache,target=/usr/local/cargo/registry cargo build");
  EXPECT_FALSE(hidden.rust.value.artifacts_in_layer);
  EXPECT_NE(hidden.findings().find("Dockerfile:12: warning: the cache mount over /app/target"), std::string::npos) << hidden.findings();
  const Case registry =
      recognise(std::string(kUsual), "RUN cargo build", "RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build");
  EXPECT_TRUE(registry.rust.value.artifacts_in_layer);
}

TEST(RustStagesOfADockerfile, FlagsThatDifferAreSaid) {
  const auto differs = [](const std::string& from, const std::string& to) {
    const Case found = recognise(std::string(kUsual), from, to);
    EXPECT_TRUE(found.rust.value.recognised) << found.rust.value.why_not;
    EXPECT_FALSE(found.rust.value.deps_match_build) << to;
    return found.findings();
  };
  EXPECT_NE(differs("cook --release", "cook").find("profile of cook and build differ: dev vs release"), std::string::npos);
  EXPECT_NE(differs("build --release", "build --release -p orders").find("narrows features"), std::string::npos);
  EXPECT_NE(differs("RUN cargo build", "RUN RUSTFLAGS='-C target-cpu=native' cargo build").find("variable RUSTFLAGS"), std::string::npos);
  EXPECT_NE(differs("RUN cargo build", "RUN cd sub && cargo build").find("working directory"), std::string::npos);
  EXPECT_NE(differs("ARG SERVICE\nRUN", "ARG SERVICE\nENV CARGO_PROFILE_RELEASE_LTO=true\nRUN").find("CARGO_PROFILE_RELEASE_LTO"),
            std::string::npos);
  EXPECT_NE(differs("build --release", "build --release --features=b,a").find("--features"), std::string::npos);
}

TEST(RustStagesOfADockerfile, WhatLeavesTheDependenciesAsTheyAreIsNoDifference) {
  const auto findings = [](const std::string& from, const std::string& to) {
    const Case found = recognise(std::string(kUsual), from, to);
    EXPECT_TRUE(found.rust.value.deps_match_build) << to << "\n" << found.findings();
    return found.findings();
  };
  EXPECT_EQ(findings("ARG SERVICE\nRUN", "ARG SERVICE\nENV SQLX_OFFLINE=true\nRUN"), "");
  EXPECT_EQ(findings("build --release", "build --release --features default"), "");
  const Case within = recognise(std::string(kUsual), "ARG SERVICE\nRUN", "ARG SERVICE\nWORKDIR /app/orders\nRUN");
  EXPECT_FALSE(within.rust.value.deps_match_build);
  EXPECT_EQ(within.findings().find("target directory"), std::string::npos) << "cargo uses that of the workspace";
}

TEST(RustStagesOfADockerfile, ShellIsReadAsFarAsItIsSimple) {
  const Case found = recognise(
      std::string(kUsual), "RUN cargo build --release --bin ${SERVICE}",
      "RUN set -eux; export CARGO_INCREMENTAL=0 && \\\n    cargo +1.80 b -r --bin=\"$SERVICE\" --locked -j4 2>&1 && strip target/x");
  const RustStages& rust = found.rust.value;
  ASSERT_TRUE(rust.recognised) << rust.why_not;
  EXPECT_EQ(rust.build->flags.toolchain, "1.80");
  EXPECT_EQ(rust.build->flags.profile, "release");
  EXPECT_TRUE(rust.build->flags.locked);
  EXPECT_FALSE(rust.build->alone);
  EXPECT_EQ(rust.build->environment.at("CARGO_INCREMENTAL"), "0");
  EXPECT_EQ(rust.build->bin_args, std::vector<std::string>{"SERVICE"});
}

TEST(RustStagesOfADockerfile, AnIfOnAnArgumentRunsTheBranchOfItsValue) {
  const std::string run =
      "ARG PROFILE=release\nRUN if [ \"$PROFILE\" = \"release\" ]; then \\\n      cargo build --release --bin ${SERVICE}; \\\n"
      "    else \\\n      cargo build --bin ${SERVICE}; \\\n    fi";
  const auto recognised = [&](const std::string& text) {
    return recognise(std::string(kUsual), "RUN cargo build --release --bin ${SERVICE}", text);
  };
  const Case release = recognised(run);
  ASSERT_TRUE(release.rust.value.recognised) << release.rust.value.why_not;
  EXPECT_EQ(release.rust.value.build->flags.profile, "release");
  EXPECT_EQ(release.rust.value.build->flags.bins, std::vector<std::string>{"orders"});
  EXPECT_TRUE(release.rust.value.build->alone);
  EXPECT_TRUE(release.rust.value.build->args_in_text.contains("PROFILE"));
  EXPECT_EQ(release.dockerfile.text.substr(release.rust.value.build->insert_at, 10), " --release");
  std::string debug = run;
  debug.replace(debug.find("=release"), 8, "=debug");
  EXPECT_EQ(recognised(debug).rust.value.build->flags.profile, "dev");
  std::string unknown = run;
  unknown.replace(0, unknown.find('\n'), "ARG PROFILE");
  EXPECT_NE(recognised(unknown).rust.value.why_not.find("$PROFILE, which no ARG or ENV sets here"), std::string::npos);
  std::string bashism = run;
  bashism.replace(bashism.find("\" = \""), 5, "\" == \"");
  EXPECT_NE(recognised(bashism).rust.value.why_not.find("which not every sh knows"), std::string::npos);
  EXPECT_EQ(recognised("SHELL [\"/bin/bash\", \"-c\"]\n" + bashism).rust.value.build->flags.profile, "release");
}

TEST(RustStagesOfADockerfile, WhatIsNotUnderstoodIsSaidAndNotGuessed) {
  const auto why = [](const std::string& run) {
    const Case found = recognise(std::string(kUsual), "RUN cargo build --release --bin ${SERVICE}", run);
    EXPECT_FALSE(found.rust.value.recognised) << run;
    EXPECT_FALSE(found.rust.value.build.has_value());
    return found.rust.value.why_not;
  };
  EXPECT_NE(why("RUN cargo build --release | tee log").find("a pipe"), std::string::npos);
  EXPECT_NE(why("RUN if [ -f x ]; then cargo build --release; fi").find("an 'if' with a test"), std::string::npos);
  EXPECT_NE(why("RUN for x in a b; do cargo build --bin $x; done").find("'for'"), std::string::npos);
  EXPECT_NE(why("RUN if true; then cargo build --release;").find("without its 'fi'"), std::string::npos);
  EXPECT_NE(why("RUN cargo build --release --bin $(cat name)").find("substitution"), std::string::npos);
  EXPECT_NE(why("RUN cargo build --release --bin $UNKNOWN").find("$UNKNOWN"), std::string::npos);
  EXPECT_NE(why("RUN <<EOF\ncargo build --release\nEOF").find("here-document"), std::string::npos);
  EXPECT_NE(why("RUN time cargo build --release").find("'time'"), std::string::npos);
  EXPECT_NE(why("RUN if true; then exit 0; fi; cargo build --release").find("'exit'"), std::string::npos);
  EXPECT_NE(why("RUN cargo build --strange-flag").find("--strange-flag"), std::string::npos);
  EXPECT_NE(why("RUN cargo install --path .").find("cargo install"), std::string::npos);
  EXPECT_NE(why("RUN cargo build --bin a && cargo build --bin b").find("twice"), std::string::npos);
  EXPECT_NE(why("RUN ./build.sh").find("no stage"), std::string::npos);
}

TEST(RustStagesOfADockerfile, OfAnImageWithoutRustNothingIsSaid) {
  const Case found = recognise("FROM node\nCOPY . .\nRUN npm ci\n");
  EXPECT_FALSE(found.rust.value.recognised);
  EXPECT_EQ(found.findings(), "");
  EXPECT_NE(recognise("FROM rust\nCOPY . .\nRUN cargo watch\n").findings().find("no stage"), std::string::npos);
}

TEST(RustStagesOfADockerfile, AnImageWithoutCookIsABuildWithoutSharing) {
  const Case found = recognise("FROM rust\nWORKDIR /app\nCOPY . .\nARG SERVICE\nRUN cargo build --release --bin $SERVICE\n");
  EXPECT_TRUE(found.rust.value.recognised);
  EXPECT_FALSE(found.rust.value.cook.has_value());
  EXPECT_FALSE(found.rust.value.deps_shareable);
}

TEST(RustStagesOfADockerfile, ACookThatTheBuildDoesNotUseIsNoCook) {
  const Case found = recognise(std::string(kUsual), "FROM dependencies AS builder", "FROM chef AS builder");
  EXPECT_FALSE(found.rust.value.cook.has_value());
}

TEST(DifferingArgs, AreThoseWithOtherValuesOrMissingOnes) {
  EXPECT_EQ(differing_args({{{"A", "1"}, {"B", "x"}}, {{"A", "1"}, {"B", "y"}, {"C", "z"}}}), (std::set<std::string>{"B", "C"}));
  EXPECT_TRUE(differing_args({{{"A", "1"}}}).empty());
}

}  // namespace
}  // namespace farm
