#include "shared/compose/paths.hpp"

#include <gtest/gtest.h>

namespace farm::compose {
namespace {

std::string shown(const Result<TreePath>& path) { return !path ? "error" : (path->inside ? "in:" : "out:") + path->path; }

TEST(ComposePaths, AreSeenFromTheTreesRoot) {
  const Paths paths("/srv/project/", "/users/me");
  EXPECT_EQ(shown(paths.resolve("sub", "./a/../b")), "in:sub/b");
  EXPECT_EQ(shown(paths.resolve("sub", "..")), "in:");
  EXPECT_EQ(shown(paths.resolve("sub", "../..")), "out:/srv");
  EXPECT_EQ(shown(paths.resolve("", "../project/x")), "in:x");
  EXPECT_EQ(shown(paths.resolve("", "../projects")), "out:/srv/projects");
  EXPECT_EQ(shown(paths.resolve("", "/srv/project/y")), "in:y");
  EXPECT_EQ(shown(paths.resolve("", "/srv/project")), "in:");
  EXPECT_EQ(shown(paths.resolve("", "~/key")), "out:/users/me/key");
  EXPECT_EQ(shown(paths.resolve("", "../../../..")), "error");
  EXPECT_TRUE(paths.outside().empty());
  EXPECT_FALSE(paths.inside("", "/etc").has_value());
  EXPECT_FALSE(paths.inside("sub", "../..").has_value());
  EXPECT_EQ(paths.outside(), (std::vector<std::string>{"/etc", "/srv"}));
}

TEST(ComposePaths, ATreeWithoutAPlaceHasNoAbsolutePaths) {
  const Paths paths("", "");
  EXPECT_EQ(shown(paths.resolve("a", "b")), "in:a/b");
  EXPECT_EQ(shown(paths.resolve("a", "/b")), "error");
  EXPECT_EQ(shown(paths.resolve("a", "../../b")), "error");
}

TEST(ComposePaths, RemoteContextsAreKnownByTheirForm) {
  for (const char* text : {"https://x/y.git", "git@h:x", "github.com/a/b", "docker-image://x", "service:a"})
    EXPECT_TRUE(is_remote_context(text));
  for (const char* text : {".", "./a", "a:b", "target:foo", "githubxcom/a"}) EXPECT_FALSE(is_remote_context(text)) << text;
}

}  // namespace
}  // namespace farm::compose
