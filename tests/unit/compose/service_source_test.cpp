#include "shared/compose/service_source.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

TEST(ComposeExtends, PathsOfAnotherFileAreRelativeToIt) {
  const ComposeProject project =
      good({{"compose.yaml", "services: {a: {extends: {file: lib/base.yaml, service: b}, build: {args: {X: 1}}}}"},
            {"lib/base.yaml", "services: {b: {build: {context: src, additional_contexts: {c: ../c}}}}"}});
  EXPECT_EQ(build(project, "a").context, "lib/src");
  EXPECT_EQ(build(project, "a").dockerfile, "lib/src/Dockerfile");
  EXPECT_EQ(build(project, "a").additional_contexts.at("c"), "c");
  EXPECT_EQ(project.files, (std::vector<std::string>{"compose.yaml", "lib/base.yaml"}));
}

TEST(ComposeExtends, ACircleIsShownStepByStep) {
  const Parsed<ComposeProject> parsed = read("services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "`extends` goes in a circle: a (compose.yaml) → b (compose.yaml) → c (compose.yaml) → a");
}

TEST(ComposeExtends, AServiceThatExtendsItselfIsACircle) { EXPECT_FALSE(read("services: {a: {image: x, extends: a}}").ok()); }

TEST(ComposeExtends, AnUnknownServiceIsNamedWithTheNearest) {
  const Parsed<ComposeProject> parsed = read("services:\n  a: {extends: bass}\n  base: {image: x}\n");
  expect_says(parsed, "compose.yaml:2: error: service \"a\" extends \"bass\", which is not in compose.yaml (did you mean \"base\"?)");
}

TEST(ComposeExtends, ResetStillReachesEarlierFiles) {
  ComposeRequest request;
  request.files = {"a.yaml", "b.yaml"};
  const ComposeProject project = good({{"a.yaml", "services: {a: {image: x, build: {target: t}}}"},
                                       {"b.yaml", "services: {base: {image: y}, a: {extends: base, build: !reset null}}"}},
                                      request);
  EXPECT_FALSE(service(project, "a").build.has_value());
}

TEST(ComposeExtends, ALongChainMeetsTheLimit) {
  std::string text = "services:\n  s0: {image: x}\n";
  for (int index = 1; index < 60; ++index) {
    text += "  t" + std::string(static_cast<std::size_t>(60 - index), 'x') +
            ": {extends: " + (index == 1 ? std::string("s0") : "t" + std::string(static_cast<std::size_t>(61 - index), 'x')) + "}\n";
  }
  // Names are made so that the longest chain is resolved first, from its far end.
  const Parsed<ComposeProject> parsed = read(text);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "`extends` is deeper than the limit of 32 services");
}

}  // namespace
}  // namespace farm::testing
