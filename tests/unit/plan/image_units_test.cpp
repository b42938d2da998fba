#include "shared/plan/image_units.hpp"

#include "tests/support/project.hpp"

namespace farm::plan {
namespace {

using test::service_yaml;
using test::shop;

struct Read {
  ComposeProject compose;
  MemoryTree tree;
  Parsed<ImageUnits> units;

  Read(MemoryTree files, const std::string& yaml, const std::vector<std::string>& services = {})
      : tree(std::move(files.add("docker-compose.yml", "name: shop\nservices:\n" + yaml))) {
    compose = test::compose_of(tree, services);
    PlanRequest request;
    request.services = services;
    units = image_units(compose, tree, request);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const ImageUnit& unit : units.value.units) names.push_back(unit.name);
    return names;
  }
  [[nodiscard]] std::map<std::string, std::string> needs(const std::string& name) const {
    std::map<std::string, std::string> needs;
    for (const ImageUnit& unit : units.value.units) {
      if (unit.name != name) continue;
      for (const auto& [edge, target] : unit.needs) needs[edge] = units.value.units[target].name;
    }
    return needs;
  }
  [[nodiscard]] std::string errors() const {
    std::string text;
    for (const Diagnostic& each : units.diagnostics) text += to_string(each) + "\n";
    return text;
  }
};

using Needs = std::map<std::string, std::string>;

TEST(ImageUnits, ServicesWithTheSameBuildAreOneImage) {
  const Read read(shop(),
                  "  shard_01:\n    image: shop/shard:1\n    build: &b {context: ., args: {SERVICE: api}}\n"
                  "  shard_02:\n    image: shop/shard:1\n    build: *b\n" +
                      service_yaml("mail"));
  EXPECT_TRUE(read.units.ok()) << read.errors();
  EXPECT_EQ(read.names(), (std::vector<std::string>{"mail", "shard"}));
  EXPECT_EQ(read.units.value.units[1].services.size(), 2U);
}

TEST(ImageUnits, AnythingOfTheBuildThatDiffersMakesTwo) {
  const std::string base = "build: {context: ., args: {SERVICE: api}";
  for (const std::string other : {", target: builder", ", labels: {a: b}", ", network: none", ", extra_hosts: [\"a=1.2.3.4\"]",
                                  ", shm_size: 1g", ", additional_contexts: {x: crates}", ", platforms: [linux/arm64]"}) {
    const Read read(shop(), "  a:\n    " + base + "}\n  b:\n    " + base + other + "}\n");
    EXPECT_EQ(read.names(), (std::vector<std::string>{"a", "b"})) << other << read.errors();
  }
}

TEST(ImageUnits, TwoImagesOfOneNameAreNamedByTheirServices) {
  const Read read(shop(),
                  "  a:\n    image: x/app\n    build: {context: ., args: {SERVICE: api}}\n"
                  "  b:\n    image: y/app\n    build: {context: ., args: {SERVICE: mail}}\n");
  EXPECT_EQ(read.names(), (std::vector<std::string>{"app", "b"}));
}

TEST(ImageUnits, AContextThatIsAServiceIsAnEdge) {
  const Read read(shop(), service_yaml("api", "      additional_contexts:\n        assets: service:web\n") + service_yaml("web"));
  EXPECT_TRUE(read.units.ok()) << read.errors();
  EXPECT_EQ(read.names(), (std::vector<std::string>{"web", "api"}));
  EXPECT_EQ(read.needs("api"), (Needs{{"assets", "web"}}));
}

TEST(ImageUnits, AFromOfAnotherServicesImageIsAnEdge) {
  MemoryTree tree = shop();
  tree.add("web/Dockerfile", "FROM shop/base:latest\nCOPY --from=shop/tools:2 /x /x\n");
  const Read read(tree, service_yaml("base") +
                            "  tools:\n    image: shop/tools:2\n    build: {context: ., args: {SERVICE: mail}}\n  web:\n    build: web\n");
  EXPECT_TRUE(read.units.ok()) << read.errors();
  EXPECT_EQ(read.needs("web"), (Needs{{"shop/base", "base"}, {"shop/tools:2", "tools"}}));
}

TEST(ImageUnits, AnotherTagOfTheImageIsNoEdge) {
  MemoryTree tree = shop();
  tree.add("web/Dockerfile", "FROM shop/base:1.0\n");
  EXPECT_EQ(Read(tree, service_yaml("base") + "  web:\n    build: web\n").needs("web"), Needs{});
}

TEST(ImageUnits, NeedsOfXFarmAreEdgesThatReplaceNothing) {
  const Read read(shop(), service_yaml("api", "    x-farm: {needs: [mail]}\n") + service_yaml("mail"));
  EXPECT_EQ(read.needs("api"), (Needs{{"#mail", "mail"}}));
}

TEST(ImageUnits, DependsOnIsNoEdge) {
  const Read read(shop(), service_yaml("api", "    depends_on: [mail]\n") + service_yaml("mail"));
  EXPECT_EQ(read.needs("api"), Needs{});
}

TEST(ImageUnits, ACircleIsNamedWithItsPlace) {
  MemoryTree tree;
  tree.add("a/Dockerfile", "FROM x/b\n").add("b/Dockerfile", "FROM x/c\n").add("c/Dockerfile", "FROM scratch\nCOPY --from=x/a / /\n");
  const Read read(tree, "  a: {image: x/a, build: a}\n  b: {image: x/b, build: b}\n  c: {image: x/c, build: c}\n");
  EXPECT_FALSE(read.units.ok());
  EXPECT_EQ(read.errors(),
            "docker-compose.yml:3: error: the builds need each other in a circle: a → b → c → a; break it at one of these contexts\n");
}

TEST(ImageUnits, SeveralPlatformsAreAnErrorWithItsPlace) {
  const Read read(shop(), service_yaml("api", "      platforms: [linux/amd64, linux/arm64]\n"));
  EXPECT_FALSE(read.units.ok());
  EXPECT_TRUE(read.errors().starts_with("docker-compose.yml:6: error: service \"api\" asks for 2 platforms")) << read.errors();
}

TEST(ImageUnits, ARemoteContextIsAnErrorWithItsPlace) {
  const Read read(shop(), "  api:\n    build: https://example.invalid/repo.git\n");
  EXPECT_FALSE(read.units.ok());
  EXPECT_TRUE(read.errors().starts_with("docker-compose.yml:4: error: service \"api\" is built from the remote context")) << read.errors();
}

TEST(ImageUnits, AMissingContextAndAMissingDockerfileAreToldApart) {
  MemoryTree tree = shop();
  tree.add("web/x", "");
  const Read read(tree, "  a:\n    build: nowhere\n  b:\n    build: web\n");
  EXPECT_NE(read.errors().find("service \"a\": build context \"nowhere\" does not exist"), std::string::npos) << read.errors();
  EXPECT_NE(read.errors().find("service \"b\": its Dockerfile can't be read"), std::string::npos) << read.errors();
}

TEST(ImageUnits, FaultsOfServicesThatNobodyAskedForDoNotStopTheOthers) {
  const std::string yaml = service_yaml("api") + "  remote:\n    build: https://example.invalid/repo.git\n  lost:\n    build: nowhere\n" +
                           service_yaml("many", "      platforms: [linux/amd64, linux/arm64]\n");
  const Read read(shop(), yaml, {"api"});
  EXPECT_TRUE(read.units.ok()) << read.errors();
  EXPECT_FALSE(Read(shop(), yaml).units.ok());
}

TEST(ImageUnits, WhatAWantedImageNeedsIsWantedToo) {
  const Read read(shop(), service_yaml("api", "    x-farm: {needs: [mail]}\n") + service_yaml("mail") + service_yaml("worker"), {"api"});
  std::map<std::string, bool> wanted;
  for (const ImageUnit& unit : read.units.value.units) wanted[unit.name] = unit.wanted;
  EXPECT_EQ(wanted, (std::map<std::string, bool>{{"api", true}, {"mail", true}, {"worker", false}}));
}

TEST(IgnoreFile, TheDockerfilesOwnWinsOverTheContexts) {
  MemoryTree tree;
  tree.add("app/Dockerfile.slim", "").add("app/.dockerignore", "").add("app/Dockerfile.slim.dockerignore", "");
  EXPECT_EQ(ignore_file_of(tree, "app", "app/Dockerfile.slim"), "app/Dockerfile.slim.dockerignore");
  EXPECT_EQ(ignore_file_of(tree, "app", "app/Dockerfile"), "app/.dockerignore");
  EXPECT_EQ(ignore_file_of(tree, "", ""), "");
}

TEST(PublishedReference, HasNoRegistryAndAlwaysATag) {
  EXPECT_EQ(published_reference("shop/api", "").value_or(""), "shop/api:latest");
  EXPECT_EQ(published_reference("localhost:5000/shop/api:1", "").value_or(""), "shop/api:1");
  EXPECT_EQ(published_reference("shop/api:1", "pr-7").value_or(""), "shop/api:pr-7");
  EXPECT_EQ(published_reference("api", "").value_or(""), "api:latest");
  EXPECT_FALSE(published_reference("Shop/API", ""));
}

TEST(ImageUnits, ALowerCaseDockerfileIsFoundAsBuildKitFindsIt) {
  MemoryTree tree;
  tree.add("a/dockerfile", "FROM scratch\n").add("b/dockerfile", "FROM wrong\n").add("b/Dockerfile", "FROM right\n");
  tree.add("c/dockerfile", "FROM scratch\n");
  const Read read(std::move(tree), "  a: {build: a}\n  b: {build: b}\n  c: {build: {context: c, dockerfile: Other}}\n");
  ASSERT_EQ(read.names(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(read.units.value.units[0].dockerfile_name, "a/dockerfile");
  EXPECT_EQ(read.units.value.units[0].dockerfile_text, "FROM scratch\n");
  EXPECT_EQ(read.units.value.units[1].dockerfile_text, "FROM right\n");
  EXPECT_NE(read.errors().find("service \"c\": its Dockerfile can't be read"), std::string::npos) << read.errors();
}

}  // namespace
}  // namespace farm::plan
