#include "coordinator/app/reading.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace farm::coordinator {
namespace {

TEST(Reading, WorksElsewhereAndGivesWhatIsToBeDoneHere) {
  std::promise<Reading::Then> delivered;
  Reading reading(4, [&](Reading::Then then) { delivered.set_value(std::move(then)); });
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id done;
  ASSERT_TRUE(reading.ask([&]() -> Reading::Then {
    worked = std::this_thread::get_id();
    return [&] { done = std::this_thread::get_id(); };
  }));
  delivered.get_future().get()();
  EXPECT_NE(worked, here);
  EXPECT_EQ(done, here);
}

TEST(Reading, TakesNoMoreThanItsLimitAndDropsWhatWaitsWhenItEnds) {
  std::promise<void> begun;
  std::promise<void> gate;
  int ran = 0;
  {
    Reading reading(2, [](Reading::Then) {});
    ASSERT_TRUE(reading.ask([&]() -> Reading::Then {
      begun.set_value();
      gate.get_future().wait();
      return {};
    }));
    begun.get_future().wait();
    const auto count = [&ran]() -> Reading::Then {
      ++ran;
      return {};
    };
    EXPECT_TRUE(reading.ask(count));
    EXPECT_TRUE(reading.ask(count));
    EXPECT_FALSE(reading.ask(count)) << "two wait already";
    gate.set_value();
  }
  EXPECT_LE(ran, 2);
}

}  // namespace
}  // namespace farm::coordinator
