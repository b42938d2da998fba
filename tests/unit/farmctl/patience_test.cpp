#include "farmctl/client/patience.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace farm::ctl {
namespace {

const Error kHeld{ErrorKind::Overloaded, "submitting: builds wait while the registry's garbage is collected"};

struct Desk {
  std::vector<Error> refusals;  // then it accepts
  std::size_t asked = 0;
  Instant now{1'000};
  std::vector<std::string> lines;
  bool interrupted = false;

  Result<protocol::Accepted> ask(Millis most = kPatienceDefault) {
    const Patience patience{most, [this] { return now; },
                            [this](Millis time) {
                              now = now + time;
                              return !interrupted;
                            },
                            [this](const std::string& line) { lines.push_back(line); }};
    return ask_patiently(
        [this]() -> Result<protocol::Accepted> {
          if (asked < refusals.size()) return refusals[asked++];
          ++asked;
          return protocol::Accepted{};
        },
        patience);
  }
};

TEST(Patience, WaitsWhileBuildsAreHeldAndSaysWhyOnce) {
  Desk desk;
  desk.refusals = {kHeld, kHeld, kHeld};
  EXPECT_TRUE(desk.ask());
  EXPECT_EQ(desk.asked, 4U);
  ASSERT_EQ(desk.lines.size(), 1U);
  EXPECT_NE(desk.lines[0].find("garbage is collected\nwaiting for it, at most 600 s"), std::string::npos) << desk.lines[0];
}

TEST(Patience, SaysAnotherReasonToo) {
  Desk desk;
  desk.refusals = {kHeld, {ErrorKind::Overloaded, "the farm has 200 open builds, its limit"}};
  EXPECT_TRUE(desk.ask());
  EXPECT_EQ(desk.lines.size(), 2U);
}

TEST(Patience, EndsWithTheReasonWhenItsTimeIsOver) {
  Desk desk;
  desk.refusals = std::vector<Error>(100, kHeld);
  const Result<protocol::Accepted> answer = desk.ask(Millis{10'000});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, kHeld.message);
  EXPECT_EQ(desk.asked, 5U);
}

TEST(Patience, IsForNoOtherError) {
  for (const ErrorKind kind : {ErrorKind::Unavailable, ErrorKind::Denied, ErrorKind::Conflict, ErrorKind::InvalidInput}) {
    Desk desk;
    desk.refusals = {{kind, "no"}};
    EXPECT_EQ(desk.ask().error().kind, kind);
    EXPECT_EQ(desk.asked, 1U);
  }
}

TEST(Patience, AnInterruptEndsIt) {
  Desk desk;
  desk.refusals = {kHeld};
  desk.interrupted = true;
  EXPECT_EQ(desk.ask().error().kind, ErrorKind::Cancelled);
}

}  // namespace
}  // namespace farm::ctl
