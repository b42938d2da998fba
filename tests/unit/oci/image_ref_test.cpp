#include "shared/oci/image_ref.hpp"

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "shared/oci/registry_hosts.hpp"

namespace farm::oci {
namespace {

const std::string kHex(64, 'a');

struct Names {
  std::string text;
  std::string full;
  std::string context_name;
};

TEST(ImageRef, NamesAreReadAsDockerReadsThem) {
  const std::vector<Names> cases = {
      {"debian", "docker.io/library/debian:latest", "debian"},
      {"debian:latest", "docker.io/library/debian:latest", "debian"},
      {"debian:bookworm-slim", "docker.io/library/debian:bookworm-slim", "debian:bookworm-slim"},
      {"lukemathwalker/cargo-chef:0.1", "docker.io/lukemathwalker/cargo-chef:0.1", "lukemathwalker/cargo-chef:0.1"},
      {"docker.io/rust:1", "docker.io/library/rust:1", "rust:1"},
      {"index.docker.io/library/rust", "docker.io/library/rust:latest", "rust"},
      {"localhost/a", "localhost/a:latest", "localhost/a"},
      {"localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a"},
      {"127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1"},
      {"[::1]:5000/a:v1", "[::1]:5000/a:v1", "[::1]:5000/a:v1"},
      {"ghcr.io/o/r", "ghcr.io/o/r:latest", "ghcr.io/o/r"},
      {"REGISTRY/a", "REGISTRY/a:latest", "REGISTRY/a"},
      {"a@sha256:" + kHex, "docker.io/library/a@sha256:" + kHex, "a@sha256:" + kHex},
      {"a:v1@sha256:" + kHex, "docker.io/library/a:v1@sha256:" + kHex, "a:v1@sha256:" + kHex},
      {"x/a__b-c--d.e", "docker.io/x/a__b-c--d.e:latest", "x/a__b-c--d.e"},
  };
  for (const auto& [text, full, context_name] : cases) {
    const Result<ImageRef> ref = parse_image_ref(text);
    ASSERT_TRUE(ref) << text << ": " << ref.error().message;
    EXPECT_EQ(ref->full(), full);
    EXPECT_EQ(ref->context_name(), context_name);
    EXPECT_EQ(*parse_image_ref(ref->full()), *ref) << text;
    EXPECT_EQ(*parse_image_ref(ref->familiar()), *ref) << text;
  }
}

TEST(ImageRef, WhatIsNoNameIsRefusedWithTheReason) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          ":v1",
                                                          "Debian",
                                                          "a/B",
                                                          "a//b",
                                                          "/a",
                                                          "a/",
                                                          "a:",
                                                          "a:-x",
                                                          "a:" + std::string(129, 'x'),
                                                          "a@sha256:abc",
                                                          "a@md5:" + kHex,
                                                          "a@" + kHex,
                                                          "-a",
                                                          "a-",
                                                          "a___b",
                                                          "a._b",
                                                          "host:port/a",
                                                          "localhost:/a",
                                                          "localhost:123456/a",
                                                          "http://x/a",
                                                          "a b",
                                                          std::string(300, 'a'),
                                                          std::string(2000, 'a'),
                                                          "[::1/a",
                                                          "a\n"}) {
    const Result<ImageRef> ref = parse_image_ref(text);
    ASSERT_FALSE(ref) << text;
    EXPECT_EQ(ref.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(ImageRef, RandomTextNeverCrashesAndWhatIsReadReadsBackTheSame) {
  const std::uint64_t seed = 20261124;
  Rng rng(seed);
  const std::string alphabet = "ab0.:/@-_[]Z";
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (std::uint64_t length = rng.below(14); text.size() < length;) text += alphabet[rng.below(alphabet.size())];
    const Result<ImageRef> ref = parse_image_ref(text);
    if (!ref) continue;
    ++read;
    ASSERT_EQ(*parse_image_ref(ref->full()), *ref) << "seed " << seed << " text " << text;
    ASSERT_EQ(*parse_image_ref(ref->familiar()), *ref) << "seed " << seed << " text " << text;
  }
  EXPECT_GT(read, 1000);
}

TEST(RegistryHosts, MirrorsComeBeforeTheRegistryItself) {
  RegistryHosts hosts;
  hosts.mirrors["docker.io"] = {"127.0.0.1:5000", "mirror.example"};
  EXPECT_EQ(hosts.addresses_of("docker.io"), (std::vector<std::string>{"127.0.0.1:5000", "mirror.example", "docker.io"}));
  EXPECT_EQ(hosts.addresses_of("ghcr.io"), (std::vector<std::string>{"ghcr.io"}));
}

TEST(RegistryHosts, OnlyRealLoopbackAddressesAreLoopback) {
  for (const std::string address : {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"})
    EXPECT_TRUE(is_loopback(address));
  for (const std::string address : {"127.0.0.1.evil.example", "localhost.example:5000", "10.0.0.1", "[::2]:5000", "", "127."}) {
    EXPECT_FALSE(is_loopback(address)) << address;
  }
}

}  // namespace
}  // namespace farm::oci
