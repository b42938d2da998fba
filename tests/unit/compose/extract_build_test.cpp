#include "shared/compose/extract.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

TEST(ComposeBuild, WhatFarmDoesNotHonourIsAWarningWithItsLine) {
  const Parsed<ComposeProject> parsed = read(
      "services:\n  a:\n    build:\n      context: .\n      ssh: [default]\n      privileged: true\n      entitlements: [network.host]\n"
      "      cache_to: [x]\n      cache_from: [x]\n      ulimits: {nofile: 1}\n      provenance: true\n      no_cache: true\n      pull: "
      "false\n");
  EXPECT_TRUE(parsed.ok()) << messages(parsed);
  int line = 5;
  for (const char* key : {"ssh", "privileged", "entitlements", "cache_to", "cache_from", "ulimits", "provenance", "no_cache"}) {
    expect_says(parsed, "compose.yaml:" + std::to_string(line++) + ": warning: service \"a\": build." + key + " is not honoured");
  }
  EXPECT_EQ(parsed.diagnostics.size(), 8U) << messages(parsed);
}

TEST(ComposeBuild, ANumberThatChangesOnItsWayIsAWarning) {
  const Parsed<ComposeProject> parsed = read("services:\n  a:\n    build:\n      context: .\n      args: {RUST: 1.80, N: 5}\n");
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(build(parsed.value, "a").args.at("RUST"), "1.8");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  expect_says(parsed, "compose.yaml:5: warning: service \"a\": build: args.RUST: YAML reads 1.80 as a number, which becomes \"1.8\"");
}

TEST(ComposeBuild, ArgsWithoutValueComeFromTheEnvironmentOrAreAbsent) {
  ComposeRequest request;
  request.environment = {{"SET", "value"}};
  const ComposeProject project = good({{"compose.yaml", "services: {a: {build: {context: ., args: [SET, UNSET]}}}"}}, request);
  EXPECT_EQ(build(project, "a").args, (std::map<std::string, std::string>{{"SET", "value"}}));
}

TEST(ComposeBuild, SecretsAreJoinedWithTheirDefinition) {
  const ComposeProject project = good(
      "services:\n  a: {build: {context: ., secrets: [token, {source: key, target: ssh}]}}\n"
      "secrets: {token: {environment: TOKEN}, key: {file: ./keys/id}}\n");
  const std::vector<BuildSecret>& secrets = build(project, "a").secrets;
  ASSERT_EQ(secrets.size(), 2U);
  EXPECT_EQ(secrets[0].id, "ssh");
  EXPECT_EQ(secrets[0].file, "keys/id");
  EXPECT_EQ(secrets[1].id, "token");
  EXPECT_EQ(secrets[1].environment, "TOKEN");
}

TEST(ComposeBuild, ASecretFileMayBeOutsideOfTheTree) {
  ComposeRequest request;
  request.root_directory = "/srv/p";
  request.environment = {{"HOME", "/users/me"}};
  const ComposeProject project =
      good({{"compose.yaml", "services: {a: {build: {context: ., secrets: [k]}}}\nsecrets: {k: {file: ~/.cargo/credentials}}"}}, request);
  EXPECT_EQ(build(project, "a").secrets.at(0).file, "/users/me/.cargo/credentials");
}

TEST(ComposeBuild, AnExternalSecretIsAnError) {
  const Parsed<ComposeProject> parsed = read("services:\n  a: {build: {context: ., secrets: [s]}}\nsecrets:\n  s: {external: true}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed,
              "compose.yaml:4: error: secret \"s\", which service \"a\": build uses, must name either a file or an environment variable");
}

TEST(ComposeBuild, SizesOfSharedMemory) {
  const auto bytes = [](const std::string& text) {
    return build(good("services: {a: {build: {context: ., shm_size: " + text + "}}}"), "a").shm_size_bytes;
  };
  EXPECT_EQ(bytes("2gb"), 2LL << 30U);
  EXPECT_EQ(bytes("512m"), 512LL << 20U);
  EXPECT_EQ(bytes("1073741824"), 1LL << 30U);
  EXPECT_EQ(bytes("64kb"), 64LL << 10U);
  for (const char* text : {"many", "-1", "1x", "1e999g", "9999999999g"}) {
    EXPECT_FALSE(read(std::string("services: {a: {build: {context: ., shm_size: \"") + text + "\"}}}").ok()) << text;
  }
}

TEST(ComposeBuild, WhatCanNotBeTakenFromAFolderIsMarked) {
  const Parsed<ComposeProject> parsed = read("services: {a: {build: \"https://example.com/x.git#main\"}}");
  EXPECT_TRUE(parsed.ok());
  EXPECT_TRUE(build(parsed.value, "a").remote);
  expect_says(parsed, "farm can't build it");
}

TEST(ComposeXFarm, SaysWhatComposeHasNoWordFor) {
  const ComposeProject project =
      good("services: {a: {build: ., x-farm: {slice: false, needs: [b], labels: {zone: eu, gpu: }}}, b: {build: .}}");
  EXPECT_EQ(service(project, "a").x_farm.slice, false);
  EXPECT_EQ(service(project, "a").x_farm.needs, std::vector<std::string>{"b"});
  EXPECT_EQ(service(project, "a").x_farm.labels, (std::map<std::string, std::string>{{"gpu", ""}, {"zone", "eu"}}));
  EXPECT_EQ(service(project, "b").x_farm.slice, std::nullopt);
}

TEST(ComposeXFarm, AMisspeltKeyIsAnError) {
  const Parsed<ComposeProject> parsed = read("services: {a: {build: ., x-farm: {slices: false}}}");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "unknown key \"slices\" (did you mean \"slice\"?)");
}

}  // namespace
}  // namespace farm::testing
