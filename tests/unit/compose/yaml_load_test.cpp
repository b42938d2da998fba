#include "shared/compose/yaml_load.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

using compose::Node;

std::vector<Node> load(const std::string& text) {
  compose::Report report;
  std::vector<Node> documents = compose::load_yaml(text, report.file_index("f.yaml"), report);
  EXPECT_FALSE(report.failed());
  return documents;
}

std::string problem(const std::string& text) {
  compose::Report report;
  EXPECT_TRUE(compose::load_yaml(text, report.file_index("f.yaml"), report).empty());
  const std::vector<Diagnostic> said = report.take();
  EXPECT_EQ(said.size(), 1U);
  return said.empty() ? "" : to_string(said.front());
}

TEST(ComposeYaml, EveryValueKnowsItsPlace) {
  const std::vector<Node> documents = load("a:\n  - x\n  - b: y\n");
  ASSERT_EQ(documents.size(), 1U);
  const Node& list = documents[0].fields.at("a");
  EXPECT_EQ(list.key_at.line, 1);
  EXPECT_EQ(list.items[1].fields.at("b").at.line, 3);
  EXPECT_EQ(list.items[1].fields.at("b").at.column, 8);
}

TEST(ComposeYaml, OwnKeysWinOverMergeKeysWhereverTheyStand) {
  const Node document = load("x: &x {a: 1, b: 2}\ny: {b: own, <<: *x}\n").at(0);
  EXPECT_EQ(document.fields.at("y").fields.at("a").text, "1");
  EXPECT_EQ(document.fields.at("y").fields.at("b").text, "own");
  EXPECT_EQ(document.fields.at("y").fields.size(), 2U);
}

TEST(ComposeYaml, OfSeveralMergedMappingsTheFirstWins) {
  const Node document = load("x: &x {a: 1}\ny: &y {a: 2, b: 3}\nz: {<<: [*x, *y]}\n").at(0);
  EXPECT_EQ(document.fields.at("z").fields.at("a").text, "1");
  EXPECT_EQ(document.fields.at("z").fields.at("b").text, "3");
}

TEST(ComposeYaml, TheTagsOfMergingAreKept) {
  const Node document = load("a: !reset null\nb: !override [x]\nc: !reset\n").at(0);
  EXPECT_EQ(document.fields.at("a").tag, compose::MergeTag::Reset);
  EXPECT_EQ(document.fields.at("b").tag, compose::MergeTag::Override);
  EXPECT_EQ(document.fields.at("c").tag, compose::MergeTag::Reset);
}

TEST(ComposeYaml, ADuplicateKeyIsAnErrorThatNamesBothLines) {
  EXPECT_EQ(problem("a: 1\nb: 2\na: 3\n"), "f.yaml:3: error: the key \"a\" is there twice (first on line 1): remove one");
}

TEST(ComposeYaml, AnAliasInsideItsOwnAnchorIsAnError) {
  EXPECT_NE(problem("a: &a [*a]\n").find("f.yaml:1: error: an alias stands inside the value that it names"), std::string::npos);
}

TEST(ComposeYaml, AMergeKeyTakesMappingsOnly) {
  EXPECT_NE(problem("a: {<<: 3}\n").find("\"<<\" takes a mapping or a list of mappings, not a single value"), std::string::npos);
  EXPECT_NE(problem("a: {<<: [3]}\n").find("\"<<\" takes mappings"), std::string::npos);
}

TEST(ComposeYaml, AKeyThatIsNoStringIsAnError) {
  EXPECT_NE(problem("? [a]\n: b\n").find("a key must be a string, not a list"), std::string::npos);
}

TEST(ComposeYaml, BrokenSyntaxIsAnErrorWithItsLine) {
  EXPECT_NE(problem("a: b\nc: [d\n").find("f.yaml:3: error: not valid YAML"), std::string::npos);
}

}  // namespace
}  // namespace farm::testing
