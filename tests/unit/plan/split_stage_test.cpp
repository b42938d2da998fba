#include "shared/plan/split_stage.hpp"

#include <gtest/gtest.h>

#include "shared/dockerfile/resolve.hpp"

namespace farm::plan {
namespace {

constexpr const char* kOneStage = R"(FROM rust:1 AS planner
WORKDIR /app
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM rust:1 AS builder
ARG MODE=fast
WORKDIR /app
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release
COPY . .
RUN cargo build --release --bin api

FROM debian
COPY --from=builder /app/target/release/api /
)";

std::optional<std::string> split(const std::string& text) {
  const Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", text);
  EXPECT_TRUE(parsed.ok());
  const Result<ResolvedStages> resolved = resolve_stages(parsed.value, {});
  EXPECT_TRUE(resolved);
  return split_cook_stage(parsed.value, recognise_rust(parsed.value, *resolved, {}).value);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(SplitCookStage, CutsBehindTheCookAndDeclaresArgsAgain) {
  const auto text = split(kOneStage);
  ASSERT_TRUE(text);
  const Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", *text);
  ASSERT_TRUE(parsed.ok()) << *text;
  ASSERT_EQ(parsed.value.stages.size(), 4U);
  EXPECT_EQ(parsed.value.stages[1].name, kCookStage);
  EXPECT_EQ(parsed.value.stages[1].base, "rust:1");
  EXPECT_EQ(parsed.value.stages[1].instructions.back().rest, "cargo chef cook --release");
  EXPECT_EQ(parsed.value.stages[2].name, "builder");
  EXPECT_EQ(parsed.value.stages[2].base, kCookStage);
  ASSERT_EQ(parsed.value.stages[2].instructions.size(), 3U);
  EXPECT_EQ(parsed.value.stages[2].instructions[0].keyword, "ARG");
  EXPECT_EQ(parsed.value.stages[2].instructions[0].rest, "MODE=fast");
}

TEST(SplitCookStage, KeepsAPlatformAndAStageWithoutAName) {
  const auto text = split(replaced(kOneStage, "FROM rust:1 AS builder", "FROM --platform=$BUILDPLATFORM rust:1 as builder"));
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("FROM --platform=$BUILDPLATFORM rust:1 AS farm-cook"), std::string::npos) << *text;
  const auto unnamed =
      split("FROM rust:1\nWORKDIR /app\nCOPY recipe.json .\nRUN cargo chef cook --release\nCOPY . .\nRUN cargo build --release\n");
  ASSERT_TRUE(unnamed);
  EXPECT_TRUE(parse_dockerfile("Dockerfile", *unnamed).ok()) << *unnamed;
}

TEST(SplitCookStage, LeavesAloneWhatStandsInTwoStagesOrOneRun) {
  EXPECT_FALSE(split(replaced(kOneStage, "COPY . .\nRUN cargo build", "FROM builder AS second\nCOPY . .\nRUN cargo build")));
  EXPECT_FALSE(split(replaced(kOneStage, "\nCOPY . .\nRUN cargo build --release --bin api", " && cargo build --release --bin api")));
}

TEST(SplitCookStage, RefusesWhereStagesAreNamedByNumber) {
  EXPECT_FALSE(split(replaced(kOneStage, "--from=builder", "--from=1")));
  EXPECT_FALSE(split(replaced(kOneStage, "RUN cargo build", "RUN --mount=type=bind,from=0,target=/x cargo build")));
}

}  // namespace
}  // namespace farm::plan
