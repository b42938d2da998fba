#include "shared/dockerfile/resolve.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

Result<ResolvedStages> resolve(std::string_view text, const ResolveOptions& options = {}) {
  const Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", text);
  EXPECT_TRUE(parsed.ok()) << (parsed.diagnostics.empty() ? "" : to_string(parsed.diagnostics[0]));
  return resolve_stages(parsed.value, options);
}

std::string expand(std::string_view word, const std::map<std::string, std::string>& variables) {
  const Result<std::string> result = expand_dockerfile_word(word, '\\', variables, nullptr);
  return result ? *result : "error";
}

TEST(DockerfileExpansion, FollowsBuildKitsForms) {
  const std::map<std::string, std::string> variables = {{"a", "value"}, {"e", ""}, {"p", "foo/bar/baz"}};
  EXPECT_EQ(expand("x$a-${a}y$none", variables), "xvalue-valuey");
  EXPECT_EQ(expand("${none:-d} ${e:-d} ${e-d} ${a:-d}", variables), "d d  value");
  EXPECT_EQ(expand("${a:+set} ${none:+set} ${e+set}", variables), "set  set");
  EXPECT_EQ(expand("'$a' \"$a\" \\$a", variables), "$a value $a");
  EXPECT_EQ(expand("${p#*/} ${p##*/} ${p%/*} ${p%%/*}", variables), "bar/baz baz foo/bar foo");
  EXPECT_EQ(expand("${p/ba/x} ${p//ba/x}", variables), "foo/xr/baz foo/xr/xz");
  EXPECT_EQ(expand("${none:-${a}}", variables), "value");
  EXPECT_EQ(expand("${none?why}", variables), "error");
  EXPECT_EQ(expand("${a", variables), "error");
  EXPECT_EQ(expand("'open", variables), "error");
}

TEST(DockerfileStages, OnlyWhatTheTargetNeedsIsResolvedInTheOrderOfTheFile) {
  const auto stages =
      resolve("FROM a AS one\nFROM b AS two\nFROM c AS three\nCOPY --from=one /x /y\nFROM d\n", {.build_args = {}, .target = "three"});
  ASSERT_TRUE(stages) << stages.error().message;
  ASSERT_EQ(stages->stages.size(), 2U);
  EXPECT_EQ(stages->stages[0].index, 0U);
  EXPECT_EQ(stages->target, 2U);
  EXPECT_EQ(stages->stages[1].sources[0].stage, 0U);
}

TEST(DockerfileStages, BasesAreStagesImagesScratchOrContexts) {
  ResolveOptions options;
  options.build_args = {{"TAG", "2"}};
  options.named_contexts = {"deps", "lib"};
  const auto stages = resolve(
      "ARG TAG=1\nARG BASE=rust:$TAG\nFROM $BASE AS a\nFROM a AS b\nCOPY --from=lib / /\nRUN --mount=type=bind,from=busybox,target=/m "
      "true\n"
      "FROM x AS deps\nRUN never\nFROM scratch\nCOPY --from=b / /\nCOPY --from=deps / /\n",
      options);
  ASSERT_TRUE(stages) << stages.error().message;
  ASSERT_EQ(stages->stages.size(), 4U);
  EXPECT_EQ(stages->stages[0].base.name, "rust:2");
  EXPECT_EQ(stages->stages[1].base.kind, StageBase::Kind::Stage);
  EXPECT_EQ(stages->stages[1].sources[0].kind, StageBase::Kind::Context);
  EXPECT_EQ(stages->stages[1].sources[1].kind, StageBase::Kind::Image);
  EXPECT_TRUE(stages->stages[1].sources[1].mount);
  EXPECT_EQ(stages->stages[2].base.kind, StageBase::Kind::Context);
  EXPECT_EQ(stages->stages[3].base.kind, StageBase::Kind::Scratch);
}

TEST(DockerfileStages, ArgAndEnvAreScopedAsInBuildKit) {
  ResolveOptions options;
  options.build_args = {{"GIVEN", "g"}, {"LOST", "x"}};
  options.platform = "linux/arm64/v8";
  const auto stages = resolve(
      "ARG GLOBAL=top\nFROM i AS base\nARG GIVEN=default\nARG GLOBAL\nENV E=$GIVEN-$GLOBAL\nARG TARGETARCH\nWORKDIR /srv\nWORKDIR app/$E\n"
      "FROM base\nARG OWN=${E}!\nCOPY $OWN $GLOBAL$UNSEEN /to\nRUN x\n",
      options);
  ASSERT_TRUE(stages) << stages.error().message;
  const ResolvedStage& last = stages->stages[1];
  EXPECT_EQ(last.end.workdir, "/srv/app/g-top");
  EXPECT_EQ(last.end.environment.at("E"), "g-top");
  EXPECT_EQ(last.end.args.at("OWN"), "g-top!");
  EXPECT_EQ(last.end.args.at("TARGETARCH"), "arm64");
  EXPECT_EQ(last.scopes[1].words, (std::vector<std::string>{"g-top!", "top", "/to"}));
  EXPECT_EQ(stages->unused_build_args, std::vector<std::string>{"LOST"});
}

TEST(DockerfileStages, UsesOfAnArgAreFound) {
  const auto stages =
      resolve("ARG V=1\nFROM a:$V\nARG SERVICE\nRUN one\nRUN two ${SERVICE}\nCOPY x /$SERVICE\n", {.build_args = {{"SERVICE", "s"}}});
  ASSERT_TRUE(stages) << stages.error().message;
  const std::vector<ArgUse>& uses = stages->arg_uses.at("SERVICE");
  ASSERT_EQ(uses.size(), 3U);
  EXPECT_EQ(uses[0].line, 4);
  EXPECT_FALSE(uses[0].in_text);
  EXPECT_TRUE(uses[1].in_text);
  EXPECT_EQ(uses[2].line, 6);
  EXPECT_EQ(stages->arg_uses.at("V")[0].instruction, kFromInstruction);
}

TEST(DockerfileStages, WhatCannotBeResolvedIsAnErrorWithItsLine) {
  EXPECT_EQ(resolve("FROM a\n", {.build_args = {}, .target = "x"}).error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(resolve("ARG B\nFROM $B\n").error().message.find("Dockerfile:2: base name ($B) should not be blank"), std::string::npos);
  EXPECT_NE(resolve("FROM a AS one\nCOPY --from=two /a /b\nFROM b AS two\nCOPY --from=one /a /b\n").error().message.find("circular"),
            std::string::npos);
  EXPECT_NE(resolve("FROM a\nCOPY --from=7 /a /b\n").error().message.find("Dockerfile:2: --from=7"), std::string::npos);
  EXPECT_NE(resolve("FROM a\nCOPY ${x:?needed} /b\n").error().message.find("Dockerfile:2"), std::string::npos);
}

TEST(DockerfileStages, ValuesThatDoubleMeetALimit) {
  std::string text = "FROM a\nENV A=0123456789\n";
  for (int i = 0; i < 40; ++i) text += "ENV A=$A$A\n";
  EXPECT_NE(resolve(text).error().message.find("limit"), std::string::npos);
}

}  // namespace
}  // namespace farm
