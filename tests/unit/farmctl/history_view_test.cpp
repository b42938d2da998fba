#include "farmctl/render/history_view.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/history/builds.hpp"

namespace farm::ctl {
namespace {

using history::test::build;
using history::test::hit;
using history::test::job;

constexpr std::int64_t kNow = 1'000'000'000;

ExplainedJob explained(const std::string& name, JobState state) {
  ExplainedJob explained;
  explained.told.build = BuildId{14};
  explained.told.project = "market";
  explained.told.job.name = name;
  explained.told.job.state = state;
  explained.told.last_build = BuildId{12};
  explained.told.last_ms = kNow - 3LL * 86'400'000;
  return explained;
}

TEST(ExplainView, AHitSaysSinceWhen) {
  ExplainedJob api = explained("image api", JobState::Hit);
  api.told.services = {"api_01", "api_02"};
  EXPECT_EQ(render_explanation(api, kNow),
            "api_01, api_02 (image api) hit in build 14 of market\n"
            "  unchanged since build 12, 3 days ago\n");
}

TEST(ExplainView, ReasonsOfTheLayerBelowStandUnderIt) {
  ExplainedJob deps = explained("deps", JobState::Succeeded);
  deps.told.changes = {{"lock serde 1.0.2", {}, {"x"}}};
  deps.reasons = {{history::ReasonKind::Lock, "serde", "1.0.1", "1.0.2", "Cargo.lock: serde 1.0.1 → 1.0.2"}};
  ExplainedJob api = explained("image api", JobState::Succeeded);
  api.told.changes = {{"deps", {"a"}, {"b"}}};
  api.told.job.agent = "alpha";
  api.told.job.placement = "the only agent";
  api.told.job.queued_ms = Millis{1'500};
  api.reasons = {{history::ReasonKind::Upstream, "deps", "", "", "deps below it is another one"}};
  api.below = {deps};
  EXPECT_EQ(render_explanation(api, kNow),
            "image api was built in build 14 of market\n"
            "  differs from build 12, 3 days ago:\n"
            "    deps below it is another one\n"
            "      differs from build 12, 3 days ago:\n"
            "        Cargo.lock: serde 1.0.1 → 1.0.2\n"
            "  ran on alpha: the only agent; waited 1.5 s for a slot\n");
}

TEST(ExplainView, AWaitingJobSaysWhatForAndWhatOfEachAgent) {
  ExplainedJob api = explained("image api", JobState::Waiting);
  api.told.job.cause = "first-build";
  api.told.job.phase = "waits for a free slot: 2 of 2 busy";
  api.told.agents = {{"alpha", "has 2 of 2 slots busy"}, {"beta", ""}};
  EXPECT_EQ(render_explanation(api, kNow),
            "image api waits in build 14 of market\n"
            "  first build: there is no result of it yet\n"
            "  waits for a free slot: 2 of 2 busy\n"
            "    alpha has 2 of 2 slots busy\n"
            "    beta could take it\n");
}

TEST(ExplainView, WhatIsNotKnownFallsBackOnTheJobsOwnReason) {
  ExplainedJob api = explained("image api", JobState::Failed);
  api.told.job.reason = "the build failed with exit code 101\nerror[E0425]";
  api.told.job.cause = "source";
  const std::string text = render_explanation(api, kNow);
  EXPECT_NE(text.find("error[E0425]"), std::string::npos) << text;
  api.told.job.state = JobState::Succeeded;
  api.told.job.reason = "slice crate:api changed";
  EXPECT_NE(render_explanation(api, kNow).find("  slice crate:api changed\n"), std::string::npos);
}

TEST(ExplainView, TheStepsThatTookTheTimeAreNamed) {
  ExplainedJob api = explained("image api", JobState::Succeeded);
  api.told.job.timings.steps = 3;
  api.told.job.timings.steps_cached = 1;
  api.told.steps = {{"[base 1/1] FROM rust", Millis{0}, true, false, Millis{0}},
                    {"[2/3] COPY . .", Millis{150}, false, false, Millis{10}},
                    {"[3/3] RUN cargo build", Millis{8'000}, false, true, Millis{160}}};
  const std::string text = render_explanation(api, kNow);
  EXPECT_NE(text.find("  3 steps, 1 cached; longest: 8.0 s (failed) [3/3] RUN cargo build; 0.15 s [2/3] COPY . .\n"), std::string::npos)
      << text;
  api.told.steps.clear();
  EXPECT_EQ(render_explanation(api, kNow).find("cached"), std::string::npos) << "an older coordinator or agent tells no steps";
}

TEST(ExplainView, JsonHoldsTheSameAsATree) {
  ExplainedJob api = explained("image api", JobState::Succeeded);
  api.reasons = {{history::ReasonKind::Upstream, "deps", "", "", "deps below it is another one"}};
  api.below = {explained("deps", JobState::Succeeded)};
  api.told.steps = {{"[1/1] RUN x", Millis{20}, false, true, Millis{10}}};
  api.told.steps_left_off = 5;
  const auto json = nlohmann::json::parse(render_explain_json(api));
  EXPECT_EQ(json["schema"], "farm.explain.v1");
  EXPECT_EQ(json["reasons"][0]["kind"], "upstream");
  EXPECT_EQ(json["below"][0]["job"], "deps");
  EXPECT_EQ(json["steps"][0],
            nlohmann::json({{"name", "[1/1] RUN x"}, {"start_ms", 10}, {"run_ms", 20}, {"cached", false}, {"failed", true}}));
  EXPECT_EQ(json["steps_left_off"], 5);
  EXPECT_EQ(json["last_build"], 12);
}

TEST(Ages, AreRoundedDownToOneUnit) {
  EXPECT_EQ(format_age(Millis{-5}), "0 s");
  EXPECT_EQ(format_age(Millis{119'000}), "119 s");
  EXPECT_EQ(format_age(Millis{120'000}), "2 min");
  EXPECT_EQ(format_age(Millis{7'200'000}), "2 h");
  EXPECT_EQ(format_age(Millis{3LL * 86'400'000}), "3 days");
}

Report sample() {
  const std::vector<BuildStatus> builds = {
      build(3, 0, {hit(JobKind::Image, "image api")}, 20), build(2, 0, {job(JobKind::Image, "image api", 0, 0, 4'000)}, 4'200),
      build(1, 1, {job(JobKind::Deps, "deps", 0, 0, 90'000), job(JobKind::Image, "image api", 90'000, 90'500, 2'000, {"deps"})}, 93'000)};
  Report report;
  report.project = "market";
  report.builds = builds.size();
  report.newest = BuildId{3};
  report.oldest = BuildId{1};
  report.tables = history::benchmark(builds);
  report.build = builds[2];
  report.counterfactual = history::counterfactual(builds[2], builds, 0);
  return report;
}

TEST(ReportView, HasTheGuidesThreeTablesAndWhatBoundTheBuild) {
  EXPECT_EQ(render_report(sample(), ReportFormat::Text),
            "Project market, 3 builds (1 to 3). Medians; a service's time is what it would take alone.\n"
            "\n"
            "Cold build (dependencies too): 1 build\n"
            "SERVICE                   MEDIAN      FROM\n"
            "api                       1 min 32 s  1 build\n"
            "Total (serial)            1 min 33 s  1 build\n"
            "Total (serial, computed)  1 min 32 s  1 build\n"
            "Total (parallel)          no data\n"
            "\n"
            "Code change (dependencies were there): 1 build\n"
            "SERVICE                   MEDIAN   FROM\n"
            "api                       4.0 s    1 build\n"
            "Total (serial)            no data\n"
            "Total (serial, computed)  4.0 s    1 build\n"
            "Total (parallel)          4.2 s    1 build\n"
            "\n"
            "No change: 1 build\n"
            "SERVICE           MEDIAN   FROM\n"
            "api               0.02 s   1 build\n"
            "Total (serial)    no data\n"
            "Total (parallel)  0.02 s   1 build\n"
            "\n"
            "Build 1\n"
            "took 1 min 33 s; its jobs one after another: 1 min 32 s; with a slot for every job at least 1 min 32 s\n"
            "bound by one job: deps ran for 90.0 s of 93.0 s\n"
            "\n"
            "CRITICAL PATH  WAITED  FETCH   RUN         PUSH    REST    AGENT\n"
            "deps           0.00 s  0.00 s  1 min 30 s  0.00 s  0.00 s  alpha\n"
            "image api      0.50 s  0.00 s  2.0 s       0.00 s  0.00 s  alpha\n"
            "after it: 0.50 s\n");
}

TEST(ReportView, MarkdownTablesAreTablesWhateverNamesHold) {
  Report report = sample();
  report.tables[0].services[0].service = "a|b";
  const std::string text = render_report(report, ReportFormat::Markdown);
  EXPECT_NE(text.find("| SERVICE | MEDIAN | FROM |\n|---|---|---|\n| a\\|b | 1 min 32 s | 1 build |\n"), std::string::npos) << text;
  EXPECT_NE(text.find("## Build 1\n"), std::string::npos);
  EXPECT_NE(text.find("- bound by one job: deps ran for 90.0 s of 93.0 s\n"), std::string::npos) << text;
}

TEST(ReportView, WhereNothingRanNothingBoundIt) {
  Report report = sample();
  report.build = build(3, 0, {hit(JobKind::Image, "image api")}, 20);
  report.counterfactual = history::counterfactual(*report.build, {}, 0);
  const std::string text = render_report(report, ReportFormat::Text);
  EXPECT_NE(text.find("\nno job ran: every image was there\n"), std::string::npos) << text;
}

TEST(ReportView, JsonSaysNullWhereThereIsNoData) {
  Report report = sample();
  const auto json = nlohmann::json::parse(render_report_json(report));
  EXPECT_EQ(json["schema"], "farm.report.v1");
  EXPECT_TRUE(json["tables"][0]["total"]["parallel"].is_null());
  EXPECT_EQ(json["tables"][1]["services"][0]["time"]["median_ms"], 4'000);
  EXPECT_EQ(json["counterfactual"]["bound"], "one-job");
  report.build.reset();
  EXPECT_TRUE(nlohmann::json::parse(render_report_json(report))["counterfactual"].is_null());
}

}  // namespace
}  // namespace farm::ctl
