// RegistryClient against a real docker-registry.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/artifact.hpp"
#include "shared/oci/manifest.hpp"
#include "shared/oci/registry_client.hpp"
#include "shared/oci/resolver.hpp"
#include "tests/integration/oci/real_registry.hpp"

namespace farm::oci {
namespace {

using test::RealRegistry;
using test::TempDir;

RegistryOptions anonymous() {
  RegistryOptions options;
  options.credentials = no_credentials();
  options.retry_wait = Millis{1};
  return options;
}

// An image of one layer and its config, pushed under a tag.
Digest push_image(RegistryClient& client, const std::string& repository, const std::string& tag,
                  const std::string& architecture = "amd64") {
  const std::string config = R"({"os":"linux","architecture":")" + architecture + R"(","config":{}})";
  const std::string layer = "layer of " + repository;
  EXPECT_TRUE(client.push_blob_bytes(repository, sha256(config), config));
  EXPECT_TRUE(client.push_blob_bytes(repository, sha256(layer), layer));
  const std::string manifest = std::string(R"({"schemaVersion":2,"mediaType":")") + kOciManifestType +
                               R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + sha256(config).oci() +
                               R"(","size":)" + std::to_string(config.size()) +
                               R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" + sha256(layer).oci() +
                               R"(","size":)" + std::to_string(layer.size()) + "}]}";
  const Result<Digest> put = client.put_manifest(repository, tag, kOciManifestType, manifest);
  EXPECT_TRUE(put) << (put ? "" : put.error().message);
  return put ? *put : Digest{};
}

TEST(Registry, ABlobThatWasPushedIsPulledWithTheSameBytes) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  TempDir dir;
  std::string bytes(3'000'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); i += 7) bytes[i] = static_cast<char>(i);
  const std::string file = dir.write("blob", bytes);
  const Digest digest = sha256(bytes);
  EXPECT_TRUE(client.ping());
  EXPECT_FALSE(*client.blob_exists("farm/slices", digest));
  std::uint64_t told = 0;
  const Result<void> pushed = client.push_blob("farm/slices", digest, file, [&told](std::uint64_t done, std::uint64_t total) {
    told = done;
    EXPECT_EQ(total, 3'000'000U);
    return true;
  });
  ASSERT_TRUE(pushed) << pushed.error().message;
  EXPECT_EQ(told, bytes.size());
  EXPECT_EQ(client.blob_bytes("farm/slices", digest)->value_or(0), bytes.size());
  ASSERT_TRUE(client.push_blob("farm/slices", digest, file));  // again: harmless
  EXPECT_EQ(*client.pull_blob_to_file("farm/slices", digest, bytes.size(), dir.at("back")), bytes.size());
  EXPECT_EQ(dir.read("back"), bytes);
}

TEST(Registry, AnEmptyBlobIsABlob) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  TempDir dir;
  const Result<void> pushed = client.push_blob("r", sha256(""), dir.write("empty", ""));
  ASSERT_TRUE(pushed) << pushed.error().message;
  EXPECT_EQ(*client.pull_blob_to_file("r", sha256(""), 10, dir.at("back")), 0U);
}

TEST(Registry, BytesThatAreNotWhatTheirDigestSaysAreCorrupt) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  const Result<void> pushed = client.push_blob_bytes("r", sha256("other"), "bytes");
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind, ErrorKind::Corrupt) << pushed.error().message;
  EXPECT_FALSE(*client.blob_exists("r", sha256("other")));
}

