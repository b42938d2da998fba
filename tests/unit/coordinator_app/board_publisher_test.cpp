#include "coordinator/app/board_publisher.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

using std::chrono::microseconds;

TEST(PauseAfter, AllOpenBuildsTogetherTakeOnePartInFifty) {
  EXPECT_EQ(pause_after(microseconds{2'000}, 1), Millis{100});
  EXPECT_EQ(pause_after(microseconds{2'000}, 10), Millis{1'000});
  EXPECT_EQ(pause_after(microseconds{100}, 1'000), Millis{5'000});
  EXPECT_EQ(pause_after(microseconds{3}, 1), Millis{0});
}

}  // namespace
}  // namespace farm::coordinator
