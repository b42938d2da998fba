#include "shared/compose/select.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kProfiles = "services: {a: {image: a}, b: {image: b, profiles: [p]}, c: {image: c, profiles: [q]}}";

Strings names(const ComposeProject& project) {
  Strings result;
  for (const Service& service : project.services) result.push_back(service.name);
  return result;
}

TEST(ComposeProfiles, DecideWhichServicesAreThere) {
  const ComposeProject none = good(kProfiles);
  EXPECT_EQ(names(none), (Strings{"a"}));
  EXPECT_EQ(none.inactive, (Strings{"b", "c"}));
  ComposeRequest request;
  request.profiles = {"q"};
  EXPECT_EQ(names(good({{"compose.yaml", kProfiles}}, request)), (Strings{"a", "c"}));
  request.profiles = {"*"};
  EXPECT_EQ(names(good({{"compose.yaml", kProfiles}}, request)), (Strings{"a", "b", "c"}));
}

TEST(ComposeProfiles, AWantedServiceIsActiveWhateverItsProfilesSay) {
  ComposeRequest request;
  request.wanted = {"b"};
  const ComposeProject project = good({{"compose.yaml", kProfiles}}, request);
  EXPECT_EQ(names(project), (Strings{"a", "b"}));
  EXPECT_TRUE(service(project, "b").active);
}

TEST(ComposeProfiles, WhatAnActiveServiceNeedsIsThereAndMarked) {
  const Parsed<ComposeProject> parsed = read(
      "services:\n  a: {build: {context: ., additional_contexts: {b: \"service:b\"}}}\n  b: {build: ., profiles: [p], depends_on: [c]}\n"
      "  c: {image: c, profiles: [p]}\n");
  EXPECT_TRUE(parsed.ok()) << messages(parsed);
  EXPECT_EQ(names(parsed.value), (Strings{"a", "b", "c"}));
  EXPECT_FALSE(service(parsed.value, "b").active);
  EXPECT_FALSE(service(parsed.value, "c").active);
  expect_says(parsed, "compose.yaml:2: note: service \"b\" is in no active profile, but \"a\" needs it (build.additional_contexts.b)");
}

TEST(ComposeReferences, BuildsThatNeedEachOtherAreAnError) {
  const Parsed<ComposeProject> parsed =
      read("services:\n  a: {build: {context: ., additional_contexts: {x: \"service:b\"}}}\n  b: {build: ., x-farm: {needs: [a]}}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "builds that need each other go in a circle: a → b → a");
}

TEST(ComposeReferences, StartOrderMayRunAgainstBuildOrder) {
  EXPECT_TRUE(read("services: {a: {build: ., depends_on: [b]}, b: {build: ., x-farm: {needs: a}}}").ok());
}

TEST(ComposeReferences, AnUnknownServiceIsNamedWithTheNearest) {
  const Parsed<ComposeProject> parsed = read("services:\n  api: {image: x, x-farm: {needs: [datbase]}}\n  database: {image: y}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "x-farm.needs names the service \"datbase\", which does not exist (did you mean \"database\"?)");
}

}  // namespace
}  // namespace farm::testing
