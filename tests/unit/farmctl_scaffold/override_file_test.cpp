#include "farmctl/scaffold/override_file.hpp"

#include <gtest/gtest.h>

namespace farm::scaffold {
namespace {

const BuildEntry kApi{"api", "", "Dockerfile.rust-optimized", "runtime", "SERVICE", "api"};

TEST(OverrideFile, SaysNothingButBuilds) {
  const std::string text = override_text({kApi});
  EXPECT_TRUE(is_written_by_init(text));
  EXPECT_EQ(text.substr(text.find("services:")),
            "services:\n  api:\n    build:\n      dockerfile: Dockerfile.rust-optimized\n      target: runtime\n      args:\n        "
            "SERVICE: api\n");
}

TEST(OverrideFile, QuotesWhatYamlOrComposeWouldReadOtherwise) {
  const std::string text = override_text({{"no", "./a b", "$x", "runtime", "SERVICE", "1"}});
  EXPECT_NE(text.find("  \"no\":\n    build:\n      context: \"./a b\"\n      dockerfile: \"$$x\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("SERVICE: \"1\"\n"), std::string::npos) << text;
}

TEST(OverrideFile, TheUsersOwnGetsTheBuildUnderTheServiceOrAtTheEnd) {
  const std::string own = "# mine\nservices:\n    api:   # the front\n        environment:\n            A: 1\n\nvolumes:\n  data:\n";
  const Parsed<std::string> merged = merged_override("o.yml", own, {kApi, {"jobs", "", "D", "t", "SERVICE", "jobs"}});
  EXPECT_TRUE(merged.diagnostics.empty());
  EXPECT_EQ(
      merged.value,
      "# mine\nservices:\n    api:   # the front\n        build:\n          dockerfile: Dockerfile.rust-optimized\n"
      "          target: runtime\n          args:\n            SERVICE: api\n        environment:\n            A: 1\n"
      "    jobs:\n      build:\n        dockerfile: D\n        target: t\n        args:\n          SERVICE: jobs\n\nvolumes:\n  data:\n");
}

TEST(OverrideFile, AFileWithoutServicesGetsThem) {
  const Parsed<std::string> merged = merged_override("o.yml", "volumes:\n  data:\n", {kApi});
  EXPECT_TRUE(merged.value.starts_with("volumes:\n  data:\n\nservices:\n  api:\n    build:\n")) << merged.value;
}

TEST(OverrideFile, WhatCantBePutInIsSaidWithTheLineAndStaysAsItIs) {
  for (const std::string own :
       {"services:\n  api:\n    build: ./api\n", "services:\n  api: {ports: [1]}\n", "services: {api: {ports: [1]}}\n"}) {
    const Parsed<std::string> merged = merged_override("o.yml", own, {kApi});
    EXPECT_EQ(merged.value, own);
    ASSERT_EQ(merged.diagnostics.size(), 1U) << own;
    EXPECT_NE(merged.diagnostics.front().message.find("SERVICE: api"), std::string::npos);
    EXPECT_GT(merged.diagnostics.front().place.line, 0);
  }
}

}  // namespace
}  // namespace farm::scaffold
