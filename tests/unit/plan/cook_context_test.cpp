#include "shared/plan/cook_context.hpp"

#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

using plan::CopyTouch;
using plan::touch_of;

// The cook's stage copies something before it cooks.
MemoryTree cook_copies(const std::string& instruction) {
  MemoryTree tree = edited(shop(), "Dockerfile", "RUN cargo chef cook", instruction + "\nRUN cargo chef cook");
  tree.add("certs/ca.crt", "certificate\n").add("certs/other.txt", "").add("services/api/proto/api.proto", "syntax\n");
  return tree;
}

bool has_path(const Planned& planned, const std::string& path) {
  const std::vector<std::string> paths = planned.paths("deps");
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

TEST(CookContext, ASourceIsAroundInsideOrBesideACrate) {
  EXPECT_EQ(touch_of("", "crates/a"), CopyTouch::Around);
  EXPECT_EQ(touch_of("crates", "crates/a"), CopyTouch::Around);
  EXPECT_EQ(touch_of("crates/a", "crates/a"), CopyTouch::Around);
  EXPECT_EQ(touch_of("crates/a/src", "crates/a"), CopyTouch::Inside);
  EXPECT_EQ(touch_of("crates/ab", "crates/a"), CopyTouch::None);
  EXPECT_EQ(touch_of("crate", "crates/a"), CopyTouch::None);
}

TEST(CookContext, AFileCopiedBeforeTheCookIsThereAndInTheKey) {
  const MemoryTree tree = cook_copies("COPY certs/ca.crt /etc/ca.crt");
  const Planned planned = plan_of(tree);
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_TRUE(has_path(planned, "certs/ca.crt"));
  EXPECT_FALSE(has_path(planned, "certs/other.txt"));
  EXPECT_TRUE(changed_by(tree, edited(tree, "certs/ca.crt", "certificate", "another")).contains("deps"));
  EXPECT_FALSE(
      changed_by(tree, tree.files().at("certs/other.txt").empty() ? MemoryTree(tree).add("certs/other.txt", "x") : tree).contains("deps"));
}

TEST(CookContext, AWildcardTakesTheFilesThatMatch) {
  const Planned planned = plan_of(cook_copies("COPY cert*/*.crt /etc/"));
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_TRUE(has_path(planned, "certs/ca.crt"));
  EXPECT_FALSE(has_path(planned, "certs/other.txt"));
}

TEST(CookContext, AFileInsideACrateThatIsCopiedBeforeTheCookIsReal) {
  const MemoryTree tree = cook_copies("COPY services/api/proto /proto");
  const Planned planned = plan_of(tree);
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_TRUE(has_path(planned, "services/api/proto/api.proto"));
  EXPECT_FALSE(has_path(planned, "services/api/src/routes.rs"));
  EXPECT_TRUE(changed_by(tree, edited(tree, "services/api/proto/api.proto", "syntax", "message")).contains("deps"));
  const Planned run = plan_of(cook_copies("COPY services/api/proto /proto\nRUN protoc /proto/api.proto"));
  EXPECT_FALSE(run.has("deps")) << "that RUN depends on files of a crate";
}

TEST(CookContext, AMountOfTheContextIsThereToo) {
  MemoryTree tree = edited(shop(), "Dockerfile", "RUN cargo chef cook", "RUN --mount=type=bind,source=certs,target=/certs cargo chef cook");
  tree.add("certs/ca.crt", "certificate\n");
  const Planned planned = plan_of(tree);
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_TRUE(has_path(planned, "certs/ca.crt"));
}

TEST(CookContext, ManifestsCopiedByHandAreTheSkeletons) {
  MemoryTree tree = cook_copies("COPY Cargo.toml Cargo.lock ./");
  const Planned planned = plan_of(tree);
  EXPECT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_FALSE(changed_by(tree, edited(tree, "Cargo.toml", "opt-level = 0", "opt-level = 2")).contains("deps"));
}

}  // namespace
}  // namespace farm::test
