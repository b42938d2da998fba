#include "shared/dockerfile/dockerfile.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

Dockerfile parse(std::string_view text) {
  Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", text);
  for (const Diagnostic& diagnostic : parsed.diagnostics) {
    EXPECT_NE(diagnostic.severity, Severity::Error) << to_string(diagnostic);
  }
  return parsed.value;
}

std::string first_error(std::string_view text) {
  for (const Diagnostic& diagnostic : parse_dockerfile("Dockerfile", text).diagnostics) {
    if (diagnostic.severity == Severity::Error) return to_string(diagnostic);
  }
  return "no error";
}

TEST(DockerfileText, StagesHaveNamesBasesAndPlatforms) {
  const Dockerfile file = parse("ARG TAG=1\nFROM --platform=$BUILDPLATFORM rust:${TAG} AS Chef\nRUN x\nfrom chef as b\nFROM scratch\n");
  ASSERT_EQ(file.stages.size(), 3U);
  EXPECT_EQ(file.stages[0].name, "chef");
  EXPECT_EQ(file.stages[0].base, "rust:${TAG}");
  EXPECT_EQ(file.stages[0].platform, "$BUILDPLATFORM");
  EXPECT_EQ(file.stages[1].place.line, 4);
  EXPECT_EQ(file.global_args.size(), 1U);
  EXPECT_EQ(file.find_stage("CHEF"), 0U);
  EXPECT_EQ(file.find_stage("2"), 2U);
  EXPECT_EQ(file.find_stage("3"), std::nullopt);
}

TEST(DockerfileText, ContinuationLinesJoinAndCommentsBetweenThemGo) {
  const Dockerfile file = parse("FROM a\nRUN one \\\n  # a comment\n  && two \\  \n && three\nRUN four\n");
  ASSERT_EQ(file.stages[0].instructions.size(), 2U);
  const Instruction& run = file.stages[0].instructions[0];
  EXPECT_EQ(run.rest, "one   && two  && three");
  EXPECT_EQ(run.first_line, 2);
  EXPECT_EQ(run.last_line, 5);
  EXPECT_EQ(file.text.substr(run.begin, run.end - run.begin), "RUN one \\\n  # a comment\n  && two \\  \n && three");
}

TEST(DockerfileText, EachByteKnowsWhereItStands) {
  const Dockerfile file = parse("FROM a\r\nRUN  one \\\r\n   two\r\n");
  const Instruction& run = file.stages[0].instructions[0];
  ASSERT_EQ(run.rest.size(), run.offsets.size());
  for (std::size_t i = 0; i < run.rest.size(); ++i) EXPECT_EQ(file.text[run.offsets[i]], run.rest[i]);
}

TEST(DockerfileText, DirectivesCountOnlyAtTheTop) {
  const Dockerfile file = parse("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n# escape=x\nRUN one `\n two\n");
  EXPECT_EQ(file.directives.syntax, "docker/dockerfile:1");
  EXPECT_EQ(file.directives.escape, '`');
  EXPECT_EQ(file.stages[0].instructions[0].rest, "one  two");
}

TEST(DockerfileText, HeredocsBelongToTheirInstruction) {
  const Dockerfile file = parse("FROM a\nCOPY <<one <<-\"two\" /x/\nA $B\none\n\tC\n\ttwo\nRUN cat <<'EOF' && echo\nx \\\nEOF\nRUN b\n");
  ASSERT_EQ(file.stages[0].instructions.size(), 3U);
  const Instruction& copy = file.stages[0].instructions[0];
  ASSERT_EQ(copy.heredocs.size(), 2U);
  EXPECT_EQ(copy.heredocs[0].content, "A $B\n");
  EXPECT_TRUE(copy.heredocs[0].expand);
  EXPECT_EQ(copy.heredocs[1].content, "C\n");
  EXPECT_TRUE(copy.heredocs[1].strip_tabs);
  EXPECT_FALSE(copy.heredocs[1].expand);
  EXPECT_EQ(copy.last_line, 6);
  EXPECT_EQ(file.stages[0].instructions[1].heredocs[0].content, "x \\\n");
}

TEST(DockerfileText, JsonAndShellFormsAreToldApart) {
  const Dockerfile file = parse("FROM a\nRUN [\"a\", \"b\\n\\u0041\"]\nRUN [ -f x ] && y\nRUN [\"a\"] x\n");
  EXPECT_TRUE(file.stages[0].instructions[0].json);
  EXPECT_EQ(file.stages[0].instructions[0].words, (std::vector<std::string>{"a", "b\nA"}));
  EXPECT_FALSE(file.stages[0].instructions[1].json);
  EXPECT_FALSE(file.stages[0].instructions[2].json);
  EXPECT_NE(first_error("FROM a\nCMD [\"a\", 1]\n").find("strings only"), std::string::npos);
}

TEST(DockerfileText, FlagsAreReadAndUnknownOnesRefused) {
  const Dockerfile file =
      parse("FROM a\nCOPY --link --from=b --chown=1:1 x y\nRUN --mount=type=cache,target=/x --mount=type=bind,from=b,target=/y true\n");
  const Instruction& copy = file.stages[0].instructions[0];
  EXPECT_EQ(copy.flag("from")->value, "b");
  EXPECT_EQ(copy.flag("link")->value, "true");
  EXPECT_EQ(copy.words, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(file.stages[0].instructions[1].flags.size(), 2U);
  EXPECT_EQ(first_error("FROM a\nCOPY --form=b x y\n"), "Dockerfile:2: error: unknown flag --form for COPY");
  EXPECT_EQ(first_error("FROM a\nCOPY --from=b --from=c x y\n"), "Dockerfile:2: error: duplicate flag --from");
  EXPECT_NE(first_error("FROM a\nRUN --mount=type=disk,target=/x y\n").find("unsupported mount type 'disk'"), std::string::npos);
}

TEST(DockerfileText, WhatBuildKitRefusesIsAnErrorWithItsLine) {
  EXPECT_EQ(first_error("FROM a\n\nRUNN x\n"), "Dockerfile:3: error: unknown instruction: RUNN");
  EXPECT_NE(first_error("RUN x\nFROM a\n").find("Dockerfile:1: error: RUN before the first FROM"), std::string::npos);
  EXPECT_NE(first_error("# nothing\n").find("no instructions"), std::string::npos);
  EXPECT_NE(first_error("ARG X\n").find("no build stage"), std::string::npos);
  EXPECT_NE(first_error("FROM a b\n").find("one or three"), std::string::npos);
  EXPECT_NE(first_error("FROM a AS 1x\n").find("invalid name for build stage"), std::string::npos);
  EXPECT_NE(first_error("FROM a\nCOPY x\n").find("at least two"), std::string::npos);
  EXPECT_NE(first_error("FROM a\nRUN <<EOF\nx\n").find("unterminated heredoc"), std::string::npos);
  EXPECT_NE(first_error("FROM a\nENV A\n").find("two arguments"), std::string::npos);
  EXPECT_NE(first_error("# escape=x\nFROM a\n").find("invalid escape token"), std::string::npos);
  EXPECT_NE(first_error(std::string(2U << 20U, 'x')).find("longer than the limit"), std::string::npos);
}

}  // namespace
}  // namespace farm
