#include "tests/support/project.hpp"

namespace farm::test {
namespace {

ComposeProject project() {
  MemoryTree tree = shop();
  tree.add("docker-compose.yml",
           "services:\n" + service_yaml("api") + service_yaml("mail") + service_yaml("worker") +
               "  shard_01:\n    build: &b {context: ., args: {SERVICE: api}}\n  shard_02:\n    build: *b\n  db:\n    image: postgres\n");
  return compose_of(tree);
}

std::vector<std::string> matched(const std::string& word) {
  const auto result = match_service(project(), word);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result.value_or({});
}

std::string refused(const std::string& word) {
  const auto result = match_service(project(), word);
  EXPECT_FALSE(result);
  return result ? "" : result.error().message;
}

TEST(MatchService, TakesAnExactNameAndAnUnambiguousPart) {
  EXPECT_EQ(matched("api"), std::vector<std::string>{"api"});
  EXPECT_EQ(matched("work"), std::vector<std::string>{"worker"});
}

TEST(MatchService, APartOfTwoServicesThatAreOneImageNamesBoth) {
  EXPECT_EQ(matched("shard"), (std::vector<std::string>{"shard_01", "shard_02"}));
}

TEST(MatchService, APartOfDifferentImagesIsRefusedWithTheCandidates) {
  EXPECT_EQ(refused("a"), "\"a\" could be api, mail, shard_01, shard_02; say which");
}

TEST(MatchService, AMisspeltNameIsAnsweredWithTheNearest) {
  EXPECT_EQ(refused("wroker"),
            "there is no service \"wroker\" (did you mean \"worker\"?); services with a build: api, mail, shard_01, shard_02, worker");
}

TEST(MatchService, AnEmptyWordIsAPartOfNoName) {
  EXPECT_EQ(refused(""), "\"\" is no service's name; `all`, or no name at all, means every service");
}

TEST(MatchService, AServiceWithoutABuildIsRefused) {
  EXPECT_EQ(refused("db"), "service \"db\" has no build; there is nothing to do for it");
}

}  // namespace
}  // namespace farm::test
