#include "shared/net/poller.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "shared/net/dealer_link.hpp"

namespace farm::net {
namespace {

constexpr Millis kPatience{10'000};  // no test waits this long unless it fails

TEST(NetPoller, AnotherThreadWakesTheLoopAndItsItemsArrive) {
  const Waker waker;
  Mailbox<int> mailbox(waker);
  Poller poller;
  poller.add(waker);
  EXPECT_FALSE(poller.wait(Millis{0}).value());
  std::thread other([&] {
    for (int number = 1; number <= 1'000; ++number) EXPECT_TRUE(mailbox.push(number));
  });
  int seen = 0;
  while (seen < 1'000) {
    ASSERT_TRUE(poller.wait(kPatience).value());
    waker.drain();
    while (const auto item = mailbox.pop()) ASSERT_EQ(*item, ++seen);
  }
  other.join();
}

TEST(NetPoller, AFullMailboxRefuses) {
  const Waker waker;
  Mailbox<int> mailbox(waker, 2);
  EXPECT_TRUE(mailbox.push(1));
  EXPECT_TRUE(mailbox.push(2));
  EXPECT_FALSE(mailbox.push(3));
  EXPECT_EQ(mailbox.pop(), 1);
  EXPECT_TRUE(mailbox.push(4));
}

TEST(NetReconnect, DelaysGrowToABoundAndDiffer) {
  Rng rng(7);
  for (std::uint32_t attempt = 0; attempt < 100; ++attempt) {
    const Millis delay = reconnect_delay(attempt, rng);
    EXPECT_GE(delay.value, 100);
    EXPECT_LE(delay.value, 5'000);
  }
  EXPECT_LE(reconnect_delay(1, rng).value, 200);
  EXPECT_GE(reconnect_delay(50, rng).value, 2'500);
}

}  // namespace
}  // namespace farm::net
