#include "agent/build/buildx_command.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "shared/hash/sha256.hpp"

namespace farm::build {
namespace {

constexpr const char* kDeps = "reg:5000/farm/deps@sha256:1111111111111111111111111111111111111111111111111111111111111111";

protocol::StartJob image_job() {
  protocol::StartJob start;
  start.job = JobId{7};
  start.fence = Fence{3};
  start.build_name = "market";
  start.registry = "reg:5000";
  start.spec.kind = JobKind::Image;
  start.spec.name = "image orchestrator_rust";
  start.spec.target = "runtime";
  start.spec.platform = "linux/amd64";
  start.spec.repository = "market/orchestrator_rust";
  start.spec.args = {{"SERVICE", "orchestrator_rust"}, {"NOTE", "two words, \"quoted\"=yes"}};
  start.overrides = {{"dependencies", kDeps}, {"", "reg:5000/other@sha256:22"}};
  start.pinned_bases = {
      {"debian:bookworm-slim", "docker.io/library/debian@sha256:3333333333333333333333333333333333333333333333333333333333333333"}};
  return start;
}

BuildPaths paths() { return {"/w/context", {{"assets", "/w/named-0"}}, "/w/build/Dockerfile", "/w/build/metadata.json"}; }
BuildxOptions options() { return {{"docker", "buildx"}, "farm", ""}; }

std::string text_of(const BuildxCommand& command) {
  std::string text;
  for (const std::string& word : command.argv) text += word + "\n";
  for (const std::string& variable : command.env) text += "env " + variable.substr(0, variable.find('=')) + "\n";
  return text;
}

// tests/unit/agent_build/golden/NAME.txt; UPDATE_GOLDEN=1 writes it.
void check(const std::string& name, const Result<BuildxCommand>& command) {
  ASSERT_TRUE(command) << command.error().message;
  const std::string path = std::string(FARM_SOURCE_DIR) + "/tests/unit/agent_build/golden/" + name + ".txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text_of(*command);
  std::ifstream in(path);
  std::ostringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(text_of(*command), expected.str());
}

TEST(BuildxCommand, AnImageWithItsStageAndBaseReplacedByDigests) { check("image", make_buildx_command(image_job(), paths(), options())); }

TEST(BuildxCommand, ADepsJobIsCompressedFast) {
  protocol::StartJob start = image_job();
  start.spec.kind = JobKind::Deps;
  start.spec.repository = "farm/deps";
  start.spec.target = "farm_deps";
  start.overrides.clear();
  check("deps", make_buildx_command(start, paths(), options()));
}

TEST(BuildxCommand, EverythingAtOnce) {
  protocol::StartJob start = image_job();
  start.no_cache = true;
  start.pull = true;
  start.registry_insecure = true;
  start.spec.secrets = {"token", "key"};
  start.secrets = {{"key", "k-value"}, {"token", "t-value"}};
  start.spec.contexts = {{"assets", {{sha256("x"), false}}, std::nullopt},
                         {"base", {}, BaseImage{"docker.io/library/debian:bookworm-slim", "debian:bookworm-slim"}},
                         {"alpine", {}, BaseImage{"docker.io/library/alpine:3", "alpine:3"}}};
  start.spec.image_labels = {{"org.opencontainers.image.title", "Orchestrator, the"}};
  start.spec.network = "none";
  start.spec.extra_hosts = {"db=10.0.0.7"};
  start.spec.shm_size_bytes = 67'108'864;
  start.spec.cache_name = "legacy-service";
  BuildxOptions own = options();
  own.registry = "10.0.0.1:5000";
  const Result<BuildxCommand> command = make_buildx_command(start, paths(), own);
  check("everything", command);
  EXPECT_EQ(command->env, (std::vector<std::string>{"FARM_SECRET_0=t-value", "FARM_SECRET_1=k-value"}));
}

TEST(BuildxCommand, ASecretIsInNoWordOfTheCommandAndInNoError) {
  protocol::StartJob start = image_job();
  start.spec.secrets = {"token"};
  start.secrets = {{"token", "hunter2"}};
  const Result<BuildxCommand> command = make_buildx_command(start, paths(), options());
  ASSERT_TRUE(command);
  for (const std::string& word : command->argv) EXPECT_EQ(word.find("hunter2"), std::string::npos) << word;
  start.secrets["token"] = std::string("hunter2\0x", 9);
  const Result<BuildxCommand> refused = make_buildx_command(start, paths(), options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
}

TEST(BuildxCommand, AMissingSecretIsNotFound) {
  protocol::StartJob start = image_job();
  start.spec.secrets = {"token"};
  const Result<BuildxCommand> command = make_buildx_command(start, paths(), options());
  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().kind, ErrorKind::NotFound);
}

TEST(BuildxCommand, NamesThatWouldBecomeOtherOptionsAreRefused) {
  using Change = void (*)(protocol::StartJob&);
  const std::vector<Change> changes = {
      [](protocol::StartJob& s) { s.spec.repository = "a,type=local,dest=/etc"; },
      [](protocol::StartJob& s) { s.spec.repository = ""; },
      [](protocol::StartJob& s) { s.registry = "reg,push=false"; },
      [](protocol::StartJob& s) { s.spec.target = "a b"; },
      [](protocol::StartJob& s) { s.spec.platform = "linux/amd64,linux/arm64"; },
      [](protocol::StartJob& s) { s.overrides[0].stage = "a=b"; },
      [](protocol::StartJob& s) { s.overrides[0].image = "x y"; },
      [](protocol::StartJob& s) { s.spec.secrets = {"a,src=/etc/shadow"}; },
      [](protocol::StartJob& s) { s.spec.contexts = {{"a=/etc", {}, std::nullopt}}; },
      [](protocol::StartJob& s) { s.spec.args = {{"A=B", "c"}}; },
      [](protocol::StartJob& s) { s.spec.args = {{"", "c"}}; },
      [](protocol::StartJob& s) { s.spec.cache_name = "a,mode=min"; },
      [](protocol::StartJob& s) { s.spec.network = "host --allow"; },
      [](protocol::StartJob& s) { s.spec.extra_hosts = {"a=1,b=2"}; },
  };
  for (std::size_t index = 0; index < changes.size(); ++index) {
    protocol::StartJob start = image_job();
    changes[index](start);
    const Result<BuildxCommand> command = make_buildx_command(start, paths(), options());
    ASSERT_FALSE(command) << index;
    EXPECT_EQ(command.error().kind, ErrorKind::InvalidInput) << index;
  }
}

TEST(BuildxCommand, TheFarmsOwnImagesAreKnownAsTheyStandInTheCommand) {
  BuildxOptions own = options();
  own.registry = "10.0.0.1:5000";
  const std::vector<std::string> images = farm_images(image_job(), own);
  ASSERT_EQ(images.size(), 2U);
  EXPECT_NE(images[1].find("10.0.0.1:5000/farm/deps@sha256:"), std::string::npos) << images[1];
}

}  // namespace
}  // namespace farm::build