TEST(Registry, ALimitStopsAPullAndLeavesNoFile) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  TempDir dir;
  ASSERT_TRUE(client.push_blob_bytes("r", sha256("0123456789"), "0123456789"));
  EXPECT_EQ(client.pull_blob_to_file("r", sha256("0123456789"), 9, dir.at("back")).error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(client.pull_blob_to_file("r", sha256("none"), 9, dir.at("back")).error().kind, ErrorKind::NotFound);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Registry, ACancelledPushIsCancelledAndARetryWorks) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  TempDir dir;
  const std::string bytes(5'000'000, 'y');
  const std::string file = dir.write("blob", bytes);
  EXPECT_EQ(client.push_blob("r", sha256(bytes), file, [](auto, auto) { return false; }).error().kind, ErrorKind::Cancelled);
  EXPECT_FALSE(*client.blob_exists("r", sha256(bytes)));
  EXPECT_TRUE(client.push_blob("r", sha256(bytes), file));
}

TEST(Registry, ManifestsAreFoundByTagAndDigestTaggedAgainListedAndDeleted) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  const Digest digest = push_image(client, "shop/api", "v1");
  const Result<Manifest> by_tag = client.get_manifest("shop/api", "v1");
  ASSERT_TRUE(by_tag) << by_tag.error().message;
  EXPECT_EQ(by_tag->digest, digest);
  EXPECT_EQ(by_tag->media_type, kOciManifestType);
  EXPECT_EQ(client.get_manifest("shop/api", digest.oci())->bytes, by_tag->bytes);
  EXPECT_EQ(client.head_manifest("shop/api", "v1")->value().digest, digest);
  EXPECT_EQ(client.head_manifest("shop/api", "v1")->value().bytes, by_tag->bytes.size());
  EXPECT_FALSE(client.head_manifest("shop/api", "none")->has_value());
  EXPECT_EQ(client.get_manifest("shop/api", "none").error().kind, ErrorKind::NotFound);
  ASSERT_TRUE(client.tag_manifest("shop/api", digest, "latest"));
  std::vector<std::string> tags = *client.list_tags("shop/api");
  std::sort(tags.begin(), tags.end());
  EXPECT_EQ(tags, (std::vector<std::string>{"latest", "v1"}));
  EXPECT_EQ(*client.list_repositories(), std::vector<std::string>{"shop/api"});
  ASSERT_TRUE(client.delete_manifest("shop/api", digest));
  EXPECT_EQ(client.delete_manifest("shop/api", digest).error().kind, ErrorKind::NotFound);
  EXPECT_FALSE(client.head_manifest("shop/api", "v1")->has_value());
  EXPECT_EQ(client.list_tags("shop/none").error().kind, ErrorKind::NotFound);
}

TEST(Registry, NamesThatWouldBreakAUrlNeverReachIt) {
  RegistryClient client("127.0.0.1:1", anonymous());
  EXPECT_EQ(client.get_manifest("a/../b", "v1").error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(client.get_manifest("a", "v1?x=y").error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(client.blob_exists("A B", sha256("")).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(client.list_tags("").error().kind, ErrorKind::InvalidInput);
}

TEST(Registry, AnArtifactIsFoundByItsTag) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  TempDir dir;
  const std::string tag = tag_of_id(sha256("slice id"));
  EXPECT_FALSE(find_artifact(client, "farm/slices", tag)->has_value());
  const Artifact artifact{sha256("blob"), 4, "application/vnd.farm.slice.v1.tar+zstd"};
  for (int round = 0; round < 2; ++round) {
    const Result<void> pushed = push_artifact(client, "farm/slices", tag, artifact, dir.write("blob", "blob"));
    ASSERT_TRUE(pushed) << pushed.error().message;
  }
  const Result<std::optional<Artifact>> found = find_artifact(client, "farm/slices", tag);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->blob, artifact.blob);
  EXPECT_EQ((*found)->bytes, 4U);
  EXPECT_EQ((*found)->media_type, artifact.media_type);
}

TEST(RegistryLogin, BasicTakesTheLoginFromDockersConfig) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry({test::kFarmerLine, ""});
  TempDir config;
  config.write("config.json", R"({"auths":{")" + registry.address() + R"(":{"auth":"ZmFybWVyOnNlY3JldC1wdw=="}}})");
  RegistryOptions options = anonymous();
  options.credentials = docker_credentials(config.path());
  RegistryClient client(registry.address(), options);
  const Result<void> ping = client.ping();
  EXPECT_TRUE(ping) << ping.error().message;
  EXPECT_TRUE(client.push_blob_bytes("r", sha256("x"), "x"));
  push_image(client, "shop/api", "v1");
}

