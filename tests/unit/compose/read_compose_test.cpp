#include "shared/compose/read_compose.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

TEST(ReadCompose, TheSeedsProjectIsReadWithItsOverride) {
  const ComposeProject project = good({{"docker-compose.yml", R"(
services:
  orchestrator_rust:
    build: {context: ., dockerfile: orchestrator_rust/Dockerfile}
    depends_on: [db]
  game_shard_rust_shard_01:
    build: {context: .}
  db: {image: "postgres:16"}
)"},
                                       {"docker-compose.override.yml", R"(
x-rust: &rust {dockerfile: Dockerfile.rust-optimized}
services:
  orchestrator_rust: {build: {<<: *rust, args: {SERVICE_NAME: orchestrator_rust}}}
  game_shard_rust_shard_01: {build: {<<: *rust, args: [SERVICE_NAME=game_shard_rust]}}
)"}});
  EXPECT_EQ(project.files, (std::vector<std::string>{"docker-compose.yml", "docker-compose.override.yml"}));
  EXPECT_EQ(build(project, "orchestrator_rust").dockerfile, "Dockerfile.rust-optimized");
  EXPECT_EQ(build(project, "orchestrator_rust").args, (std::map<std::string, std::string>{{"SERVICE_NAME", "orchestrator_rust"}}));
  EXPECT_EQ(build(project, "game_shard_rust_shard_01").args.at("SERVICE_NAME"), "game_shard_rust");
  EXPECT_EQ(service(project, "orchestrator_rust").depends_on, std::vector<std::string>{"db"});
  EXPECT_FALSE(service(project, "db").build.has_value());
  EXPECT_EQ(service(project, "orchestrator_rust").place, (Place{"docker-compose.override.yml", 4, 3}));
}

TEST(ReadCompose, ServicesAreSortedByNameAndFound) {
  const ComposeProject project = good("services: {zed: {image: z}, alpha: {image: a}, mid: {image: m}}");
  ASSERT_EQ(project.services.size(), 3U);
  EXPECT_EQ(project.services[0].name, "alpha");
  EXPECT_EQ(project.services[2].name, "zed");
  EXPECT_EQ(project.find("mid"), &project.services[1]);
  EXPECT_EQ(project.find("none"), nullptr);
}

TEST(ReadCompose, ABuiltServiceWithoutImageIsCalledAfterProjectAndService) {
  const ComposeProject project = good("services: {a: {build: .}, b: {build: ., image: reg/b}}");
  EXPECT_EQ(project.image_name(service(project, "a")), "test-a");
  EXPECT_EQ(project.image_name(service(project, "b")), "reg/b");
}

TEST(ReadCompose, TheProjectIsCalledAfterItsFolder) {
  ComposeRequest request;
  request.root_directory = "/users/me/-My.Project_1/";
  const Parsed<ComposeProject> parsed = read_compose(MemoryTree(Files{{"compose.yaml", "services: {}"}}), request);
  EXPECT_TRUE(parsed.ok()) << messages(parsed);
  EXPECT_EQ(parsed.value.name, "myproject_1");
}

TEST(ReadCompose, AProjectWithoutAnyNameIsAnError) {
  const Parsed<ComposeProject> parsed = read_compose(MemoryTree(Files{{"compose.yaml", "services: {}"}}), {});
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "the project has no name");
}

TEST(ReadCompose, TheNameIsKnownToInterpolation) {
  EXPECT_EQ(service(good("services: {a: {image: \"x/${COMPOSE_PROJECT_NAME}\"}}"), "a").image, "x/test");
}

TEST(ReadCompose, FilesOfOtherFoldersAreSeenFromTheFirstOnesFolder) {
  ComposeRequest request;
  request.files = {"deploy/compose.yaml"};
  const ComposeProject project = good({{"deploy/compose.yaml", "services: {a: {build: {context: .., dockerfile: deploy/D}}}"}}, request);
  EXPECT_EQ(project.directory, "deploy");
  EXPECT_EQ(build(project, "a").context, "");
  EXPECT_EQ(build(project, "a").dockerfile, "deploy/D");
}

TEST(ReadCompose, AContextOutsideOfTheTreeIsAnErrorWithItsLine) {
  const Parsed<ComposeProject> parsed = read("services:\n  a:\n    build: ../other\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "compose.yaml:3: error: service \"a\": build: context: the path '../other' leaves the project's folder");
}

TEST(ReadCompose, AMissingFileIsNamed) {
  ComposeRequest request;
  request.files = {"gone.yaml"};
  const Parsed<ComposeProject> parsed = read(Files{{"compose.yaml", "services: {}"}}, request);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "gone.yaml");
}

TEST(ReadCompose, ASecondDefaultFileIsMentioned) {
  const Parsed<ComposeProject> parsed = read(Files{{"compose.yaml", "services: {}"}, {"docker-compose.yml", "services: {}"}});
  EXPECT_TRUE(parsed.ok());
  expect_says(parsed, "docker-compose.yml: warning: not read, because compose.yaml is there too");
}

TEST(ReadCompose, AllProblemsAreReportedAtOnceInTheOrderOfTheFile) {
  const Parsed<ComposeProject> parsed = read("services:\n  a: {image: 1}\n  b: {build: [x]}\n  c: {image: x, biuld: y}\n");
  ASSERT_EQ(parsed.diagnostics.size(), 3U) << messages(parsed);
  for (std::size_t index = 1; index < parsed.diagnostics.size(); ++index) {
    EXPECT_LE(parsed.diagnostics[index - 1].place.line, parsed.diagnostics[index].place.line);
  }
}

}  // namespace
}  // namespace farm::testing
