#include "farmctl/scaffold/report.hpp"

#include <gtest/gtest.h>

#include "farmctl/render/diff.hpp"

namespace farm::scaffold {
namespace {

InitReport sample(FileState state) {
  InitReport report;
  report.scaffold.services.push_back({"api", "", "", "Dockerfile.rust-optimized", "runtime", "api"});
  report.files.push_back({"Dockerfile.rust-optimized", state, ctl::unified_diff("a", "x\n", "a", "y\n")});
  return report;
}

TEST(InitReport, AKeptFileIsShownAsADiffAndForceIsNamed) {
  const std::string text = init_text(sample(FileState::Kept));
  EXPECT_TRUE(text.starts_with("--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n")) << text;
  EXPECT_NE(text.find("kept  Dockerfile.rust-optimized\n"), std::string::npos) << text;
  EXPECT_NE(text.find("--force"), std::string::npos);
  EXPECT_FALSE(is_done(sample(FileState::Kept)));
}

TEST(InitReport, AWrittenFileIsNoDiffAndTheNextStepIsNamed) {
  const std::string text = init_text(sample(FileState::Written));
  EXPECT_EQ(text.find("@@"), std::string::npos);
  EXPECT_NE(text.find("farmctl submit"), std::string::npos);
  EXPECT_TRUE(is_done(sample(FileState::Written)));
}

TEST(InitReport, AsJsonItHasTheSameFacts) {
  const std::string json = init_json(sample(FileState::Differs));
  EXPECT_NE(json.find("\"schema\": \"farm.init.v1\""), std::string::npos);
  EXPECT_NE(json.find("\"done\": false"), std::string::npos);
  EXPECT_NE(json.find("\"state\": \"differs\""), std::string::npos);
}

}  // namespace
}  // namespace farm::scaffold