TEST(RegistryLogin, NoneOrAWrongOneIsDeniedAndSaysWhatToRunWithoutTheSecret) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry({test::kFarmerLine, ""});
  for (const auto& credentials : {no_credentials(), fixed_credentials({"farmer", "not-the-password", ""})}) {
    RegistryOptions options = anonymous();
    options.credentials = credentials;
    RegistryClient client(registry.address(), options);
    for (const Error& error : {client.ping().error(), client.push_blob_bytes("r", sha256("x"), "x").error()}) {
      EXPECT_EQ(error.kind, ErrorKind::Denied);
      EXPECT_NE(error.message.find("docker login " + registry.address()), std::string::npos) << error.message;
      EXPECT_EQ(error.message.find("not-the-password"), std::string::npos);
    }
  }
}

TEST(RegistryAway, IsUnavailableWithTheAddressAndWhatToDo) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  ASSERT_TRUE(client.ping());
  registry.stop();
  const Error error = client.blob_exists("r", sha256("x")).error();
  EXPECT_EQ(error.kind, ErrorKind::Unavailable);
  EXPECT_NE(error.message.find(registry.address()), std::string::npos);
  EXPECT_NE(error.message.find("check that it runs"), std::string::npos);
}

TEST(RegistryAway, AfterItsReturnTheSameClientGoesOn) {
  FARM_NEEDS_DOCKER_REGISTRY();
  TempDir data;
  auto first = std::make_unique<RealRegistry>(RealRegistry::Options{"", data.path()});
  RegistryClient client(first->address(), anonymous());
  ASSERT_TRUE(client.push_blob_bytes("r", sha256("x"), "x"));
  first.reset();
  RealRegistry second({"", data.path()});
  EXPECT_TRUE(*RegistryClient(second.address(), anonymous()).blob_exists("r", sha256("x")));
}

TEST(Resolve, AMirrorIsAskedBeforeTheRegistryItself) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry mirror;
  RegistryOptions options = anonymous();
  options.hosts.mirrors["docker.io"] = {mirror.address()};
  Registries registries(options);
  const Digest digest = push_image(registries.at(mirror.address()), "library/debian", "bookworm-slim");
  const Result<ResolvedImage> resolved = registries.resolve(*parse_image_ref("debian:bookworm-slim"));
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->digest, digest);
  EXPECT_EQ(resolved->address, mirror.address());
  EXPECT_EQ(resolved->ref.pinned_to(digest).full(), "docker.io/library/debian@" + digest.oci());
  EXPECT_TRUE(registries.resolve(*parse_image_ref("debian@" + digest.oci())));
}

TEST(Resolve, AMirrorThatLacksTheImageOrIsAwayIsPassedOver) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry empty;
  RealRegistry home;
  RealRegistry gone;
  gone.stop();
  RegistryOptions options = anonymous();
  options.hosts.mirrors[home.address()] = {gone.address(), empty.address()};
  Registries registries(options);
  push_image(registries.at(home.address()), "shop/api", "v1");
  const Result<ResolvedImage> resolved = registries.resolve(*parse_image_ref(home.address() + "/shop/api:v1"));
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->address, home.address());
  EXPECT_EQ(registries.resolve(*parse_image_ref(home.address() + "/shop/none:v1")).error().kind, ErrorKind::NotFound);
}

