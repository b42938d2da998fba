#include "agent/build/metadata.hpp"

#include "tests/unit/agent_build/samples.hpp"

namespace farm::build {
namespace {

TEST(BuildMetadata, TheManifestsDigestIsRead) {
  const Result<Digest> digest = digest_of_metadata(read_sample("metadata.json"));
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_NE(read_sample("metadata.json").find("\"containerimage.digest\": \"" + digest->oci() + "\""), std::string::npos);
}

TEST(BuildMetadata, WithoutADigestItIsCorrupt) {
  for (const char* text :
       {"", "[]", "{}", "{\"containerimage.digest\":7}", "{\"containerimage.digest\":\"sha256:12\"}", "{\"containerimage.digest\":"}) {
    EXPECT_FALSE(digest_of_metadata(text)) << text;
  }
  EXPECT_EQ(digest_of_metadata(std::string(kMetadataBytesMax + 1, ' ')).error().kind, ErrorKind::Overloaded);
}

TEST(BuildkitVersionCheck, OldOnesAreRefusedAndNewAndUnknownOnesAreNot) {
  EXPECT_FALSE(check_buildkit_version("v0.28.0"));
  EXPECT_FALSE(check_buildkit_version("0.12.5"));
  EXPECT_FALSE(check_buildkit_version("v0.8+unknown")) << "Docker 20.10";
  EXPECT_TRUE(check_buildkit_version("v0.28.1"));
  EXPECT_TRUE(check_buildkit_version("v0.34.2"));
  EXPECT_TRUE(check_buildkit_version("v1.0.0-rc1"));
  EXPECT_TRUE(check_buildkit_version("v0.0.0+unknown"));
  EXPECT_TRUE(check_buildkit_version(""));
  EXPECT_EQ(parse_buildkit_version("v0.34.2-dev"), (BuildkitVersion{0, 34, 2}));
  EXPECT_EQ(parse_buildkit_version("master"), std::nullopt);
}

TEST(BuildkitVersionCheck, TheVersionStandsInTheTextOfInspect) {
  EXPECT_EQ(version_in_inspect("Name: t0\nStatus: running\nBuildKit version: v0.34.2\nPlatforms: linux/amd64\n"), "v0.34.2");
  EXPECT_EQ(version_in_inspect("Name: t0\nStatus: inactive\n"), "");
}

}  // namespace
}  // namespace farm::build
