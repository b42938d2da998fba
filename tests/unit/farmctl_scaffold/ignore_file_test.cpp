#include "farmctl/scaffold/ignore_file.hpp"

#include <gtest/gtest.h>

#include "shared/dockerfile/dockerignore.hpp"

namespace farm::scaffold {
namespace {

bool ignored(const std::string& text, const std::string& path) { return IgnoreMatcher::parse(".dockerignore", text).value.ignored(path); }

TEST(IgnoreFile, KeepsArtefactsHistoryAndDocumentsOutAndSourcesIn) {
  const std::string text = ignore_text({});
  for (const char* path : {"target/release/x", "crates/a/target/debug/y", ".git/HEAD", "docs/a.html", "a/README.md",
                           "Dockerfile.rust-optimized", "a/Dockerfile", "compose.yaml", ".env"})
    EXPECT_TRUE(ignored(text, path)) << path;
  for (const char* path :
       {"Cargo.toml", "Cargo.lock", "src/main.rs", ".cargo/config.toml", "migrations/1.sql", "src/target.rs", ".sqlx/q.json"})
    EXPECT_FALSE(ignored(text, path)) << path;
}

TEST(IgnoreFile, AContextThatOtherImagesUseKeepsItsDocuments) {
  const std::string text = ignore_text({"", true, {}});
  EXPECT_TRUE(ignored(text, "target/x"));
  EXPECT_FALSE(ignored(text, "docs/index.html"));
}

TEST(IgnoreFile, TheUsersExceptionsStillWin) {
  const std::string own = "target\n!README.md\n";
  const std::string text = ignore_text({own, false, {}});
  EXPECT_TRUE(text.ends_with("\n" + own)) << text;
  EXPECT_FALSE(ignored(text, "README.md"));
  EXPECT_TRUE(ignored(text, "other.md"));
  EXPECT_EQ(text.find("**/target/"), std::string::npos) << "it is there already";
}

TEST(IgnoreFile, AFileThatHasAllOfItStaysAsItIs) {
  const std::string text = ignore_text({"", false, {"a/README.md"}});
  EXPECT_EQ(ignore_text({text, false, {"a/README.md"}}), text);
  EXPECT_FALSE(ignored(text, "a/README.md"));
}

}  // namespace
}  // namespace farm::scaffold
