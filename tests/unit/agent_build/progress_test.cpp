#include "agent/build/progress.hpp"

#include <algorithm>

#include "tests/unit/agent_build/samples.hpp"

namespace farm::build {
namespace {

bool has(const std::vector<std::string>& list, const std::string& text) { return std::find(list.begin(), list.end(), text) != list.end(); }

TEST(BuildProgress, AColdBuildRunsEachStepAndAnswersNoneFromTheCache) {
  Played played;
  played.play("ok.jsonl");
  EXPECT_EQ(played.progress.step_count(), 3U);
  EXPECT_EQ(played.progress.cached_count(), 0U);
  EXPECT_EQ(played.progress.failure().step, "");
  EXPECT_EQ(played.progress.final_error(), "");
  EXPECT_TRUE(has(played.phases, "building 2/3: [mid 1/1] RUN [\"/t\",\"hello\"]")) << ::testing::PrintToString(played.phases);
  EXPECT_TRUE(has(played.phases, "pushing")) << ::testing::PrintToString(played.phases);
  EXPECT_NE(played.log.find("[fin 1/1] RUN [\"/t\",\"world\",\"x\"]\narg world\narg x\n"), std::string::npos) << played.log;
}

TEST(BuildProgress, OnlyTheStepThatWasLookedUpCountsAsCached) {
  // Three steps say "cached"; two of them were never asked for, because the third answered.
  Played played;
  played.play("cached.jsonl");
  EXPECT_EQ(played.progress.step_count(), 1U);
  EXPECT_EQ(played.progress.cached_count(), 1U);
  const std::vector<StepReport> steps = played.progress.steps().told;
  const auto cached = std::count_if(steps.begin(), steps.end(), [](const StepReport& step) { return step.cached; });
  EXPECT_EQ(cached, 1);
  EXPECT_TRUE(std::none_of(steps.begin(), steps.end(), [](const StepReport& step) { return step.name.find("[base 1/1]") == 0; }));
}

TEST(BuildProgress, ExportAndPushAreOneTimeEvenIfTheVertexRunsTwice) {
  // 08:02:56.65373631 to .68558697 and .685611627 to .709479203.
  Played played;
  played.play("ok.jsonl");
  EXPECT_EQ(played.progress.export_ms(), Millis{55});
  EXPECT_EQ(played.progress.written_ms(), Millis{31}) << "the first run; the second pushed";
}

TEST(BuildProgress, TimeOfCookAndCompileIsThatOfTheStepsThatRanThem) {
  BuildProgress progress({});
  const auto step = [&](const std::string& id, const std::string& name, int from, int to, const std::string& more = "") {
    const auto at = [](int second) { return "\"2026-11-24T08:00:" + std::to_string(second) + "Z\""; };
    progress.line(R"({"vertexes":[{"digest":")" + id + R"(","name":")" + name + R"(","started":)" + at(from) + R"(,"completed":)" + at(to) +
                      more + "}]}",
                  false);
  };
  step("a", "[cook 1/2] RUN cargo chef cook --release", 10, 14);
  step("b", "[builder 2/2] RUN set -e; cargo build --release --bin a", 20, 27);
  step("c", "[tools 1/1] RUN cargo install x", 30, 31, R"(,"cached":true)");
  step("d", "[runtime 2/2] RUN apt-get install curl", 40, 49);
  step("e", "[internal] load cargo build definition", 50, 59);
  EXPECT_EQ(progress.cook_ms(), Millis{4'000});
  EXPECT_EQ(progress.compile_ms(), Millis{7'000}) << "what the cache answered took no time";
}

std::string vertex(const std::string& id, const std::string& name, const std::string& from, const std::string& to,
                   const std::string& more = "") {
  return R"({"vertexes":[{"digest":")" + id + R"(","name":")" + name + R"(","started":"2026-11-24T08:00:)" + from +
         R"(Z","completed":"2026-11-24T08:00:)" + to + R"(Z")" + more + "}]}";
}

TEST(BuildProgress, StepsTellWhenTheyBeganAndHowLongTheyRan) {
  BuildProgress progress({});
  progress.line(vertex("a", "[internal] load build definition", "10.25", "10.5"), false);
  progress.line(vertex("b", "[builder 2/2] RUN cargo build", "12", "20"), false);
  progress.line(vertex("c", "[base 1/1] FROM rust", "10", "10.001", R"(,"cached":true)"), false);
  progress.line(vertex("d", "exporting to image", "20", "21"), false);
  progress.line(vertex("d", "exporting to image", "21", "24", R"(,"error":"registry is away")"), false);
  const std::vector<StepReport> expected = {{"[internal] load build definition", Millis{250}, false, false, Millis{250}},
                                            {"[builder 2/2] RUN cargo build", Millis{8'000}, false, false, Millis{2'000}},
                                            {"[base 1/1] FROM rust", Millis{1}, true, false, Millis{0}},
                                            {"exporting to image", Millis{4'000}, false, true, Millis{10'000}}};
  EXPECT_EQ(progress.steps().told, expected);
  EXPECT_EQ(progress.steps().left_off, 0U);
}

TEST(BuildProgress, OfTooManyStepsTheFailedAndTheLongestAreTold) {
  BuildProgress progress({});
  for (int number = 0; number < 100; ++number) {
    const bool slow = number % 2 == 1;
    progress.line(vertex(std::to_string(number), "[1/1] RUN " + std::to_string(number), "10", slow ? "12" : "11",
                         number == 0 ? R"(,"error":"exit code: 1")" : ""),
                  false);
  }
  const BuildProgress::Steps steps = progress.steps();
  EXPECT_EQ(steps.left_off, 100U - kStepsMax);
  ASSERT_EQ(steps.told.size(), kStepsMax);
  EXPECT_EQ(steps.told.front().name, "[1/1] RUN 0") << "it failed";
  EXPECT_EQ(std::count_if(steps.told.begin(), steps.told.end(), [](const StepReport& step) { return step.run_ms == Millis{2'000}; }), 50);
}

TEST(BuildProgress, PulledLayersAreCountedOnce) {
  Played played;
  played.play("pull.jsonl");
  EXPECT_EQ(played.progress.pulled_bytes(), 16U + 130U + 363'537U);
}

TEST(BuildProgress, TheFailedStepAndItsOutputAreKept) {
  Played played;
  played.play("rustc.jsonl");
  const BuildProgress::Failure failure = played.progress.failure();
  EXPECT_EQ(failure.step, "[builder 2/2] RUN cargo build --release --bin orchestrator_rust");
  EXPECT_NE(failure.log.find("--> orchestrator_rust/src/main.rs:42:22"), std::string::npos);
  EXPECT_EQ(played.progress.final_error(),
            "failed to build: failed to solve: process \"/bin/sh -c cargo build --release --bin ${SERVICE}\" did not "
            "complete successfully: exit code: 101");
  const std::vector<StepReport> steps = played.progress.steps().told;
  EXPECT_EQ(std::count_if(steps.begin(), steps.end(), [](const StepReport& step) { return step.failed; }), 1);
}

TEST(BuildProgress, LogEntriesThatAreCutInALineBecomeWholeLines) {
  Played played;
  played.play("rustc.jsonl");
  EXPECT_NE(played.log.find("\n   Compiling rust_core v0.3.0 (/app/rust_core)\n"), std::string::npos) << played.log;
}

TEST(BuildProgress, AStepThatIsSaidToBeCachedButNeverStartedCountsNowhere) {
  BuildProgress progress(nullptr);
  progress.line(R"({"vertexes":[{"digest":"a","name":"[1/1] RUN x","cached":true}]})", false);
  EXPECT_EQ(progress.step_count(), 0U);
  EXPECT_EQ(progress.cached_count(), 0U);
}

TEST(BuildProgress, AHostileStreamStaysWithinItsLimits) {
  std::size_t logged = 0;
  BuildProgress progress([&](std::string_view text) { logged += text.size(); });
  for (int number = 0; number < 12'000; ++number) {
    progress.line(R"({"vertexes":[{"digest":"v)" + std::to_string(number) + R"(","name":"[1/1] )" + std::string(5'000, 'n') +
                      R"(","started":"2026-11-24T08:02:56.5Z"}]})",
                  false);
  }
  progress.line("{\"cut\":", true);
  progress.line("{not json", false);
  for (int number = 0; number < 2'000; ++number) progress.line(std::string(10'000, 'p'), false);
  EXPECT_EQ(progress.steps().told.size(), kStepsMax);
  EXPECT_EQ(progress.steps().left_off, kVerticesMax - kStepsMax);
  EXPECT_EQ(progress.steps().told.at(0).name.size(), kStepNameBytesMax);
  EXPECT_LE(progress.plain_text().size(), 2 * kPlainBytesMax + 10'001);
  EXPECT_LE(progress.phase().size(), kStepNameBytesMax + 50);
}

}  // namespace
}  // namespace farm::build
