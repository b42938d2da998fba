#include "shared/dockerfile/shell_if.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "shared/dockerfile/shell.hpp"

namespace farm::dockerfile_detail {
namespace {

using Variables = std::map<std::string, std::string>;
const Variables kVariables = {{"PROFILE", "release"}, {"EMPTY", ""}, {"TWO", "a b"}, {"PATTERN", "rel*"}};

// The commands that are carried out, a line each; or "?" and what isn't understood.
std::string carried_out(const std::string& script, bool bash = false) {
  ShellIf branches(bash);
  std::string text;
  const ShellList list = read_shell(script);
  if (!list.not_understood.empty()) return "? " + list.not_understood;
  for (const ShellCommand& command : list.commands) {
    const Result<std::optional<ShellCommand>> next = branches.next(command, kVariables);
    if (!next) return "? " + next.error().message;
    if (!*next) continue;
    for (std::size_t i = 0; i < (*next)->words.size(); ++i) text += (i == 0 ? "" : " ") + (*next)->words[i].raw;
    text += "\n";
  }
  return branches.is_open() ? "? open" : text;
}

// What a real shell says to it.
std::string of_sh(const std::string& script) {
  std::string command = "exec sh -c '";
  for (const auto& [name, value] : kVariables) command += name + "=\"" + value + "\"; ";
  command += script + "'";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "re"), pclose);
  EXPECT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr) text += buffer.data();
  return text;
}

TEST(ShellIf, TakesTheBranchThatItsValuesChoose) {
  const auto script = [](const std::string& test) { return "if " + test + "; then echo yes; else echo no; fi; echo end"; };
  EXPECT_EQ(carried_out(script(R"([ "$PROFILE" = "release" ])")), "echo yes\necho end\n");
  EXPECT_EQ(carried_out(script(R"([ "${PROFILE}" == 'debug' ])")), "echo no\necho end\n");
  EXPECT_EQ(carried_out(script(R"(test "$PROFILE" != debug)")), "echo yes\necho end\n");
  EXPECT_EQ(carried_out(script("[[ $PROFILE == release ]]"), true), "echo yes\necho end\n");
  EXPECT_EQ(carried_out(script("[[ $EMPTY == release ]]")), "echo no\necho end\n");
  EXPECT_EQ(carried_out(script(R"([ -n "$EMPTY" ])")), "echo no\necho end\n");
  EXPECT_EQ(carried_out(script(R"([ -z "$EMPTY" ])")), "echo yes\necho end\n");
  EXPECT_EQ(carried_out(script(R"([ "$EMPTY" ])")), "echo no\necho end\n");
  EXPECT_EQ(carried_out("if false; then echo 1; elif [ a = a ]; then echo 2; else echo 3; fi"), "echo 2\n");
  EXPECT_EQ(carried_out("if true; then if false; then echo 1; fi; echo 2; else if true; then echo 3; fi; fi"), "echo 2\n");
}

// Debian's sh says no with an error, bash says yes. Where both say no, it is no.
TEST(ShellIf, WhatShellsSayDifferentlyIsNotUnderstoodUnlessShellIsBash) {
  for (const char* test :
       {"[ $PROFILE == release ]", "[[ $PROFILE = release ]]", "[[ -n $PROFILE ]]", "[[ $PROFILE ]]", "[[ $PROFILE != x ]]"}) {
    const std::string script = "if " + std::string(test) + "; then echo yes; else echo no; fi";
    EXPECT_EQ(carried_out(script), "? '[[' or '==' in an 'if', which not every sh knows (write `[ A = B ]`)") << test;
    EXPECT_EQ(carried_out(script, true), "echo yes\n") << test;
  }
  EXPECT_EQ(carried_out("if [ $PROFILE == debug ]; then echo yes; else echo no; fi"), "echo no\n");
  EXPECT_EQ(carried_out("if [[ $PROFILE != release ]]; then echo yes; else echo no; fi"), "echo no\n");
}

