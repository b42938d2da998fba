#include "shared/compose/env_file.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::compose {
namespace {

Variables parse(const std::string& text, std::string* said = nullptr) {
  Report report;
  Variables variables = parse_env_file(text, ".env", {{"HOST", "host"}}, report);
  std::string all;
  for (const Diagnostic& diagnostic : report.take()) all += to_string(diagnostic) + "\n";
  if (said != nullptr) {
    *said = all;
  } else {
    EXPECT_EQ(all, "");
  }
  return variables;
}

TEST(ComposeEnvFile, QuotesCommentsAndExport) {
  const Variables variables = parse("# c\nexport A=1 # c\nB='$HOST # x'\nC=\"a\\tb\\$HOST $HOST\" # c\nD: y\nE=a#b\n\nF=\n");
  EXPECT_EQ(variables, (Variables{{"A", "1"}, {"B", "$HOST # x"}, {"C", "a\tb$HOST host"}, {"D", "y"}, {"E", "a#b"}, {"F", ""}}));
}

TEST(ComposeEnvFile, LinesAboveCanBeUsedAndTheEnvironmentWins) { EXPECT_EQ(parse("A=1\nHOST=mine\nB=$A$HOST\n").at("B"), "1host"); }

TEST(ComposeEnvFile, ANameAloneIsTakenFromTheEnvironment) { EXPECT_EQ(parse("HOST\nNOT_THERE\n"), (Variables{{"HOST", "host"}})); }

TEST(ComposeEnvFile, QuotedValuesMayHaveSeveralLines) {
  std::string said;
  EXPECT_EQ(parse("A=\"one\ntwo\"\nB C\n", &said).at("A"), "one\ntwo");
  EXPECT_NE(said.find(".env:3: error: reading variables: \"B C\" is not a variable's name"), std::string::npos) << said;
}

TEST(ComposeEnvFile, TextAfterAQuoteIsAnError) {
  std::string said;
  parse("A=\"x\"y\n", &said);
  EXPECT_NE(said.find(".env:1: error: reading variables: there is text after the closing quote of A"), std::string::npos) << said;
}

TEST(ComposeEnvFile, ValuesThatDoubleWithEachLineMeetALimit) {
  std::string text = "A0=" + std::string(1000, 'x') + "\n";
  for (int line = 1; line < 60; ++line) {
    const std::string before = "$A" + std::to_string(line - 1);
    text += "A" + std::to_string(line) + "=" + before + before + "\n";
  }
  std::string said;
  parse(text, &said);
  EXPECT_NE(said.find("limit"), std::string::npos) << said;
}

}  // namespace
}  // namespace farm::compose
