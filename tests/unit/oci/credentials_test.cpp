#include "shared/oci/credentials.hpp"

#include <cstdlib>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "shared/oci/helper.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::oci {
namespace {

using test::TempDir;

struct Story {
  TempDir dir;
  std::string path_before = std::getenv("PATH");

  Story() { ::setenv("PATH", (dir.path() + ":" + path_before).c_str(), 1); }
  ~Story() { ::setenv("PATH", path_before.c_str(), 1); }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  void config(const std::string& json) const { dir.write("config.json", json); }
  void helper(const std::string& name, const std::string& script) const {
    ::chmod(dir.write("docker-credential-" + name, "#!/bin/sh\n" + script).c_str(), 0755);
  }
  Result<std::optional<Credentials>> find(const std::string& registry) const { return docker_credentials(dir.path())->find(registry); }
  Credentials found(const std::string& registry) const {
    const Result<std::optional<Credentials>> credentials = find(registry);
    EXPECT_TRUE(credentials && credentials->has_value()) << registry << (credentials ? "" : credentials.error().message);
    return credentials && *credentials ? **credentials : Credentials{};
  }
};

TEST(Credentials, NoConfigOrNoEntryIsAnonymous) {
  const Story story;
  EXPECT_FALSE(story.find("ghcr.io")->has_value());
  story.config("{}");
  EXPECT_FALSE(story.find("ghcr.io")->has_value());
  story.config(R"({"auths":{"other.example":{"auth":"YTpi"},"ghcr.io":{}}})");
  EXPECT_FALSE(story.find("ghcr.io")->has_value());
}

TEST(Credentials, AuthsAreFoundInEveryFormOfTheAddress) {
  const Story story;
  for (const std::string key : {"https://index.docker.io/v1/", "docker.io", "index.docker.io"}) {
    story.config(R"({"auths":{")" + key + R"(":{"auth":"dXNlcjpwYTpzcw=="}}})");
    EXPECT_EQ(story.found("docker.io").user, "user");
    EXPECT_EQ(story.found("docker.io").secret, "pa:ss");
  }
  story.config(R"({"auths":{"https://r.example:5000/v2/":{"username":"u","password":"p","identitytoken":"t"}}})");
  EXPECT_EQ(story.found("r.example:5000").identity_token, "t");
}

TEST(Credentials, ABrokenConfigIsAnErrorThatNamesTheFileAndNotTheSecret) {
  const Story story;
  story.config("{\"auths\": secret-pw");
  const Error broken = story.find("ghcr.io").error();
  EXPECT_EQ(broken.kind, ErrorKind::InvalidInput);
  EXPECT_NE(broken.message.find("config.json"), std::string::npos);
  EXPECT_EQ(broken.message.find("secret-pw"), std::string::npos);
  story.config(R"({"auths":{"ghcr.io":{"auth":"!!!"}}})");
  EXPECT_EQ(story.find("ghcr.io").error().kind, ErrorKind::InvalidInput);
}

TEST(Credentials, AHelperOfTheRegistryGoesBeforeTheStore) {
  const Story story;
  story.helper("one", R"(read -r server; echo "{\"ServerURL\":\"$server\",\"Username\":\"$1-$server\",\"Secret\":\"s1\"}")");
  story.helper("two", R"(read -r server; echo "{\"Username\":\"<token>\",\"Secret\":\"$server\"}")");
  story.config(R"({"credHelpers":{"ghcr.io":"one"},"credsStore":"two","auths":{"ghcr.io":{"auth":"YTpi"}}})");
  EXPECT_EQ(story.found("ghcr.io").user, "get-ghcr.io");
  EXPECT_EQ(story.found("ghcr.io").secret, "s1");
  EXPECT_EQ(story.found("docker.io").identity_token, "https://index.docker.io/v1/");
  EXPECT_EQ(story.found("docker.io").secret, "");
}

TEST(Credentials, AHelperWithoutThatLoginIsAnonymousAndAFailingOneIsAnError) {
  const Story story;
  story.config(R"({"credsStore":"none"})");
  story.helper("none", "echo 'credentials not found in native keychain'; exit 1");
  EXPECT_FALSE(story.find("ghcr.io")->has_value());
  story.helper("none", "echo secret-pw; exit 3");
  const Error failed = story.find("ghcr.io").error();
  EXPECT_EQ(failed.kind, ErrorKind::Unavailable);
  EXPECT_EQ(failed.message.find("secret-pw"), std::string::npos);
  EXPECT_NE(failed.message.find("docker login ghcr.io"), std::string::npos);
  story.config(R"({"credsStore":"missing-helper"})");
  EXPECT_EQ(story.find("ghcr.io").error().kind, ErrorKind::Unavailable);
  story.config(R"({"credsStore":"../../bin/sh"})");
  EXPECT_EQ(story.find("ghcr.io").error().kind, ErrorKind::InvalidInput);
}

TEST(CredentialHelper, TooMuchOutputAndNoAnswerAreEnded) {
  const Story story;
  story.helper("loud", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
  EXPECT_EQ(run_helper("docker-credential-loud", "x", 1000, Millis{20'000}).error().kind, ErrorKind::Overloaded);
  story.helper("slow", "sleep 1000");
  EXPECT_EQ(run_helper("docker-credential-slow", "x", 1000, Millis{50}).error().kind, ErrorKind::Timeout);
  story.helper("lingering", "echo answer; exec >&-; sleep 1000");
  const Result<HelperAnswer> lingering = run_helper("docker-credential-lingering", "x", 1000, Millis{300});
  ASSERT_TRUE(lingering);
  EXPECT_EQ(lingering->output, "answer\n");
  EXPECT_NE(lingering->exit_code, 0);
}

}  // namespace
}  // namespace farm::oci