TEST(Resolve, APlatformIsChosenFromAnIndexOrCheckedInTheConfig) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  Registries registries(anonymous());
  RegistryClient& client = registries.at(registry.address());
  const Digest amd = push_image(client, "shop/api", "amd", "amd64");
  const Digest arm = push_image(client, "shop/api", "arm", "arm64");
  const auto size = [&](const Digest& digest) { return client.get_manifest("shop/api", digest.oci())->bytes.size(); };
  const std::string index =
      make_index({{kOciManifestType, amd, size(amd), "linux/amd64"}, {kOciManifestType, arm, size(arm), "linux/arm64/v8"}});
  const Result<Digest> both = client.put_manifest("shop/api", "both", kOciIndexType, index);
  ASSERT_TRUE(both) << both.error().message;
  const ImageRef ref = *parse_image_ref(registry.address() + "/shop/api:both");
  EXPECT_EQ(registries.resolve(ref)->digest, *both);
  EXPECT_EQ(registries.resolve(ref, "linux/arm64")->platform_digest, arm);
  EXPECT_EQ(registries.resolve(ref, "linux/amd64")->platform_digest, amd);
  const Error none = registries.resolve(ref, "linux/s390x").error();
  EXPECT_EQ(none.kind, ErrorKind::NotFound);
  EXPECT_NE(none.message.find("linux/amd64, linux/arm64/v8"), std::string::npos) << none.message;
  const ImageRef single = *parse_image_ref(registry.address() + "/shop/api:arm");
  EXPECT_EQ(registries.resolve(single, "linux/arm64")->platform_digest, arm);
  EXPECT_EQ(registries.resolve(single, "linux/amd64").error().kind, ErrorKind::NotFound);
}

TEST(Registry, ABlobIsMountedFromAnotherRepositoryWithoutMovingAByte) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  ASSERT_TRUE(client.push_blob_bytes("from/here", sha256("x"), "x"));
  const Result<void> mounted = client.mount_blob("to/there", sha256("x"), "from/here");
  EXPECT_TRUE(mounted) << mounted.error().message;
  EXPECT_TRUE(*client.blob_exists("to/there", sha256("x")));
  EXPECT_EQ(client.mount_blob("to/there", sha256("none"), "from/here").error().kind, ErrorKind::NotFound);
}

TEST(Registry, ManyThreadsShareOneClient) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  RegistryClient client(registry.address(), anonymous());
  std::atomic<int> fine = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const std::string bytes = "blob " + std::to_string(t) + "/" + std::to_string(i);
          std::string back;
          const bool pushed = client.push_blob_bytes("r", sha256(bytes), bytes).has_value();
          const bool pulled = client
                                  .pull_blob("r", sha256(bytes), 100,
                                             [&back](std::string_view part) {
                                               back += part;
                                               return Result<void>();
                                             })
                                  .has_value();
          if (pushed && pulled && back == bytes) ++fine;
        }
      });
    }
  }
  EXPECT_EQ(fine, 80);
}

TEST(Registry, ManyMayPushTheSameArtifactAtTheSameTime) {
  FARM_NEEDS_DOCKER_REGISTRY();
  RealRegistry registry;
  constexpr int kRounds = 25;
  constexpr int kPushers = 6;
  std::atomic<int> fine = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string bytes = "slice " + std::to_string(round);
    const TempDir folder;
    std::ofstream(folder.path() + "/blob") << bytes;
    std::vector<std::jthread> threads;
    for (int t = 0; t < kPushers; ++t) {
      threads.emplace_back([&] {
        RegistryClient client(registry.address(), anonymous());
        const Artifact artifact{sha256(bytes), bytes.size(), "application/x"};
        const Result<void> pushed = push_artifact(client, "r", tag_of_id(sha256(bytes)), artifact, folder.path() + "/blob");
        EXPECT_TRUE(pushed) << pushed.error().message;
        if (pushed) ++fine;
      });
    }
  }
  EXPECT_EQ(fine, kRounds * kPushers);
}

}  // namespace
}  // namespace farm::oci
