#include "shared/compose/yaml_scalar.hpp"

#include <gtest/gtest.h>

namespace farm::compose {
namespace {

struct Typed {
  const char* written;
  const char* handed_on;
};

TEST(ComposeScalar, NumbersAreHandedOnAsComposeWritesThem) {
  for (const Typed& typed : {Typed{"1.80", "1.8"}, {"0x10", "16"},    {"010", "8"},     {"0o17", "15"},       {"0b11", "3"},
                             {"1_000", "1000"},    {"1e3", "1000"},   {"1e6", "1e+06"}, {"0.00001", "1e-05"}, {".5", "0.5"},
                             {"1.", "1"},          {"-0", "0"},       {"-0.0", "-0"},   {"+5", "5"},          {"09", "9"},
                             {".inf", "+Inf"},     {"-.INF", "-Inf"}, {".NaN", "NaN"},  {"True", "true"},     {"FALSE", "false"}}) {
    EXPECT_EQ(plain_typed(typed.written).value_or("text"), typed.handed_on) << typed.written;
  }
}

TEST(ComposeScalar, OtherTextStaysText) {
  for (const char* text :
       {"yes", "off", "1:30", "2024-01-01", "v1.80", "1.2.3", "0o8", "_1", "-", "+", ".", "", "0x", "1e", "e1", "0xFFFFFFFFFFFFFFFFF"}) {
    EXPECT_FALSE(plain_typed(text).has_value()) << text;
  }
}

TEST(ComposeScalar, VeryLongDigitsAreText) { EXPECT_FALSE(plain_typed(std::string(100'000, '9')).has_value()); }

TEST(ComposeScalar, BooleansOfVariablesHaveManyForms) {
  EXPECT_EQ(parse_bool("Yes"), true);
  EXPECT_EQ(parse_bool("0"), false);
  EXPECT_EQ(parse_bool("maybe"), std::nullopt);
}

}  // namespace
}  // namespace farm::compose
