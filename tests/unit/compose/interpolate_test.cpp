#include "shared/compose/interpolate.hpp"

#include "tests/unit/compose/compose_story.hpp"

namespace farm::compose {
namespace {

Result<Interpolated> put_in(const std::string& text) {
  static const Variables variables{{"A", "aa"}, {"EMPTY", ""}, {"Long_Name1", "long"}};
  return interpolate(text, [](const std::string& name) -> const std::string* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
  });
}

std::string text_of(const std::string& text) {
  const Result<Interpolated> result = put_in(text);
  return result ? result->text : "error: " + result.error().message;
}

TEST(ComposeInterpolation, EveryFormHasItsMeaning) {
  EXPECT_EQ(text_of("$A-${A}-$Long_Name1."), "aa-aa-long.");
  EXPECT_EQ(text_of("${EMPTY:-x}${EMPTY-x}${NO-x}"), "xx");
  EXPECT_EQ(text_of("${A:+y}${EMPTY:+y}${EMPTY+z}${NO+y}"), "yz");
  EXPECT_EQ(text_of("${NO:-${NO:-${A}}}"), "aa");
  EXPECT_EQ(text_of("$$A $1 $ a$"), "$A $1 $ a$");
  EXPECT_EQ(text_of("${NO:-{\"j\": 1}}"), "{\"j\": 1}");
}

TEST(ComposeInterpolation, ARequiredVariableThatIsMissingSaysItsMessage) {
  EXPECT_NE(text_of("${NO:?set it to $A}").find("the required variable NO is not set: set it to aa"), std::string::npos);
  EXPECT_NE(text_of("${EMPTY:?}").find("the required variable EMPTY is empty"), std::string::npos);
  EXPECT_EQ(text_of("${EMPTY?}"), "");
}

TEST(ComposeInterpolation, MalformedOnesSayHowToWriteADollar) {
  for (const char* text : {"${}", "${A", "${1}", "${A!}", "${A:}", "${A:=b}", "${ A}", "${A:", "${"}) {
    EXPECT_NE(text_of(text).find("write $$ for a dollar sign"), std::string::npos) << text << " gave " << text_of(text);
  }
}

TEST(ComposeInterpolation, UnsetVariablesAreNamedOnce) {
  const Result<Interpolated> result = put_in("$NO$OTHER$NO");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->unset, (std::vector<std::string>{"NO", "OTHER"}));
}

TEST(ComposeInterpolation, AnUnsetVariableIsAWarningWithItsLineAndPath) {
  const Parsed<ComposeProject> parsed = testing::read("services:\n  a:\n    image: x$NO\n");
  EXPECT_TRUE(parsed.ok());
  testing::expect_says(parsed, "compose.yaml:3: warning: services.a.image: the variable NO is not set");
}

TEST(ComposeInterpolation, NestingHasALimit) {
  std::string text;
  for (int depth = 0; depth < 100; ++depth) text += "${NO:-";
  text += std::string(100, '}');
  EXPECT_NE(text_of(text).find("nested deeper than the limit of 32"), std::string::npos);
}

}  // namespace
}  // namespace farm::compose
