#include "shared/history/reasons.hpp"

#include <gtest/gtest.h>

namespace farm::history {
namespace {

Digest digest(std::uint8_t byte) {
  Digest value;
  value.bytes.fill(byte);
  return value;
}

std::vector<std::string> texts(const Explanation& told, const SliceLookup& files = [](const Digest&) { return std::nullopt; }) {
  std::vector<std::string> list;
  for (const Reason& reason : reasons_of(told, files)) list.push_back(reason.text);
  return list;
}

Explanation changed(std::vector<InputChange> changes) {
  Explanation told;
  told.changes = std::move(changes);
  return told;
}

using Texts = std::vector<std::string>;

TEST(Reasons, NameTheFilesOfASlice) {
  const std::map<Digest, FileDigests> known = {
      {digest(1), {{"api/src/main.rs", digest(10)}, {"api/src/old.rs", digest(11)}, {"api/Cargo.toml", digest(12)}}},
      {digest(2), {{"api/src/main.rs", digest(20)}, {"api/src/new.rs", digest(11)}, {"api/Cargo.toml", digest(12)}}}};
  const SliceLookup files = [&](const Digest& slice) -> std::optional<FileDigests> {
    const auto found = known.find(slice);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(texts(changed({{"slice crate:api", {digest(1).oci()}, {digest(2).oci()}}}), files),
            (Texts{"api/src/main.rs changed (slice crate:api)", "api/src/new.rs is new (slice crate:api)",
                   "api/src/old.rs is gone (slice crate:api)"}));
  EXPECT_EQ(texts(changed({{"slice crate:api", {digest(1).oci()}, {digest(3).oci()}}}), files),
            (Texts{"slice crate:api changed (the files of both states are not on record here, so which changed can't be told)"}));
}

TEST(Reasons, WhatTheCoordinatorSaysOfFilesComesFirst) {
  Explanation told = changed({{"slice crate:api", {digest(1).oci()}, {digest(2).oci()}}, {"slice rest", {digest(3).oci()}, {}}});
  told.slices = {{"slice crate:api", {"api/src/main.rs"}, {"api/new.rs"}, {"api/old.rs"}, 7}};
  const FileDigests other = {{"elsewhere", digest(9)}};
  const SliceLookup here = [&](const Digest&) { return std::optional(other); };
  EXPECT_EQ(texts(told, here),
            (Texts{"api/src/main.rs changed (slice crate:api)", "api/new.rs is new (slice crate:api)",
                   "api/old.rs is gone (slice crate:api)", "and 7 more files of slice crate:api", "elsewhere is gone (slice rest)"}));
}

TEST(Reasons, ManyFilesAreCountedNotListed) {
  FileDigests after;
  for (int i = 0; i < 1'000; ++i) after["f" + std::to_string(i)] = digest(1);
  const auto list = texts(changed({{"slice rest", {}, {digest(2).oci()}}}), [&](const Digest&) { return std::optional(after); });
  EXPECT_EQ(list.size(), kFilesPerSliceMax + 1);
  EXPECT_EQ(list.back(), "and 975 more files of slice rest");
}

TEST(Reasons, ALockEntryIsOneArrow) {
  EXPECT_EQ(texts(changed({{"lock serde 1.0.2", {}, {"registry x"}},
                           {"lock serde 1.0.1", {"registry y"}, {}},
                           {"lock hex 0.4.3", {}, {"registry z"}},
                           {"needs", {"sha256:1"}, {"sha256:2"}}})),
            (Texts{"Cargo.lock: hex 0.4.3 is new", "Cargo.lock: serde 1.0.1 → 1.0.2"}))
      << "`needs` says nothing more";
}

TEST(Reasons, ADependencyIsItsRequirementAndItsFeatures) {
  EXPECT_EQ(texts(changed({{"asks serde 1  = serde 1.0.1", {"default,derive"}, {"default,derive,rc"}}})),
            (Texts{"Cargo.toml: serde: features +rc"}));
  EXPECT_EQ(texts(changed({{"asks rand 0.9  = rand 0.9.5", {"default"}, {}}, {"asks rand 0.8  = rand 0.8.5", {}, {"default"}}})),
            (Texts{"Cargo.toml: rand = \"0.9\" → \"0.8\""}));
  EXPECT_EQ(texts(changed({{"asks memchr =2.7.4  = memchr 2.7.4", {""}, {}}, {"asks memchr =2.7.5  = memchr 2.7.5", {}, {""}}})),
            (Texts{"Cargo.toml: memchr = \"=2.7.4\" → \"=2.7.5\""}));
  EXPECT_EQ(texts(changed({{"asks hex 0.4  = hex 0.4.3", {}, {"default"}}})), (Texts{"Cargo.toml: hex = \"0.4\" is new"}));
  EXPECT_EQ(texts(changed({{"asks hex 0.4  = hex 0.4.3", {"default"}, {}}})), (Texts{"Cargo.toml: hex = \"0.4\" is gone"}));
  EXPECT_EQ(texts(changed({{"asks serde 1  = serde 1.0.1", {"default"}, {}}, {"asks serde 1  = serde 1.0.2", {}, {"default"}}})), Texts{})
      << "only the locked version moved: the lock entry tells that";
}

TEST(Reasons, DockerfileLinesManifestFieldsArgumentsAndBaseImages) {
  Explanation told = changed({{"dockerfile", {"sha256:1"}, {"sha256:2"}},
                              {"profile.release", {"{\"lto\"=false}"}, {"{\"lto\"=true}"}},
                              {"arg SERVICE", {"api"}, {"web"}},
                              {"base image rust:1", {digest(1).oci()}, {digest(2).oci()}},
                              {"config.build.rustflags", {}, {"[\"-Cdebuginfo=1\"]"}}});
  told.dockerfile = {{12, 12, "RUN a", "RUN b"}, {0, 20, "", "USER x"}, {30, 0, "EXPOSE 1", ""}};
  EXPECT_EQ(texts(told), (Texts{"Dockerfile line 12: RUN a → RUN b", "Dockerfile line 20 is new: USER x",
                                "Dockerfile line 30 is gone: EXPOSE 1", "Cargo.toml: profile.release: {\"lto\"=false} → {\"lto\"=true}",
                                "build arg SERVICE: api → web", "base image rust:1: sha256:010101010101 → sha256:020202020202",
                                ".cargo/config.toml: build.rustflags is new: [\"-Cdebuginfo=1\"]"}));
}

TEST(Reasons, AnotherJobBelowComesAfterWhatIsTheJobsOwn) {
  const auto reasons =
      reasons_of(changed({{"deps", {"sha256:1"}, {"sha256:2"}}, {"arg A", {"1"}, {"2"}}}), [](const Digest&) { return std::nullopt; });
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0].kind, ReasonKind::Argument);
  EXPECT_EQ(reasons[1].kind, ReasonKind::Upstream);
  EXPECT_EQ(reasons[1].subject, "deps");
}

TEST(Reasons, AreBounded) {
  std::vector<InputChange> changes;
  for (int i = 0; i < 400; ++i) changes.push_back({"arg A" + std::to_string(i), {std::string(300, 'x')}, {"y"}});
  Explanation told = changed(changes);
  told.changes_left_off = 7;
  const auto list = texts(told);
  EXPECT_EQ(list.size(), kReasonsMax);
  EXPECT_EQ(list.back(), "and 308 more");
  for (const std::string& text : list) EXPECT_LE(text.size(), 300U);
  EXPECT_TRUE(texts({}).empty());
}

}  // namespace
}  // namespace farm::history
