#include "farmctl/render/build_view.hpp"

#include <gtest/gtest.h>

#include "farmctl/render/text.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/farmctl/sample_build.hpp"

namespace farm::ctl {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

BuildStatus running() {
  BuildStatus build = test::sample_build();
  build.state = BuildState::Running;
  build.reason.clear();
  build.finished_ms = 0;
  build.jobs[1] = test::job(JobKind::Image, "image api", JobState::Assigned, "host-1", "building 7/12: cargo build --release");
  build.jobs[1].progress_permille = 583;
  build.jobs[4] = test::job(JobKind::Image, "image web", JobState::Waiting, "", "image mail");
  build.jobs[5] = test::job(JobKind::Image, "image worker", JobState::Verifying, "host-2");
  return build;
}

TEST(BuildView, TheTableAtTheEnd) {
  farm::test::expect_golden("farmctl/summary.txt", render_summary(test::sample_build(), Millis{74'321}));
}

TEST(BuildView, TheScreenWhileItRuns) {
  farm::test::expect_golden("farmctl/screen.txt", joined(render_screen(running(), {80, 24}, 31'000, false)));
}

TEST(BuildView, TheScreenFitsIntoAnyTerminal) {
  for (const std::size_t width : {1U, 10U, 40U, 200U}) {
    for (const std::size_t height : {1U, 3U, 4U, 5U, 24U}) {
      const auto lines = render_screen(running(), {width, height}, 31'000, false);
      EXPECT_LE(lines.size(), std::max<std::size_t>(height, 3)) << height;
      for (const std::string& line : lines) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(BuildView, OnANarrowTerminalALongNameLeavesRoomForWhatItsJobDoes) {
  BuildStatus build = running();
  build.jobs[1].name = "image " + std::string(100, 'o');
  build.jobs[1].phase = "building 3/9";
  const std::string screen = joined(render_screen(build, {40, 24}, 0, false));
  EXPECT_NE(screen.find("image ooo…oooooooooo  host-1  building"), std::string::npos) << screen;
  EXPECT_EQ(screen.find("░"), std::string::npos) << screen;
}

TEST(BuildView, ColourIsOnlyUsedWhereAskedFor) {
  EXPECT_EQ(joined(render_screen(running(), {80, 24}, 0, false)).find('\x1b'), std::string::npos);
  EXPECT_NE(joined(render_screen(running(), {80, 24}, 0, true)).find("\x1b[31m"), std::string::npos);
}

TEST(PlainProgress, SaysWhatChangedAndNothingTwice) {
  PlainProgress progress;
  BuildStatus build = running();
  const std::vector<std::string> first = progress.lines(build);
  farm::test::expect_golden("farmctl/progress.txt", joined(first));
  EXPECT_TRUE(progress.lines(build).empty());
  build.jobs[1].phase = "pushing";
  EXPECT_EQ(progress.lines(build), std::vector<std::string>{"image api: pushing (host-1)"});
  build.jobs[1].progress_permille = 900;
  EXPECT_TRUE(progress.lines(build).empty());
}

}  // namespace
}  // namespace farm::ctl
