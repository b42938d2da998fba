#include "shared/compose/merge.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

ComposeProject merged(const std::string& base, const std::string& over) {
  ComposeRequest request;
  request.files = {"a.yaml", "b.yaml"};
  return good({{"a.yaml", "services: {a: " + base + "}"}, {"b.yaml", "services: {a: " + over + "}"}}, request);
}

using Strings = std::vector<std::string>;
using Map = std::map<std::string, std::string>;

TEST(ComposeMerge, ScalarsAreReplaced) {
  const ComposeProject project = merged("{image: x, build: {context: a, target: t}}", "{image: y, build: {target: u}}");
  EXPECT_EQ(service(project, "a").image, "y");
  EXPECT_EQ(build(project, "a").target, "u");
  EXPECT_EQ(build(project, "a").context, "a");
}

TEST(ComposeMerge, AnOverrideListIsAppended) {
  EXPECT_EQ(build(merged("{build: {tags: [x, y]}}", "{build: {tags: [z, x]}}"), "a").tags, (Strings{"x", "y", "z"}));
}

TEST(ComposeMerge, ListsAndMappingsOfArgsMeet) {
  EXPECT_EQ(build(merged("{build: {args: [A=1, B=2]}}", "{build: {args: {B: 3, C: 4}}}"), "a").args,
            (Map{{"A", "1"}, {"B", "3"}, {"C", "4"}}));
}

TEST(ComposeMerge, TheShortFormOfBuildIsItsContext) {
  EXPECT_EQ(build(merged("{build: {context: a, target: t}}", "{build: b}"), "a").context, "b");
  EXPECT_EQ(build(merged("{build: {context: a, target: t}}", "{build: b}"), "a").target, "t");
}

TEST(ComposeMerge, ResetRemovesAndOverrideReplaces) {
  EXPECT_FALSE(service(merged("{image: x, build: a}", "{build: !reset null}"), "a").build.has_value());
  EXPECT_EQ(build(merged("{build: {args: {A: 1}, tags: [x]}}", "{build: {args: !override {B: 2}, tags: !reset []}}"), "a").args,
            (Map{{"B", "2"}}));
}

TEST(ComposeMerge, DependenciesOfAllFilesAreUnited) {
  ComposeRequest request;
  request.files = {"a.yaml", "b.yaml"};
  const ComposeProject project = good({{"a.yaml", "services: {a: {image: x, depends_on: [b]}, b: {image: b}}"},
                                       {"b.yaml", "services: {a: {depends_on: {c: {condition: service_healthy}}}, c: {image: c}}"}},
                                      request);
  EXPECT_EQ(service(project, "a").depends_on, (Strings{"b", "c"}));
}

TEST(ComposeMerge, SettingATagAsideLeavesTheRest) {
  compose::Node map = compose::make_map({});
  map.fields["gone"].tag = compose::MergeTag::Reset;
  map.fields["kept"] = compose::make_scalar("x", {});
  map.fields["kept"].tag = compose::MergeTag::Override;
  compose::settle(map);
  EXPECT_EQ(map.fields.size(), 1U);
  EXPECT_EQ(map.fields.at("kept").tag, compose::MergeTag::None);
}

}  // namespace
}  // namespace farm::testing
