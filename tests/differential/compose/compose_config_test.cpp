// Each case of cases/*.txt: farm's reader and the real docker-compose must agree.
#include <gtest/gtest.h>

#include <cctype>
#include <set>

#include "tests/differential/compose/oracle.hpp"

namespace farm::testing {
namespace {

std::vector<ComposeCase> all_cases() { return read_cases(std::string(FARM_SOURCE_DIR) + "/tests/differential/compose/cases"); }

std::string test_name(const ::testing::TestParamInfo<ComposeCase>& info) {
  std::string name;
  bool upper = true;
  for (const char c : info.param.source.substr(0, info.param.source.find('.')) + " " + info.param.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return name;
}

class ComposeConfig : public ::testing::TestWithParam<ComposeCase> {};

TEST_P(ComposeConfig, MeansTheSameToFarm) {
  const std::optional<std::string> binary = oracle_binary();
  if (!binary) GTEST_SKIP() << kNoOracle;
  check_case(*binary, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, ComposeConfig, ::testing::ValuesIn(all_cases()), test_name);

TEST(ComposeConfigCases, AreManyAndHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const ComposeCase& project : all_cases()) names.insert(project.source + project.name);
  EXPECT_EQ(names.size(), all_cases().size());
  EXPECT_GE(names.size(), 40U);
}

}  // namespace
}  // namespace farm::testing
