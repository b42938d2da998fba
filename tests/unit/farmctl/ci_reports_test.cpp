// The reports for CI systems, also on text that tries to break out of them.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "farmctl/render/annotations.hpp"
#include "farmctl/render/escape.hpp"
#include "farmctl/render/job_summary.hpp"
#include "farmctl/render/junit.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/farmctl/sample_build.hpp"

namespace farm::ctl {
namespace {

const std::string kHostile = "a|b`c<d>&\"'*_[x](y)@%\r\n::error::boo\x1b[31m\x01\xff]]>@everyone --> $x$";

std::vector<Finding> findings() {
  return {{"E0425", "cannot find value `x`, 100 %", "mail/src/main.rs", 12, 5, "image mail", false},
          {"", "linking with `cc` failed", "", 0, 0, "image mail", false}};
}

std::vector<Diagnostic> notes() {
  return {{Severity::Warning, {"Dockerfile", 14, 0}, "flags differ between cook and build"},
          {Severity::Note, {"Dockerfile", 1, 0}, "note"}};
}

// Everything that comes from outside is hostile.
BuildStatus hostile_build() {
  BuildStatus build = test::sample_build();
  build.project = build.reason = kHostile;
  for (JobStatus& job : build.jobs) job.name = job.reason = job.agent = kHostile;
  for (ServiceStatus& service : build.services) service.service = service.reason = service.image = service.job = kHostile;
  return build;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(JUnit, HasACasePerServiceAndPerJobThatFailedForThem) {
  farm::test::expect_golden("farmctl/junit.xml", render_junit(test::sample_build(), Millis{74'321}, findings()));
  BuildStatus build = test::sample_build();
  build.jobs[0].state = JobState::Failed;
  EXPECT_NE(render_junit(build, Millis{1}, {}).find("classname=\"market.jobs\" name=\"deps\""), std::string::npos);
}

TEST(JUnit, NothingBreaksOut) {
  const std::string text = render_junit(hostile_build(), Millis{1}, {{"<&>", kHostile, kHostile, 1, 1, kHostile, false}});
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_EQ(text.find("<d>"), std::string::npos);
  EXPECT_EQ(text.find("a|b`c<"), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  EXPECT_EQ(count(text, "<testcase"), count(text, "</testcase>"));
}

TEST(JUnit, ASubmissionThatWasNoBuildIsAnError) {
  const std::string text = render_junit_error({ErrorKind::InvalidInput, "compose.yaml:3: error: <no>"});
  EXPECT_NE(text.find("errors=\"1\""), std::string::npos);
  EXPECT_NE(text.find("<error message=\"compose.yaml:3: error: &lt;no&gt;\">"), std::string::npos) << text;
}

TEST(JobSummary, ShowsServicesNumbersFailuresAndWarnings) {
  farm::test::expect_golden("farmctl/summary.md", render_job_summary(test::sample_build(), Millis{74'321}, findings(), notes()));
}

TEST(JobSummary, NothingBreaksOut) {
  const std::string text = render_job_summary(hostile_build(), Millis{1}, {{"", kHostile, "", 0, 0, kHostile, false}}, {});
  for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  std::size_t rows = 0;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end - begin);
    if (!line.starts_with("| ")) continue;
    ++rows;
    EXPECT_EQ(count(line, "|") - count(line, "\\|"), 7U) << line;
  }
  EXPECT_EQ(rows, 6U);
}

TEST(JobSummary, AHugeBuildIsCut) {
  BuildStatus build = test::sample_build();
  for (int i = 0; i < 2'000; ++i) build.services.push_back(build.services[0]);
  for (int i = 0; i < 100; ++i)
    build.jobs.push_back(test::job(JobKind::Image, "j", JobState::Failed, "h", "", std::string(1U << 20U, 'x')));
  const std::string text = render_job_summary(build, Millis{1}, {}, std::vector<Diagnostic>(50, notes()[0]));
  EXPECT_LT(text.size(), 512U << 10U) << "GitHub takes 1 MiB";
  EXPECT_NE(text.find("… and 1505 more services"), std::string::npos);
  EXPECT_NE(text.find("… and 81 more failed jobs"), std::string::npos);
  EXPECT_NE(text.find("… and 30 more (`farmctl plan`)"), std::string::npos);
}

TEST(GithubAnnotations, AreOneLineEach) {
  EXPECT_EQ(render_github_annotations(findings()),
            "::error file=mail/src/main.rs,line=12,col=5,title=error[E0425] in image mail::cannot find value `x`, 100 %25\n"
            "::error title=error in image mail::linking with `cc` failed\n");
  EXPECT_EQ(render_github_annotations({{"", "a%\r\nb", "x,y:z%", 3, 0, "", true}}),
            "::warning file=x%2Cy%3Az%25,line=3,title=warning::a%25%0D%0Ab\n");
  EXPECT_EQ(count(render_github_annotations({{kHostile, kHostile, kHostile, 1, 1, kHostile, false}}), "\n"), 1U);
}

TEST(GitlabQuality, IsAListWithAFingerprintPerFinding) {
  const auto list = nlohmann::json::parse(render_gitlab_quality({findings()[0], findings()[1], {"", kHostile, "a.rs", 1, 1, "", false}}));
  ASSERT_EQ(list.size(), 2U) << "one without a file has no place in it";
  EXPECT_EQ(list[0]["description"], "E0425: cannot find value `x`, 100 %");
  EXPECT_EQ(list[0]["location"]["path"], "mail/src/main.rs");
  EXPECT_EQ(list[0]["location"]["lines"]["begin"], 12);
  EXPECT_EQ(list[0]["fingerprint"].get<std::string>().size(), 64U);
  EXPECT_NE(list[0]["fingerprint"], list[1]["fingerprint"]);
  EXPECT_EQ(nlohmann::json::parse(render_gitlab_quality({})), nlohmann::json::array());
}

TEST(MarkdownBlock, CannotBeEndedFromWithin) {
  EXPECT_EQ(markdown_block("a\n```\nb"), "````text\na\n```\nb\n````\n");
  EXPECT_EQ(markdown_block(""), "```text\n```\n");
  EXPECT_EQ(markdown_block("x\x1b[31my\n"), "```text\nx[31my\n```\n");
}

TEST(Escape, TextIsCutAtACharacter) {
  EXPECT_EQ(cut("größe", 20), "größe");
  EXPECT_EQ(cut("größe", 3), "gr…");
  EXPECT_EQ(cut("größe", 4), "grö…");
}

TEST(Escape, WhatIsNoUtf8IsReplaced) {
  for (const char* bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82"}) {
    const std::string text = valid_utf8(bytes);
    EXPECT_TRUE(text.starts_with("\xEF\xBF\xBD")) << text;
  }
  EXPECT_EQ(valid_utf8("grö€😀"), "grö€😀");
}

}  // namespace
}  // namespace farm::ctl
