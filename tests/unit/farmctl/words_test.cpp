#include "farmctl/commands/words.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace farm::ctl {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

CommandDoc program() {
  CommandDoc doc;
  for (const char* name : {"submit", "plan", "ps", "up", "down", "agents", "local"}) doc.subcommands.emplace_back().name = name;
  return doc;
}

TEST(ParseNumber, TakesDecimalDigitsWithinTheBounds) {
  EXPECT_EQ(parse_number("0", 0, 5).value_or(99), 0U);
  EXPECT_EQ(parse_number("5", 1, 5).value_or(99), 5U);
  EXPECT_EQ(parse_number("007", 1, 9).value_or(99), 7U);
  EXPECT_EQ(parse_number("18446744073709551615", 0, kMost).value_or(99), kMost);
}

TEST(ParseNumber, RefusesEverythingElseAndSaysWhatIsTaken) {
  for (const char* text :
       {"", "-1", "-0", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "1'000", "one", "18446744073709551616", "1\n"}) {
    const auto number = parse_number(text, 0, kMost);
    ASSERT_FALSE(number) << text;
    EXPECT_EQ(number.error().kind, ErrorKind::InvalidInput);
  }
  EXPECT_EQ(parse_number("6", 1, 5).error().message, "'6' is no whole number from 1 to 5");
  EXPECT_EQ(parse_number("0", 1, 5).error().message, "'0' is no whole number from 1 to 5");
  EXPECT_LT(parse_number(std::string(100'000, '9'), 1, 5).error().message.size(), 200U);
}

TEST(Help, AsAVerbIsTheOption) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(with_help_as_option({"help"}), (Words{"--help"}));
  EXPECT_EQ(with_help_as_option({"help", "local", "up"}), (Words{"local", "up", "--help"}));
  EXPECT_EQ(with_help_as_option({"logs", "help"}), (Words{"logs", "help"})) << "a service may have that name";
  EXPECT_EQ(with_help_as_option({}), Words{});
}

TEST(MeantVerb, IsTheNearestOrWhatOtherToolsCallIt) {
  EXPECT_EQ(meant_verb("sumbit", program()), "; did you mean `submit`?");
  EXPECT_EQ(meant_verb("build", program()), "; did you mean `submit`?");
  EXPECT_EQ(meant_verb("bulid", program()), "; did you mean `submit`?");
  EXPECT_EQ(meant_verb("stop", program()), "; did you mean `down`?");
  EXPECT_EQ(meant_verb("version", program()), "; did you mean `--version`?");
  EXPECT_EQ(meant_verb("frobnicate", program()), "");
}

TEST(MeantVerb, IsOneThatIsThere) {
  CommandDoc keys;
  for (const char* name : {"new", "show"}) keys.subcommands.emplace_back().name = name;
  EXPECT_EQ(meant_verb("build", keys), "");
  EXPECT_EQ(meant_verb("shwo", keys), "; did you mean `show`?");
  EXPECT_EQ(meant_verb("nwe", keys), "; did you mean `new`?");
}

CommandDoc submit() {
  CommandDoc doc;
  doc.name = "submit";
  doc.options = {{{"-o", "--output"}, "text|json", "", false, false}, {{"--no-cache"}, "", "", false, false}};
  doc.positionals = {{{"services"}, "SERVICE", "", false, true}};
  return doc;
}

TEST(WrongOption, IsToldWithTheNearestLongOne) {
  EXPECT_EQ(wrong_option("--no-cahce", submit()), "there is no option --no-cahce; did you mean `--no-cache`?");
  EXPECT_EQ(wrong_option("--outptu=json", submit()), "there is no option --outptu; did you mean `--output`?");
  EXPECT_EQ(wrong_option("--frobnicate", submit()), "there is no option --frobnicate");
  EXPECT_EQ(wrong_option("-x", submit()), "there is no option -x") << "of one letter nothing can be told";
}

TEST(WrongOption, OneThatStandsBeforeItsVerbIsToldWhereItGoes) {
  CommandDoc root;
  root.subcommands = {submit()};
  for (const CommandDoc& of : {root, submit()})
    EXPECT_EQ(wrong_option("-o", of), "option -o goes behind the verb, as in `farmctl submit -o`");
}

TEST(PlainComplaint, SaysWhatIsMissing) {
  EXPECT_EQ(plain_complaint("services is required", submit()), "SERVICE is missing");
  EXPECT_EQ(plain_complaint("--tag: 1 required TAG missing", submit()), "--tag wants TAG");
  EXPECT_EQ(plain_complaint("--tag: 'a b' is no tag", submit()), "--tag: 'a b' is no tag");
}

}  // namespace
}  // namespace farm::ctl
