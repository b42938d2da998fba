#include "shared/json/status_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/golden.hpp"
#include "tests/unit/farmctl/sample_build.hpp"

namespace farm::ctl {
namespace {

// Programs read these: a field may come, none may go or change its meaning.
TEST(StatusJson, OfABuild) { farm::test::expect_golden("farmctl/build.json", render_build_json(test::sample_build())); }

TEST(StatusJson, OfBuildsAndAgents) {
  farm::test::expect_golden("farmctl/builds.json", render_builds_json({{BuildId{7}, "market", BuildState::Running, 1'000, 0, 6, 2}}));
  farm::test::expect_golden("farmctl/agents.json",
                            render_agents_json({{"host-1", "up", "linux/amd64", {"zone=eu"}, 2, 1, 5, 6, "0.34.2", "0.1.0", 9, {"deps"}}}));
  EXPECT_TRUE(nlohmann::json::parse(render_builds_json({}))["builds"].empty());
}

TEST(StatusJson, OfAnError) {
  const auto json = nlohmann::json::parse(render_error_json({ErrorKind::InvalidInput, "compose.yaml:3: error: \xff"}, 2));
  EXPECT_EQ(json["schema"], "farm.error.v1");
  EXPECT_EQ(json["kind"], to_string(ErrorKind::InvalidInput));
  EXPECT_TRUE(json["message"].get<std::string>().starts_with("compose.yaml:3: error: "));
  EXPECT_EQ(json["exit_status"], 2);
}

TEST(StatusJson, IsValidWhateverALogSaid) {
  BuildStatus build = test::sample_build();
  build.jobs[0].reason = "quote \" and \xff\xfe and \x01";
  EXPECT_TRUE(nlohmann::json::accept(render_build_json(build)));
}

}  // namespace
}  // namespace farm::ctl
