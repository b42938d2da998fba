#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

TEST(ComposeInclude, AnIncludedProjectHasItsOwnFolderAndVariables) {
  const ComposeProject project = good({{"compose.yaml", "include: [sub/c.yaml]\nservices: {m: {image: \"x${V:-none}\"}}"},
                                       {"sub/c.yaml", "services: {a: {image: \"x$V\", build: .}}"},
                                       {"sub/.env", "V=sub"}});
  EXPECT_EQ(service(project, "m").image, "xnone");
  EXPECT_EQ(service(project, "a").image, "xsub");
  EXPECT_EQ(build(project, "a").context, "sub");
  EXPECT_EQ(project.files, (std::vector<std::string>{"compose.yaml", "sub/.env", "sub/c.yaml"}));
}

TEST(ComposeInclude, TheSameServiceInBothIsAnErrorThatNamesBothPlaces) {
  const Parsed<ComposeProject> parsed =
      read(Files{{"compose.yaml", "include: [c.yaml]\nservices:\n  a: {image: x}\n"}, {"c.yaml", "services:\n  a: {image: y}\n"}});
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "compose.yaml:3: error: the service \"a\" is also in an included file (c.yaml:2)");
}

TEST(ComposeInclude, FilesThatIncludeTheNextOneTwiceEndSoon) {
  Files files;
  for (int index = 0; index < 15; ++index) {
    const std::string next = "f" + std::to_string(index + 1) + ".yaml";
    files[index == 0 ? "compose.yaml" : "f" + std::to_string(index) + ".yaml"] = "include: [" + next + ", {path: " + next + "}]\n";
  }
  files["f15.yaml"] = "services: {a: {image: x}}\n";
  const Parsed<ComposeProject> parsed = read(files);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "more than the limit of 500 files");
}

TEST(ComposeInclude, DepthHasALimit) {
  Files files;
  for (int index = 0; index < 30; ++index) {
    files[index == 0 ? "compose.yaml" : "f" + std::to_string(index) + ".yaml"] = "include: [f" + std::to_string(index + 1) + ".yaml]\n";
  }
  files["f30.yaml"] = "services: {}\n";
  const Parsed<ComposeProject> parsed = read(files);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "`include` is deeper than the limit of 16 files");
}

}  // namespace
}  // namespace farm::testing
