#include "shared/snapshot/outside_index.hpp"

#include <gtest/gtest.h>

#include "shared/snapshot/snapshot.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::snapshot {
namespace {

using Found = std::map<Digest, std::vector<std::string>>;

struct Story {
  test::TempDir tree;
  test::TempDir cache;
  std::vector<SliceFile> files;

  void walk() { files = take_snapshot(tree.path(), {}, {}).value().files; }
  Found find() { return find_outside_paths(tree.path(), files, cache.at("paths")); }
  [[nodiscard]] Digest digest(const std::string& path) const {
    for (const SliceFile& file : files) {
      if (file.path == path) return file.digest;
    }
    return {};
  }
};

TEST(OutsideIndex, FindsThePathsOfRustSourcesAlone) {
  Story s;
  s.tree.write("a/src/main.rs", R"(include_str!("../../b/x"))");
  s.tree.write("a/src/lib.rs", "fn main() {}");
  s.tree.write("a/notes.md", R"("../b")");
  s.walk();
  EXPECT_EQ(s.find(), (Found{{s.digest("a/src/main.rs"), {"../../b/x"}}}));
}

TEST(OutsideIndex, AnUnchangedTreeIsNotRead) {
  Story s;
  s.tree.write("a.rs", R"("../x")");
  s.walk();
  const Found first = s.find();
  s.tree.write("a.rs", R"("../y")");  // behind the snapshot's back: only the cache can still know the old one
  EXPECT_EQ(s.find(), first);
}

TEST(OutsideIndex, AFileThatChangedMeanwhileIsNotRememberedUnderItsOldContent) {
  Story s;
  s.tree.write("a.rs", R"("../x")");
  s.walk();
  s.tree.write("a.rs", R"("../y")");
  EXPECT_EQ(s.find(), Found{});
  s.tree.write("a.rs", R"("../x")");
  EXPECT_EQ(s.find(), (Found{{s.digest("a.rs"), {"../x"}}}));
}

TEST(OutsideIndex, ADamagedCacheIsMadeAgain) {
  Story s;
  s.tree.write("a.rs", R"("../x")");
  s.walk();
  const Found first = s.find();
  for (const std::string text : {"", "nonsense", "farm outside paths 1\nzz\n", "farm outside paths 2\n"}) {
    s.cache.write("paths", text);
    EXPECT_EQ(s.find(), first) << text;
  }
}

}  // namespace
}  // namespace farm::snapshot
