// additional_contexts: what they bring is in the key of each job that uses it, and in the job itself.
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

// Every service has the context; the text goes into the Dockerfile.
MemoryTree with_context(const std::string& name, const std::string& value, const std::string& from, const std::string& to) {
  MemoryTree tree = edited(shop(), "Dockerfile", from, to);
  std::string yaml = tree.files().at("docker-compose.yml");
  for (const std::string service : {"api", "mail", "worker"}) {
    const std::string line = "SERVICE: " + service + "\n";
    yaml.replace(yaml.find(line), line.size(), line + "      additional_contexts:\n        " + name + ": " + value + "\n");
  }
  tree.add("docker-compose.yml", yaml).add("tools/setup.sh", "echo one\n").add(".dockerignore", "docker-compose.yml\nDockerfile\ntools\n");
  return tree;
}

std::vector<std::string> context_names(const JobSpec& job) {
  std::vector<std::string> names;
  for (const NamedContext& context : job.contexts) names.push_back(context.name);
  return names;
}

using Texts = std::vector<std::string>;

TEST(NamedContexts, OneThatTheCookUsesIsInTheDepsJobAndItsKey) {
  const MemoryTree tree =
      with_context("tools", "tools", "FROM chef AS dependencies\n", "FROM chef AS dependencies\nCOPY --from=tools setup.sh /\n");
  const Planned planned = plan_of(tree);
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  EXPECT_EQ(context_names(planned.job("deps")), Texts{"tools"});
  EXPECT_EQ(context_names(planned.job("compile")), Texts{});
  EXPECT_TRUE(changed_by(tree, edited(tree, "tools/setup.sh", "one", "two")).contains("deps"));
}

TEST(NamedContexts, OneThatTheBuildUsesIsInCratesAndCompileAndTheirKeys) {
  const MemoryTree tree =
      with_context("tools", "tools", "FROM dependencies AS builder\n", "FROM dependencies AS builder\nCOPY --from=tools setup.sh /\n");
  const Planned planned = plan_of(tree);
  EXPECT_EQ(context_names(planned.job("deps")), Texts{});
  EXPECT_EQ(context_names(planned.job("crates")), Texts{"tools"});
  EXPECT_EQ(context_names(planned.job("compile")), Texts{"tools"});
  EXPECT_EQ(changed_by(tree, edited(tree, "tools/setup.sh", "one", "two")),
            (Names{"crates", "compile", "image api", "image mail", "image worker"}));
}

TEST(NamedContexts, AnImageAsContextIsPinnedInTheJobThatUsesIt) {
  const Planned planned = plan_of(with_context("tools", "docker-image://alpine:3", "FROM chef AS dependencies\n",
                                               "FROM chef AS dependencies\nCOPY --from=tools /bin/x /\n"));
  ASSERT_TRUE(planned.has("deps")) << planned.diagnostics();
  ASSERT_EQ(planned.job("deps").contexts.size(), 1U);
  EXPECT_EQ(planned.job("deps").contexts[0].image, (BaseImage{"docker.io/library/alpine:3", "alpine:3"}));
}

TEST(NamedContexts, AServiceThatTheCookStandsOnForbidsSharing) {
  MemoryTree tree = with_context("base", "service:base", "FROM rust:${RUST}-bookworm AS chef", "FROM base AS chef");
  tree.add("base/Dockerfile", "FROM debian\n");
  tree.add("docker-compose.yml", tree.files().at("docker-compose.yml") + "  base:\n    build: base\n");
  const Planned planned = plan_of(tree);
  EXPECT_FALSE(planned.has("deps")) << planned.diagnostics();
  EXPECT_EQ(planned.job("image api").inputs, (std::vector<StageInput>{{"base", 0}}));
}

TEST(NamedContexts, AServiceThatTheBuildUsesForbidsOneRunForAll) {
  MemoryTree tree =
      with_context("base", "service:base", "FROM dependencies AS builder\n", "FROM dependencies AS builder\nCOPY --from=base /x /x\n");
  tree.add("base/Dockerfile", "FROM debian\n");
  tree.add("docker-compose.yml", tree.files().at("docker-compose.yml") + "  base:\n    build: base\n");
  const Planned planned = plan_of(tree);
  EXPECT_TRUE(planned.has("deps"));
  EXPECT_FALSE(planned.has("compile"));
  EXPECT_NE(planned.diagnostics().find("the build stage uses another service's image"), std::string::npos) << planned.diagnostics();
}

// The coordinator adds the keys of both images, but not which stands where.
TEST(NamedContexts, TwoServicesChangedAboutAreAnotherImage) {
  MemoryTree tree;
  tree.add("web/Dockerfile", "FROM scratch\nCOPY --from=one /x /one\nCOPY --from=two /x /two\n");
  tree.add("a/Dockerfile", "FROM debian\n").add("b/Dockerfile", "FROM alpine\n");
  tree.add("docker-compose.yml",
           "name: x\nservices:\n  a: {build: a}\n  b: {build: b}\n  web:\n    build:\n      context: web\n      additional_contexts:\n     "
           "   one: service:a\n        two: service:b\n");
  MemoryTree after = edited(tree, "docker-compose.yml", "one: service:a", "one: service:b");
  after = edited(std::move(after), "docker-compose.yml", "two: service:b", "two: service:a");
  EXPECT_EQ(changed_by(tree, after), Names{"image web"});
}

TEST(NamedContexts, AnyOtherUrlIsAnErrorWithItsPlace) {
  const Planned planned = plan_of(
      edited(shop(), "docker-compose.yml", "SERVICE: api\n", "SERVICE: api\n      additional_contexts:\n        x: oci-layout://y\n"));
  EXPECT_FALSE(planned.parsed.ok());
  EXPECT_NE(planned.diagnostics().find("farm takes a path, service:NAME or docker-image://REF, not oci-layout://y"), std::string::npos)
      << planned.diagnostics();
}

}  // namespace
}  // namespace farm::test
