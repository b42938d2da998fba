#include "farmctl/local/builder.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

// What buildx 0.38.2 said of Docker Engine 29, shortened.
std::string inspected(const std::string& version, bool containerd = true) {
  return "Name:   default\nDriver: docker\n\nNodes:\nName:             default\nStatus:           running\nBuildKit version: " + version +
         "\nPlatforms:        linux/amd64\n" +
         (containerd ? "Labels:\n org.mobyproject.buildkit.worker.containerd.namespace: moby\n" : "") + "GC Policy rule#0:\n All: false\n";
}

TEST(LocalBuilder, TakesItsOwnDockersOrASocket) {
  for (const char* good : {"farm", "docker", "unix:///run/buildkit/buildkitd.sock"}) EXPECT_EQ(wrong_buildkit(good), "");
  for (const char* bad : {"", "podman", "unix://relative", "tcp://127.0.0.1:1234", "unix:///a b", "Docker"}) {
    EXPECT_EQ(wrong_buildkit(bad), "takes farm, docker or unix:///PATH, not `" + std::string(bad) + "`");
  }
}

TEST(LocalBuilder, DockerIsTakenFromTheVersionWithoutKnownHoles) {
  for (const char* good : {"v0.28.1", "v0.28.10", "0.33.0", "v0.34.0-rc1", "v1.0.0"}) EXPECT_TRUE(judge_docker(inspected(good))) << good;
  // The last is what buildx says of the engine 20.10 that Debian 12 has.
  for (const char* bad : {"v0.28.0", "v0.27.9", "v0.28", "", "unknown", "v0.8+unknown"}) {
    const Result<void> judged = judge_docker(inspected(bad, true));
    ASSERT_FALSE(judged) << bad;
    EXPECT_EQ(judged.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(judged.error().message.find("before 0.28.1"), std::string::npos) << judged.error().message;
  }
  EXPECT_FALSE(judge_docker(""));
}

TEST(LocalBuilder, DockerWithItsOldImageStoreIsRefused) {
  const Result<void> judged = judge_docker(inspected("v0.33.0", false));
  ASSERT_FALSE(judged);
  EXPECT_NE(judged.error().message.find("containerd-snapshotter"), std::string::npos) << judged.error().message;
}

TEST(LocalBuilder, DockerThatDoesNotLookAtTheFarmsRegistryForStandInsIsToldTo) {
  for (const char* good : {R"(["http://127.0.0.1:5000/"])", R"(["https://m/","http://127.0.0.1:5000"])"})
    EXPECT_TRUE(judge_mirrors(good, "127.0.0.1:5000")) << good;
  for (const char* bad : {"", "[]", "null\n", R"(["http://127.0.0.1:50001/"])", R"(["http://7.0.0.1:5000/"])"}) {
    const Result<void> judged = judge_mirrors(bad, "127.0.0.1:5000");
    ASSERT_FALSE(judged) << bad;
    EXPECT_NE(judged.error().message.find(R"("registry-mirrors": ["http://127.0.0.1:5000"])"), std::string::npos) << judged.error().message;
  }
}

}  // namespace
}  // namespace farm::ctl
