#include "shared/oci/manifest.hpp"

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/challenge.hpp"

namespace farm::oci {
namespace {

TEST(Manifest, AnIndexReadsBackAsItWasMade) {
  const std::vector<Descriptor> entries = {{kOciManifestType, sha256("a"), 10, "linux/amd64"},
                                           {kOciManifestType, sha256("b"), 20, "linux/arm/v7"}};
  const Result<ManifestContent> content = parse_manifest(make_index(entries));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_TRUE(content->is_index);
  ASSERT_EQ(content->entries.size(), 2U);
  EXPECT_EQ(content->entries[1].digest, sha256("b"));
  EXPECT_EQ(content->entries[1].platform, "linux/arm/v7");
  EXPECT_EQ(make_index(entries), make_index(entries));
}

TEST(Manifest, AnArtifactHasTheEmptyConfigAndItsLayer) {
  EXPECT_EQ(sha256(kEmptyConfigBytes).oci(), kEmptyConfigDigest);
  const Result<ManifestContent> content = parse_manifest(make_artifact_manifest("t", {"m", sha256("x"), 5, ""}));
  ASSERT_TRUE(content);
  EXPECT_FALSE(content->is_index);
  EXPECT_EQ(content->config.digest.oci(), kEmptyConfigDigest);
  EXPECT_EQ(content->layers.at(0).digest, sha256("x"));
  EXPECT_EQ(content->blob_bytes(), 7U);
}

TEST(Manifest, WhatIsNoManifestIsAnErrorOfTheRightKind) {
  EXPECT_EQ(parse_manifest("").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest("[]").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest("{}").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest(R"({"schemaVersion":1,"fsLayers":[]})").error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(parse_manifest(R"({"manifests":{}})").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest(R"({"manifests":[7]})").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest(R"({"manifests":[{"digest":"sha256:00","size":1}]})").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest(R"({"manifests":[{"digest":")" + sha256("").oci() + R"(","size":-1}]})").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(parse_manifest(std::string((4U << 20U) + 1, ' ')).error().kind, ErrorKind::Overloaded);
  std::string many = R"({"manifests":[)";
  for (int i = 0; i < 10'001; ++i) many += "7,";
  EXPECT_EQ(parse_manifest(many + "7]}").error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(parse_manifest(R"({"x":)" + std::string(100'000, '[')).error().kind,
            ErrorKind::Corrupt);  // deep nesting can't exhaust the stack
}

TEST(Manifest, PlatformsMatchWithAndWithoutVariant) {
  ManifestContent index;
  index.entries = {{"m", sha256("1"), 1, "unknown/unknown"}, {"m", sha256("2"), 1, "linux/arm64/v8"}, {"m", sha256("3"), 1, "linux/amd64"}};
  EXPECT_EQ(choose_platform(index, "linux/arm64")->digest, sha256("2"));
  EXPECT_EQ(choose_platform(index, "linux/amd64")->digest, sha256("3"));
  const Error none = choose_platform(index, "linux/s390x").error();
  EXPECT_EQ(none.kind, ErrorKind::NotFound);
  EXPECT_EQ(none.message, "the image has no platform linux/s390x; it has linux/arm64/v8, linux/amd64");
  index.entries[1].platform = "linux/arm64";
  EXPECT_EQ(choose_platform(index, "linux/arm64/v8")->digest, sha256("2"));
}

TEST(Challenges, SeveralWithQuotedAndBareValuesAreRead) {
  const std::vector<Challenge> read =
      parse_challenges(R"(Bearer realm="https://a/t?x=1,2",service=reg,scope="repository:a/b:pull,push", Basic realm="q\"q")");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].scheme, "bearer");
  EXPECT_EQ(read[0].params.at("realm"), "https://a/t?x=1,2");
  EXPECT_EQ(read[0].params.at("service"), "reg");
  EXPECT_EQ(read[0].params.at("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(read[1].scheme, "basic");
  EXPECT_EQ(read[1].params.at("realm"), "q\"q");
}

TEST(Challenges, NonsenseEndsTheListAndSizesAreBounded) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges("=,=\"").empty());
  EXPECT_EQ(parse_challenges("Basic realm=\"never closed").at(0).params.at("realm"), "never closed");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a" + std::to_string(i) + " ";
  EXPECT_LE(parse_challenges(many).size(), 17U);
}

}  // namespace
}  // namespace farm::oci
