#include "farmctl/render/compiler_messages.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

constexpr const char* kRustc =
    "#9 [builder 4/5] RUN cargo build --release\n"
    "   Compiling orchestrator_rust v0.1.0 (/app/orchestrator_rust)\n"
    "error[E0425]: cannot find value `x` in this scope\n"
    " --> orchestrator_rust/src/main.rs:12:5\n"
    "  |\n"
    "12 |     x\n"
    "  |     ^ not found in this scope\n"
    "\n"
    "error: expected one of `!` or `::`, found `}`\n"
    "  --> rust_core/src/lib.rs:3:1\n"
    "\n"
    "warning: unused variable: `y`\n"
    " --> rust_core/src/lib.rs:9:9\n"
    "\n"
    "For more information about this error, try `rustc --explain E0425`.\n"
    "error: could not compile `orchestrator_rust` (bin \"orchestrator_rust\") due to 2 previous errors\n";

std::vector<Finding> found(const std::string& log) { return find_compiler_errors(log, "image api"); }

Finding finding(const std::string& code, const std::string& message, const std::string& file, int line, int column) {
  return {code, message, file, line, column, "image api", false};
}

TEST(CompilerErrors, AreFoundWithTheirPlace) {
  EXPECT_EQ(found(kRustc), (std::vector<Finding>{
                               finding("E0425", "cannot find value `x` in this scope", "orchestrator_rust/src/main.rs", 12, 5),
                               finding("", "expected one of `!` or `::`, found `}`", "rust_core/src/lib.rs", 3, 1),
                           }));
}

TEST(CompilerErrors, AreFoundUnderBuildKitsPrefixesAndColours) {
  const std::string log =
      "#12 3.456 \x1b[0m\x1b[1m\x1b[38;5;9merror[E0308]\x1b[0m\x1b[1m: mismatched types\x1b[0m\r\n"
      "#12 3.456 \x1b[1m\x1b[38;5;12m  --> \x1b[0msrc/main.rs:2:18\r\n"
      "7.001 error: linking with `cc` failed: exit status: 1\n"
      "7.001   |\n";
  EXPECT_EQ(found(log), (std::vector<Finding>{finding("E0308", "mismatched types", "src/main.rs", 2, 18),
                                              finding("", "linking with `cc` failed: exit status: 1", "", 0, 0)}));
}

TEST(CompilerErrors, EachIsSaidOnce) { EXPECT_EQ(found(std::string(kRustc) + kRustc).size(), 2U); }

TEST(CompilerErrors, APanicOfABuildScriptIsOne) {
  EXPECT_EQ(found("  thread 'main'\nthread 'main' (7) panicked at api/build.rs:4:10:\nno protoc\nnote: run with\n"),
            std::vector<Finding>{finding("", "panicked: no protoc", "api/build.rs", 4, 10)});
}

TEST(CompilerErrors, WhatLooksLikeAPlaceAndIsNoneIsLeftOut) {
  for (const char* place : {"src/main.rs", "src/main.rs:1", "src/main.rs:0:1", "src/main.rs:1:x", ":1:1", "a:99999999999999:1", "a:-1:1"}) {
    const auto findings = found(std::string("error: e\n --> ") + place + "\n\n");
    ASSERT_EQ(findings.size(), 1U) << place;
    EXPECT_EQ(findings[0].file, "") << place;
    EXPECT_EQ(findings[0].line, 0) << place;
  }
  EXPECT_TRUE(found("errors: many\nerror\nerror[: x\nerror[E1]\nan error: x\nerror: \n").empty());
}

TEST(CompilerErrors, ALogOfAnySizeAndBytesIsBounded) {
  std::string log;
  for (int i = 0; i < 5'000; ++i) log += "error: e" + std::to_string(i) + "\n --> f:1:1\n";
  EXPECT_EQ(found(log).size(), kFindingsMax);
  const auto one = found("error: " + std::string(1U << 20U, '\xff') + "\n");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_LT(one[0].message.size(), 1'100U);
  EXPECT_TRUE(found(std::string(1U << 20U, '\x1b')).empty());
  EXPECT_TRUE(found("").empty());
}

TEST(SourceFiles, FindsThePathInTheRepository) {
  const SourceFiles files({"rust/core/src/lib.rs", "rust/api/src/main.rs", "web/api/src/main.rs", "rust/api/build.rs", "top.rs"});
  EXPECT_EQ(files.locate("core/src/lib.rs"), "rust/core/src/lib.rs");
  EXPECT_EQ(files.locate("./rust/api/src/main.rs"), "rust/api/src/main.rs");
  EXPECT_EQ(files.locate("top.rs"), "top.rs");
  EXPECT_EQ(files.locate("/app/rust/api/build.rs"), "rust/api/build.rs");
  EXPECT_EQ(files.locate("/app/api/build.rs"), "rust/api/build.rs");
}

TEST(SourceFiles, GuessesNothing) {
  const SourceFiles files({"rust/core/src/lib.rs", "rust/api/src/main.rs", "web/api/src/main.rs"});
  for (const char* path :
       {"api/src/main.rs", "src/main.rs", "b.rs", "", "/", "//", "../core/src/lib.rs", "x/../core/src/lib.rs", "re/src/lib.rs",
        "/app/lib.rs", "/usr/local/cargo/registry/src/index/core/src/lib.rs", "/rustc/abc/core/src/lib.rs"}) {
    EXPECT_EQ(files.locate(path), "") << path;
  }
}

TEST(SourceFiles, WhatLiesOutsideKeepsItsPlaceInTheMessage) {
  const auto result = located({finding("", "e", "/usr/src/x.rs", 4, 2), finding("", "f", "a.rs", 1, 1)}, SourceFiles({"a.rs"}));
  EXPECT_EQ(result[0], finding("", "e (/usr/src/x.rs:4)", "", 0, 0));
  EXPECT_EQ(result[1], finding("", "f", "a.rs", 1, 1));
}

TEST(Findings, OfWhatThePlanSaid) {
  const auto findings = findings_of({{Severity::Note, {"a", 1, 0}, "n"}, {Severity::Warning, {"Dockerfile", 7, 0}, "w"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].warning);
  EXPECT_EQ(findings[0].line, 7);
  const auto read =
      findings_in("compose.yaml:3: error: no such key: error: really\nDockerfile: error: is empty\nnothing here\n: error: x\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].file, "compose.yaml");
  EXPECT_EQ(read[0].line, 3);
  EXPECT_EQ(read[0].message, "no such key: error: really");
  EXPECT_EQ(read[1].file, "Dockerfile");
  EXPECT_EQ(read[1].line, 0);
}

}  // namespace
}  // namespace farm::ctl
