#include "farmctl/client/project_files.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/farmctl/environment.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

// A folder to stand in; the test's own place comes back at the end.
class Standing {
 public:
  explicit Standing(const std::string& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;
  ~Standing() { fs::current_path(before_); }

 private:
  fs::path before_;
};

// Two folders beside each other: rust/ holds the code, deploy/ the compose file, whose context is `..`.
class ProjectOnDisk : public ::testing::Test {
 protected:
  ProjectOnDisk() {
    environment.set("COMPOSE_FILE", std::nullopt);
    environment.set("WHO", std::nullopt);
    directory.write("Dockerfile", "FROM debian:bookworm-slim\nARG WHO\n");
    directory.write("deploy/compose.yaml", "services: {web: {build: {context: .., args: {WHO: \"$WHO\"}}}}\n");
  }
  // WHO as it reaches the build, or the error.
  std::string who(const std::string& folder, ProjectOptions options = {}) const {
    const Standing standing(directory.at(folder));
    options.use_index = false;
    const auto project = read_project(options);
    if (!project) return project.error().message;
    for (const JobSpec& job : project->plan.plan.jobs) return job.args.contains("WHO") ? job.args.at("WHO") : "";
    return "no job";
  }
  test::Environment environment;
  farm::test::TempDir directory;
};

TEST_F(ProjectOnDisk, AContextAboveTheComposeFileNeedsNoCheckout) {
  environment.set("WHO", "me");
  EXPECT_EQ(who("deploy"), "me");
}

TEST_F(ProjectOnDisk, ItsKeysDoNotSayWhereItStands) {
  const auto keys = [&](const std::string& folder) {
    const Standing standing(folder);
    ProjectOptions options;
    options.use_index = false;
    const auto project = read_project(options);
    EXPECT_TRUE(project) << project.error().message;
    return project ? client_key(project->plan.plan.jobs.front()) : Digest();
  };
  const farm::test::TempDir checkout;
  fs::create_directories(checkout.at(".git"));
  fs::create_directories(checkout.at("deep"));
  fs::copy(directory.path(), checkout.at("deep/er"), fs::copy_options::recursive);
  EXPECT_EQ(keys(directory.at("deploy")), keys(checkout.at("deep/er/deploy")));
}

TEST_F(ProjectOnDisk, TheFileOfVariablesIsTheProjectsAndNotTheCheckouts) {
  directory.write(".git/HEAD", "");
  directory.write(".env", "WHO=checkout\n");
  directory.write("deploy/.env", "WHO=project\n");
  EXPECT_EQ(who("deploy"), "project");
  // Docker compose reads the one where the user stands first.
  ProjectOptions options;
  options.files = {"deploy/compose.yaml"};
  EXPECT_EQ(who("", options), "checkout");
}

TEST_F(ProjectOnDisk, AnotherProjectDirectoryIsWherePathsAndVariablesComeFrom) {
  directory.write("other/Dockerfile", "FROM debian:bookworm-slim\nARG WHO\n");
  directory.write("other/in/.env", "WHO=other\n");
  ProjectOptions options;
  options.files = {"deploy/compose.yaml"};
  options.project_directory = "other/in";
  EXPECT_EQ(who("", options), "other");
  fs::remove(directory.at("other/Dockerfile"));
  EXPECT_NE(who("", options).find("Dockerfile"), std::string::npos);
}

TEST_F(ProjectOnDisk, FilesMayLieFarApart) {
  const farm::test::TempDir elsewhere;
  ProjectOptions options;
  options.files = {"compose.yaml", elsewhere.write("override.yaml", "services: {web: {build: {args: {WHO: two}}}}\n")};
  EXPECT_EQ(who("deploy", options), "two");
}

TEST_F(ProjectOnDisk, AnOverrideIsFoundWhateverTheFileThatItOverridesIsCalled) {
  directory.write("deploy/docker-compose.override.yml", "services: {web: {build: {args: {WHO: old name}}}}\n");
  EXPECT_EQ(who("deploy"), "old name");
  directory.write("deploy/compose.override.yaml", "services: {web: {build: {args: {WHO: new name}}}}\n");
  EXPECT_EQ(who("deploy"), "new name") << "one override at most, the new name first";
  EXPECT_TRUE(is_override("a/compose.override.yaml"));
  EXPECT_FALSE(is_override("a/override.yaml"));
}

TEST_F(ProjectOnDisk, ComposeFileMayStandInTheFileOfVariables) {
  directory.write("deploy/.env", "COMPOSE_FILE=compose.yaml:more.yaml\nWHO=one\n");
  directory.write("deploy/more.yaml", "services: {web: {build: {args: {WHO: \"$WHO and more\"}}}}\n");
  EXPECT_EQ(who("deploy"), "one and more");
}

TEST_F(ProjectOnDisk, WhatIsNotThereIsNamedAsTheUserWroteIt) {
  ProjectOptions options;
  options.files = {"nope.yaml"};
  EXPECT_EQ(who("deploy", options), "reading the compose files: nope.yaml does not exist");
  options.files = {"-"};
  EXPECT_NE(who("deploy", options).find("the standard input, is not taken"), std::string::npos) << "compose reads it";
  options.files = {"."};
  EXPECT_EQ(who("deploy", options), "reading the compose files: . is a folder; name the file in it");
  options.files.clear();
  options.env_files = {"nope.env"};
  EXPECT_EQ(who("deploy", options), "--env-file nope.env: there is no such file");
  options.env_files.clear();
  options.project_directory = "nope";
  EXPECT_EQ(who("deploy", options), "--project-directory nope: there is no such folder");
}

TEST_F(ProjectOnDisk, ATagOrPlatformThatIsNoneIsRefused) {
  ProjectOptions options;
  options.tag = "v 7";
  EXPECT_NE(who("deploy", options).find("'v 7' is no tag of an image"), std::string::npos);
  options.tag.clear();
  for (const std::string platform : {"potato", "linux/", "/amd64", "linux//v7", "Linux/amd64", "a/b/c/d"}) {
    options.platform = platform;
    EXPECT_NE(who("deploy", options).find("'" + platform + "' is no platform"), std::string::npos) << platform;
  }
}

}  // namespace
}  // namespace farm::ctl
