#include "shared/cargo/outside_paths.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Paths = std::vector<std::string>;

TEST(OutsidePaths, OfIncludesPathAttributesAndBuildScripts) {
  EXPECT_EQ(outside_paths(R"(const A: &str = include_str!("../../other/a.txt");)"), Paths{"../../other/a.txt"});
  EXPECT_EQ(outside_paths("#[path = \"../../other/src/b.rs\"] mod b;"), Paths{"../../other/src/b.rs"});
  EXPECT_EQ(outside_paths("include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../other/c\"))"), Paths{"/../other/c"});
  EXPECT_EQ(outside_paths(R"xx(include_str!(r"../d"); include_str!(r#"../e"#))xx"), (Paths{"../d", "../e"}));
}

TEST(OutsidePaths, OfWhatStaysInsideAreNone) {
  EXPECT_EQ(outside_paths(R"(include_str!("data/a.txt"); let s = "and so on..."; for i in 0..n {} let r = &x[1..]; "a..b" "..." )"),
            Paths{});
}

TEST(OutsidePaths, AreFoundBehindQuotesInCommentsAndCharacters) {
  EXPECT_EQ(outside_paths("let q = '\"'; // say \"\ninclude_str!(\"../x\")"), Paths{"../x"});
  EXPECT_EQ(outside_paths("// an odd quote \"\ninclude_str!(\"../x\")"), Paths{"../x"});
}

TEST(OutsidePaths, AreBounded) {
  std::string source;
  for (int i = 0; i < 1'000; ++i) source += "\"../" + std::to_string(i) + "\"\n";
  EXPECT_EQ(outside_paths(source).size(), kOutsidePathsMax);
  EXPECT_EQ(outside_paths("\"../" + std::string(2'000, 'x') + "\""), Paths{});
  EXPECT_EQ(outside_paths("\"../\n\""), Paths{});
}

}  // namespace
}  // namespace farm