TEST(ShellIf, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(carried_out("if [[ release == $PATTERN ]]; then echo 1; fi", true), "? an 'if' on a pattern");
  EXPECT_EQ(carried_out("if [[ $PROFILE < debug ]]; then echo 1; fi", true), "? '<' or '>' behind '[['");
  EXPECT_EQ(carried_out(R"(if [ "${OTHER:-"x"}" = x ]; then echo 1; fi)"), R"(? an 'if' on a modifier of $OTHER in '"${OTHER:-"x"}"')");
  EXPECT_EQ(carried_out("if cargo --version; then echo 1; fi"), "? an 'if' that isn't a test of values");
  EXPECT_EQ(carried_out("if [ -f x ]; then echo 1; fi"), "? an 'if' with a test that farm doesn't read");
  EXPECT_EQ(carried_out("if [ 1 -lt 2 ]; then echo 1; fi"), "? an 'if' with a test that farm doesn't read");
  EXPECT_EQ(carried_out("if [ $OTHER = x ]; then echo 1; fi"), "? an 'if' on $OTHER, which no ARG or ENV sets here, in '$OTHER'");
  EXPECT_EQ(carried_out("if [ $TWO = x ]; then echo 1; fi"), "? an 'if' with a test that farm doesn't read");
  EXPECT_EQ(carried_out("if [[ $TWO == x ]]; then echo 1; fi"), "? an 'if' on a value with blanks");
  EXPECT_EQ(carried_out("if [ a = a ] && [ b = b ]; then echo 1; fi"), "? an 'if' with more than one command for its condition");
  EXPECT_EQ(carried_out("if [ a = a ; then echo 1; fi"), "? an 'if' whose '[' isn't closed");
  EXPECT_EQ(carried_out("if ! [ a = a ]; then echo 1; fi"), "? an 'if' that isn't a test of values");
  EXPECT_EQ(carried_out("if"), "? an 'if' that isn't a test of values");
  EXPECT_EQ(carried_out("echo 1; fi"), "? 'fi' without an 'if'");
  EXPECT_EQ(carried_out("if true; then echo 1"), "? open");
  EXPECT_EQ(carried_out("if true; then echo 1; else echo 2; else echo 3; fi").substr(0, 1), "?");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "if true; then ";
  EXPECT_EQ(carried_out(deep), "? an 'if' in an 'if' in an 'if' and so on");
}

std::string some_test(Rng& random) {
  static constexpr std::array kTests = {"true",
                                        "false",
                                        R"([ "$PROFILE" = release ])",
                                        R"([ "$PROFILE" != "release" ])",
                                        R"([ -n "$EMPTY" ])",
                                        R"(test -z "$EMPTY")",
                                        R"([ "$TWO" = "a b" ])"};
  return kTests.at(random.below(kTests.size()));
}

std::string some_commands(Rng& random, int depth, int& number) {
  std::string text;
  for (std::size_t i = 1 + random.below(3); i > 0; --i) {
    if (depth == 0 || random.below(2) == 0) {
      text += "echo " + std::to_string(++number) + (i > 1 && random.below(2) == 0 ? " && " : "; ");
      continue;
    }
    text += "if " + some_test(random) + "; then " + some_commands(random, depth - 1, number);
    while (random.below(3) == 0) text += "elif " + some_test(random) + "; then " + some_commands(random, depth - 1, number);
    if (random.below(2) == 0) text += "else " + some_commands(random, depth - 1, number);
    text += "fi; ";
  }
  return text;
}

TEST(ShellIf, CarriesOutWhatARealShellCarriesOut) {
  const char* given = std::getenv("FARM_TEST_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("replay with FARM_TEST_SEED=" + std::to_string(seed));
  Rng random(seed);
  for (int round = 0; round < 150; ++round) {
    int number = 0;
    const std::string script = some_commands(random, 3, number);
    std::string mine;
    const std::string said = carried_out(script);
    for (std::size_t at = 0; at < said.size();) {
      const std::size_t end = said.find('\n', at);
      mine += said.substr(at + 5, end - at - 4);
      at = end + 1;
    }
    ASSERT_EQ(mine, of_sh(script)) << script;
  }
}

}  // namespace
}  // namespace farm::dockerfile_detail
