#include "shared/dockerfile/rewrite.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

struct Project {
  Dockerfile dockerfile;
  ResolvedStages resolved;
  RustStages rust;
};

Project read(std::string_view text) {
  Project project;
  Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", text);
  EXPECT_TRUE(parsed.ok());
  project.dockerfile = std::move(parsed.value);
  Result<ResolvedStages> resolved = resolve_stages(project.dockerfile, {.build_args = {{"SERVICE", "orders"}}});
  EXPECT_TRUE(resolved);
  project.resolved = std::move(*resolved);
  project.rust = recognise_rust(project.dockerfile, project.resolved, {.service_args = {"SERVICE"}}).value;
  return project;
}

const std::string kHead = "FROM chef AS deps\r\nRUN cargo chef \\\r\n   cook --release\r\n";
const std::string kTail =
    "FROM deps AS builder\nARG SERVICE\n  RUN echo; cargo build --bin \"${SERVICE}\" --release # end\nFROM x\nCOPY --from=builder "
    "/target/release/$SERVICE /s\n";

TEST(LimitCook, AddsTheBinariesBehindTheCookAndChangesNothingElse) {
  const Project project = read(kHead + kTail);
  ASSERT_TRUE(project.rust.cook) << project.rust.why_not;
  EXPECT_EQ(limit_cook(project.dockerfile, *project.rust.cook, {"a", "b-2"}).value(),
            "FROM chef AS deps\r\nRUN cargo chef \\\r\n   cook --bin a --bin b-2 --release\r\n" + kTail);
}

TEST(LimitCook, IsRefusedWhereTheCookSelectsOrANameIsOdd) {
  const Project own = read("FROM chef AS deps\nRUN cargo chef cook --bin a\n" + kTail);
  ASSERT_TRUE(own.rust.cook);
  EXPECT_NE(limit_cook(own.dockerfile, *own.rust.cook, {"a"}).error().message.find("Dockerfile:2"), std::string::npos);
  const Project project = read(kHead + kTail);
  EXPECT_FALSE(limit_cook(project.dockerfile, *project.rust.cook, {"a; rm -rf /"}));
}

TEST(LimitCook, IsRefusedInJsonForm) {
  const Project project = read("FROM chef AS deps\nRUN [\"cargo\", \"chef\", \"cook\"]\n" + kTail);
  ASSERT_TRUE(project.rust.cook) << project.rust.why_not;
  EXPECT_NE(limit_cook(project.dockerfile, *project.rust.cook, {"a"}).error().message.find("JSON"), std::string::npos);
}

TEST(AppendStage, StandsOnALineOfItsOwn) {
  EXPECT_EQ(append_stage("FROM a\nRUN b", "FROM c"), "FROM a\nRUN b\n\nFROM c\n");
  EXPECT_EQ(append_stage("FROM a\n", "FROM c\n"), "FROM a\n\nFROM c\n");
}

TEST(CompileMany, ReplacesTheOneArgByTheListOfBinaries) {
  const Project project = read(kHead + kTail);
  const Result<std::string> text = compile_many(project.dockerfile, project.resolved, project.rust);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, kHead +
                       "FROM deps AS builder\nARG SERVICE\n  ARG FARM_BINS\nRUN echo; cargo build ${FARM_BINS} --release # end\n"
                       "FROM x\nCOPY --from=builder /target/release/$SERVICE /s\n");
  EXPECT_EQ(bins_argument({"a", "b"}).value(), "--bin a --bin b");
}

TEST(CompileMany, IsRefusedWhereTheArgIsUsedForMore) {
  const auto why = [](const std::string& tail) {
    const Project project = read(kHead + tail);
    const Result<std::string> text = compile_many(project.dockerfile, project.resolved, project.rust);
    return text ? *text : text.error().message;
  };
  EXPECT_NE(why("FROM deps AS b\nARG SERVICE\nRUN cargo build --bin $SERVICE && cp target/debug/$SERVICE /s\n")
                .find("used for more than `--bin`"),
            std::string::npos);
  EXPECT_NE(why("FROM deps AS b\nARG SERVICE\nCOPY $SERVICE/ /x\nRUN cargo build --bin $SERVICE\n").find("Dockerfile:6"),
            std::string::npos);
  EXPECT_NE(why("FROM deps AS b\nARG SERVICE\nRUN cargo build\n").find("names no binary"), std::string::npos);
  EXPECT_NE(why("FROM deps AS b\nRUN cargo build --bin fixed\n").find("isn't exactly one ARG"), std::string::npos);
  EXPECT_NE(why("FROM deps AS p\nARG SERVICE\nRUN echo $SERVICE\nFROM p AS b\nRUN cargo build --bin $SERVICE\n").find("more than"),
            std::string::npos);
}

}  // namespace
}  // namespace farm
