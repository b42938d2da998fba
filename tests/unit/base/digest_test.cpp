#include "shared/base/digest.hpp"

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

TEST(DigestText, TheEmptyStringHasTheDigestThatTheStandardGives) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DigestText, ADigestReadsBackFromBothItsForms) {
  const Digest digest = sha256("farm");
  EXPECT_EQ(parse_digest(digest.hex()).value(), digest);
  EXPECT_EQ(parse_digest(digest.oci()).value(), digest);
}

TEST(DigestText, WhatIsNoDigestIsRefused) {
  for (const char* text : {"", "sha256:", "sha256:zz", "sha512:00", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}) {
    const Result<Digest> parsed = parse_digest(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(KeyHasherFields, MovingAByteFromOneFieldToTheNextChangesTheKey) {
  const Digest one = KeyHasher("d").field("a", "xy").field("b", "z").finish();
  const Digest two = KeyHasher("d").field("a", "x").field("b", "yz").finish();
  EXPECT_NE(one, two);
  EXPECT_EQ(one, KeyHasher("d").field("a", "xy").field("b", "z").finish());
}

}  // namespace
}  // namespace farm
