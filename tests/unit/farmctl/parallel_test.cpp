#include "farmctl/commands/parallel.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

using Words = std::vector<std::string>;

TEST(Parallel, WithoutItOneJobRunsAtATime) {
  Words rest;
  EXPECT_EQ(parse_parallel({"submit", "api"}, rest).value_or(99), 1U);
  EXPECT_EQ(rest, (Words{"submit", "api"}));
}

TEST(Parallel, AloneItLiftsTheLimitAndNeverTakesTheNextWord) {
  Words rest;
  EXPECT_EQ(parse_parallel({"submit", "--parallel", "all"}, rest).value_or(99), 0U);
  EXPECT_EQ(rest, (Words{"submit", "all"}));
}

TEST(Parallel, WithANumberItSetsTheLimit) {
  Words rest;
  EXPECT_EQ(parse_parallel({"submit", "--parallel=7", "-d"}, rest).value_or(99), 7U);
  EXPECT_EQ(rest, (Words{"submit", "-d"}));
}

TEST(Parallel, ANumberAsTheNextWordIsRefusedWithWhatIsMeant) {
  Words rest;
  const auto parsed = parse_parallel({"submit", "--parallel", "3"}, rest);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "--parallel 3: write --parallel=3; without the = the word after --parallel is a service");
  EXPECT_EQ(parse_parallel({"submit", "--parallel", "3d"}, rest).value_or(99), 0U);
}

TEST(Parallel, ANumberThatIsNoneIsRefused) {
  for (const std::string value : {"", "0", "00", "-1", "x", "3x", "10000", "99999999999999999999"}) {
    Words rest;
    const auto parsed = parse_parallel({"--parallel=" + value}, rest);
    ASSERT_FALSE(parsed) << value;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
    EXPECT_NE(parsed.error().message.find("--parallel=" + value + ": give a number from 1 to 9999"), std::string::npos);
  }
}

}  // namespace
}  // namespace farm::ctl
