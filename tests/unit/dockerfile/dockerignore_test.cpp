#include "shared/dockerfile/dockerignore.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace farm {
namespace {

IgnoreMatcher matcher(const std::string& text) {
  Parsed<IgnoreMatcher> parsed = IgnoreMatcher::parse(".dockerignore", text);
  EXPECT_TRUE(parsed.ok());
  return parsed.value;
}

TEST(DockerIgnore, AgreesWithDockersOwnMatcherOnRecordedCases) {
  const char* other = std::getenv("FARM_IGNORE_CASES");
  std::ifstream file(other != nullptr ? other : FARM_SOURCE_DIR "/tests/unit/dockerfile/data/ignore_cases.tsv");
  ASSERT_TRUE(file.good());
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("# ")) continue;
    const bool expected = line[0] == '1';
    const std::size_t tab = line.find('\t', 2);
    const std::string path = line.substr(2, tab - 2);
    std::string text = line.substr(tab + 1);
    for (char& c : text) {
      if (c == '\t') c = '\n';
    }
    ++cases;
    ASSERT_EQ(matcher(text).ignored(path), expected) << "path " << path << " with\n" << text;
  }
  EXPECT_GE(cases, 1000);
}

TEST(DockerIgnore, TheLastMatchWins) {
  EXPECT_FALSE(matcher("*.md\n!README.md").ignored("README.md"));
  EXPECT_TRUE(matcher("!README.md\n*.md").ignored("README.md"));
}

TEST(DockerIgnore, AParentThatMatchesExcludesWhatIsBelow) {
  const IgnoreMatcher ignore = matcher("target\n!target/keep");
  EXPECT_TRUE(ignore.ignored("target/release/x"));
  EXPECT_FALSE(ignore.ignored("target/keep/y"));
  EXPECT_FALSE(ignore.ignored("crates/target"));
}

TEST(DockerIgnore, CommentsBlanksSlashesAndByteOrderMarksAreReadAsDockerDoes) {
  const IgnoreMatcher ignore = matcher("\xEF\xBB\xBF# all\n\n  /target/  \n #odd\n./docs/../notes\n");
  EXPECT_TRUE(ignore.ignored("target/a"));
  EXPECT_TRUE(ignore.ignored("notes"));
  EXPECT_EQ(ignore.canonical(), (std::vector<std::string>{"target", "#odd", "notes"}));
}

TEST(DockerIgnore, AnIgnoredFolderIsEnteredOnlyWhereAnExceptionMayLieBelow) {
  EXPECT_FALSE(matcher("target").may_contain_exceptions("target"));
  EXPECT_TRUE(matcher("target\n!target/a/b").may_contain_exceptions("target/a"));
  EXPECT_FALSE(matcher("target\n!target/a/b").may_contain_exceptions("target/c"));
  EXPECT_FALSE(matcher("*\n!src/**").may_contain_exceptions("target"));
  EXPECT_TRUE(matcher("*\n!**/*.rs").may_contain_exceptions("target"));
}

TEST(DockerIgnore, AWalkWithParentStatesAgreesWithWholePaths) {
  const IgnoreMatcher ignore = matcher("**/target\n!a/target/keep\n*.log");
  IgnoreMatcher::DirectoryState top;
  IgnoreMatcher::DirectoryState below;
  EXPECT_FALSE(ignore.ignored("a", {}, &top));
  EXPECT_TRUE(ignore.ignored("a/target", top, &below));
  EXPECT_FALSE(ignore.ignored("a/target/keep", below, nullptr));
  EXPECT_TRUE(ignore.ignored("a/target/other", below, nullptr));
}

TEST(DockerIgnore, ABadPatternIsAnErrorWithItsLine) {
  const Parsed<IgnoreMatcher> parsed = IgnoreMatcher::parse(".dockerignore", "ok\n[a\n!\n");
  ASSERT_EQ(parsed.diagnostics.size(), 2U);
  EXPECT_EQ(parsed.diagnostics[0].place, (Place{".dockerignore", 2, 0}));
  EXPECT_EQ(parsed.diagnostics[1].place.line, 3);
}

TEST(DockerIgnore, ManyStarsDoNotTakeExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(ignore_glob_matches(pattern + "b", std::string(400, 'a')));
}

}  // namespace
}  // namespace farm
