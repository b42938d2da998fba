// A crate that reads another crate's files without depending on it: an edit of these must not go unseen.
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::plan {
namespace {

using test::Names;

MemoryTree with_text(MemoryTree tree, const std::string& path, const std::string& text) {
  tree.add(path, text);
  return tree;
}

TEST(CrateReads, AFileOfAnotherServiceThatIsIncludedCountsForBoth) {
  const MemoryTree before =
      with_text(test::shop(), "services/api/src/routes.rs", R"(pub const T: &str = include_str!("../../mail/t.txt");)");
  const Names changed = test::changed_by(with_text(before, "services/mail/t.txt", "one"), with_text(before, "services/mail/t.txt", "two"));
  EXPECT_TRUE(changed.contains("image api"));
  EXPECT_TRUE(changed.contains("image mail"));
  EXPECT_FALSE(changed.contains("image worker"));
}

TEST(CrateReads, ThePathMayStartAtTheCrate) {
  const MemoryTree before =
      with_text(test::shop(), "services/api/build.rs", R"(fn main() { let _ = concat!(env!("CARGO_MANIFEST_DIR"), "/../mail/t.txt"); })");
  const Names changed = test::changed_by(with_text(before, "services/mail/t.txt", "one"), with_text(before, "services/mail/t.txt", "two"));
  EXPECT_TRUE(changed.contains("image api"));
}

TEST(CrateReads, AFolderOfAnotherCrateIsReadWhole) {
  const MemoryTree before = with_text(test::shop(), "services/api/build.rs", R"(fn main() { compile("../mail/proto"); })");
  const Names changed = test::changed_by(with_text(before, "services/mail/proto/a", "1"), with_text(before, "services/mail/proto/a", "2"));
  EXPECT_TRUE(changed.contains("image api"));
}

TEST(CrateReads, WhatASharedCrateReadsIsInTheCratesLayer) {
  const MemoryTree before =
      with_text(test::shop(), "crates/core/src/lib.rs", R"(pub const T: &str = include_str!("../../../services/mail/t.txt");)");
  const Names changed = test::changed_by(with_text(before, "services/mail/t.txt", "one"), with_text(before, "services/mail/t.txt", "two"));
  for (const char* job : {"crates", "image api", "image mail", "image worker"}) EXPECT_TRUE(changed.contains(job)) << job;
}

TEST(CrateReads, WithoutSuchPathsNothingMoreIsRebuilt) {
  const MemoryTree before = with_text(test::shop(), "services/api/src/routes.rs", R"(pub const T: &str = include_str!("../t.txt");)");
  const Names changed = test::changed_by(with_text(before, "services/mail/t.txt", "one"), with_text(before, "services/mail/t.txt", "two"));
  EXPECT_FALSE(changed.contains("image api"));
}

}  // namespace
}  // namespace farm::plan
