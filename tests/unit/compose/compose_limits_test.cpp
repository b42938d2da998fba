// Hostile input: each limit is an error that names it, and comes at once (the test's own time limit is the judge of hanging).
#include "shared/base/limits.hpp"
#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

TEST(ComposeLimits, ABillionLaughsIsAnError) {
  std::string text = "x0: &x0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int level = 1; level < 12; ++level) {
    const std::string before = "*x" + std::to_string(level - 1);
    text += "x" + std::to_string(level) + ": &x" + std::to_string(level) + " [" + before;
    for (int index = 1; index < 10; ++index) text += ", " + before;
    text += "]\n";
  }
  const Parsed<ComposeProject> parsed = read(text + "services: {a: {image: x}}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "more than the limit of 300000 values");
}

TEST(ComposeLimits, ALargeTextUnderManyAliasesIsAnError) {
  std::string text = "x-big: &b \"" + std::string(1U << 20U, 'x') + "\"\nx-all: [*b";
  for (int index = 0; index < 1000; ++index) text += ",*b";
  const Parsed<ComposeProject> parsed = read(text + "]\nservices: {}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "64 MiB");
}

TEST(ComposeLimits, DeepNestingIsAnError) {
  for (const char open : {'[', '{'}) {
    const Parsed<ComposeProject> parsed = read("x-deep: " + std::string(100'000, open));
    EXPECT_FALSE(parsed.ok());
  }
  const Parsed<ComposeProject> aliases = read("x-a: &a " + std::string(40, '[') + std::string(40, ']') + "\nx-b: " + std::string(40, '[') +
                                              "*a" + std::string(40, ']') + "\n");
  EXPECT_FALSE(aliases.ok());
  expect_says(aliases, "nested deeper than the limit of 64");
}

TEST(ComposeLimits, AFileThatIsTooLongIsAnError) {
  const Parsed<ComposeProject> parsed = read("#" + std::string(limits::kComposeBytesMax, 'x') + "\nservices: {}\n");
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "longer than the limit of 4194304 bytes");
}

TEST(ComposeLimits, TooManyServicesAreAnError) {
  std::string text = "services:\n";
  for (std::size_t index = 0; index <= limits::kServicesMax; ++index) text += "  s" + std::to_string(index) + ": {image: x}\n";
  const Parsed<ComposeProject> parsed = read(text);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "more than the limit of 2000 services");
}

TEST(ComposeLimits, VariablesThatGrowWithoutEndAreAnError) {
  ComposeRequest request;
  request.environment["BIG"] = std::string(900'000, 'x');
  std::string text = "services: {}\nx-all: [";
  for (int index = 0; index < 1000; ++index) text += "$BIG,";
  const Parsed<ComposeProject> parsed = read(Files{{"compose.yaml", text + "]\n"}}, request);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "limit");
}

TEST(ComposeLimits, ExtendingAHugeServiceOftenIsAnError) {
  std::string text = "services:\n  a:\n    build:\n      context: .\n      args:\n        X: " + std::string(1U << 20U, 'x') + "\n";
  for (int index = 0; index < 1500; ++index) text += "  b" + std::to_string(index) + ": {extends: a}\n";
  const Parsed<ComposeProject> parsed = read(text);
  EXPECT_FALSE(parsed.ok());
  expect_says(parsed, "limit of values that `extends` may copy");
}

TEST(ComposeLimits, ManyProblemsAreCutShort) {
  std::string text = "services: {a: {image: x,";
  for (int index = 0; index < 5000; ++index) text += " odd_key_" + std::to_string(index) + ": 1,";
  const Parsed<ComposeProject> parsed = read(text + "}}\n");
  EXPECT_LE(parsed.diagnostics.size(), 501U);
  EXPECT_GE(parsed.diagnostics.size(), 100U);
}

TEST(ComposeLimits, TwoHundredServicesAreReadWhole) {
  std::string text = "x-args: &args {RUST: \"1.80\", PROFILE: release}\nservices:\n";
  for (int index = 0; index < 200; ++index) {
    text += "  service_" + std::to_string(index) + ":\n    build:\n      context: .\n      dockerfile: Dockerfile.rust-optimized\n" +
            "      args: {<<: *args, SERVICE_NAME: \"service_" + std::to_string(index) + "\"}\n    environment: {A: 1, B: \"${B:-2}\"}\n" +
            "    ports: [\"80:80\"]\n    depends_on: [db]\n";
  }
  const ComposeProject project = good(text + "  db: {image: x}\n");
  EXPECT_EQ(project.services.size(), 201U);
  EXPECT_EQ(build(project, "service_199").args.size(), 3U);
}

}  // namespace
}  // namespace farm::testing
