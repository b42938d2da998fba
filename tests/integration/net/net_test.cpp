// The links over real sockets on loopback: who gets in, who is told why not, what is seen when somebody goes away.
#include <map>
#include <thread>

#include "tests/integration/net/net_fixture.hpp"

namespace farm::net {
namespace {

TEST(NetLinks, AKnownKeyTalksToTheCoordinatorUnderItsName) {
  Farm farm;
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("hello"));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->frame, "hello");
  EXPECT_EQ(frame->user, "alpha");
  ASSERT_TRUE(farm.router->send(frame->peer, std::string("ans\0wer", 7)));
  const auto answer = wait_for<FrameReceived>(*dealer);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->frame, std::string("ans\0wer", 7));
  EXPECT_EQ(farm.gatekeeper->admitted(), 1U);
  EXPECT_EQ(farm.gatekeeper->rejected(), 0U);
}

TEST(NetLinks, FramesOfOnePeerKeepTheirOrderAndNoneIsLost) {
  Farm farm;
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  for (int number = 0; number < 900; ++number) ASSERT_TRUE(dealer->send(std::to_string(number)));
  for (int number = 0; number < 900; ++number) {
    const auto frame = wait_for<PeerFrame>(*farm.router);
    ASSERT_TRUE(frame) << number;
    ASSERT_EQ(frame->frame, std::to_string(number));
  }
}

TEST(NetLinks, AnUnknownKeyIsToldSoAndCounted) {
  Farm farm;
  DealerOptions options = farm.dealer_options();
  options.keys = generate_key_pair().value();
  const auto dealer = DealerLink::connect(farm.context, options).value();
  const auto refused = wait_for<ConnectionRefused>(*dealer);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::Denied);
  EXPECT_NE(refused->error.message.find(options.keys.public_key), std::string::npos) << refused->error.message;
  EXPECT_FALSE(dealer->connected());
  EXPECT_GE(farm.gatekeeper->rejected(), 1U);
  const std::lock_guard lock(farm.mutex);
  EXPECT_EQ(farm.last_rejection.public_key, options.keys.public_key);
  EXPECT_EQ(farm.last_rejection.address, "127.0.0.1");
}

TEST(NetLinks, AWrongCoordinatorKeyIsNoticedInsteadOfHanging) {
  Farm farm;
  DealerOptions options = farm.dealer_options();
  options.server_key = generate_key_pair().value().public_key;
  const auto dealer = DealerLink::connect(farm.context, options).value();
  const auto refused = wait_for<ConnectionRefused>(*dealer);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::Denied);
  EXPECT_EQ(farm.gatekeeper->admitted(), 0U);
}

TEST(NetLinks, AReloadedBookLetsANewKeyIn) {
  Farm farm;
  DealerOptions options = farm.dealer_options();
  options.keys = generate_key_pair().value();
  const auto dealer = DealerLink::connect(farm.context, options).value();
  ASSERT_TRUE(wait_for<ConnectionRefused>(*dealer));
  KeyBook book = farm.book();
  ASSERT_TRUE(book.add({"beta", Role::Client, {"market"}, "trusted", options.keys.public_key}));
  farm.gatekeeper->reload(book);
  ASSERT_TRUE(dealer->reconnect());
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("in"));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->user, "beta");
}

TEST(NetLinks, AClosedConnectionIsSeenByTheCoordinator) {
  Farm farm;
  auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("here"));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  dealer.reset();
  const auto gone = wait_for<PeerGone>(*farm.router);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->peer, frame->peer);
  EXPECT_EQ(gone->user, "alpha");
  const Result<void> sent = farm.router->send(frame->peer, "too late");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::NotFound);
}

TEST(NetLinks, LastWordsComeBeforeTheNoticeOfTheEnd) {
  Farm farm;
  for (int round = 0; round < 20; ++round) {
    auto dealer = farm.connect();
    ASSERT_TRUE(wait_for<Connected>(*dealer));
    for (int number = 0; number < 50; ++number) ASSERT_TRUE(dealer->send(std::to_string(number)));
    dealer.reset();  // lets what is queued leave
    int frames = 0;
    bool gone = false;
    while (!gone) {
      const auto event = next_event(*farm.router);
      ASSERT_TRUE(event);
      gone = std::holds_alternative<PeerGone>(*event);
      if (!gone) {
        ASSERT_EQ(std::get<PeerFrame>(*event).frame, std::to_string(frames++));
      }
    }
    EXPECT_EQ(frames, 50) << "round " << round;
  }
}

TEST(NetLinks, AReconnectedPeerIsANewPeerUnderTheSameName) {
  Farm farm;
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("first"));
  const auto first = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(first);
  ASSERT_TRUE(dealer->reconnect());
  ASSERT_TRUE(wait_for<Disconnected>(*dealer));
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("second"));
  std::optional<PeerFrame> second;
  std::optional<PeerGone> gone;  // the two come in any order
  while (!(second && gone)) {
    const auto event = next_event(*farm.router);
    ASSERT_TRUE(event);
    if (const auto* frame = std::get_if<PeerFrame>(&*event)) {
      second = *frame;
    } else {
      gone = std::get<PeerGone>(*event);
    }
  }
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->peer, first->peer);
  ASSERT_TRUE(second);
  EXPECT_NE(second->peer, first->peer);
  EXPECT_EQ(second->user, "alpha");
}

TEST(NetLinks, ManyPeersThatComeAndGoAreEachMissedOnce) {
  Farm farm;
  int frames = 0;
  int gone = 0;
  std::map<std::string, int> balance;
  const auto take = [&](const RouterEvent& event) {
    if (const auto* frame = std::get_if<PeerFrame>(&event)) {
      ++frames;
      ++balance[frame->peer];
    } else {
      ++gone;
      --balance[std::get<PeerGone>(event).peer];
    }
  };
  for (int round = 0; round < 30; ++round) {  // descriptors are used again in each round
    const auto dealer = farm.connect();
    ASSERT_TRUE(wait_for<Connected>(*dealer)) << round;
    ASSERT_TRUE(dealer->send("x"));
    for (const int before = frames; frames == before;) {
      const auto event = next_event(*farm.router);
      ASSERT_TRUE(event) << round;
      take(*event);
    }
  }
  while (gone < frames) {
    const auto event = wait_for<PeerGone>(*farm.router);
    ASSERT_TRUE(event);
    take(*event);
  }
  EXPECT_EQ(frames, 30);
  for (const auto& [peer, count] : balance) EXPECT_EQ(count, 0);
}

TEST(NetLinks, TheCoordinatorsEndIsSeenByItsPeers) {
  Farm farm;
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  farm.router.reset();
  ASSERT_TRUE(wait_for<Disconnected>(*dealer));
  const Result<void> sent = dealer->send("anybody?");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::Unavailable);
}

TEST(NetLinks, APeerThatSendsTooMuchIsCutOff) {
  Farm farm(10'000);
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send(std::string(10'001, 'x')));
  ASSERT_TRUE(wait_for<Disconnected>(*dealer));
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send(std::string(10'000, 'y')));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->frame.front(), 'y');
}

TEST(NetLinks, AFrameAboveTheOwnLimitIsNotSent) {
  Farm farm(10'000);
  const auto dealer = farm.connect();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("here"));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  EXPECT_EQ(farm.router->send(frame->peer, std::string(10'001, 'x')).error().kind, ErrorKind::Overloaded);
}

TEST(NetLinks, ASlowPeerFillsItsQueueAndNothingBlocks) {
  Farm farm(1U << 20U, 10);
  DealerOptions options = farm.dealer_options();
  options.queue_frames_max = 1;
  const auto dealer = DealerLink::connect(farm.context, options).value();
  ASSERT_TRUE(wait_for<Connected>(*dealer));
  ASSERT_TRUE(dealer->send("here"));
  const auto frame = wait_for<PeerFrame>(*farm.router);
  ASSERT_TRUE(frame);
  const std::string big(1U << 20U, 'x');
  std::optional<Error> full;
  for (int number = 0; number < 10'000 && !full; ++number) {
    if (const Result<void> sent = farm.router->send(frame->peer, big); !sent) full = sent.error();
  }
  ASSERT_TRUE(full);
  EXPECT_EQ(full->kind, ErrorKind::Overloaded);
}

TEST(NetLinks, NobodyThereIsUnavailableAndTheEndDoesNotHang) {
  const Farm farm;
  const ClosedPort port;
  DealerOptions options = farm.dealer_options();
  options.endpoint = port.endpoint();
  Context context;
  const auto dealer = DealerLink::connect(context, options).value();
  EXPECT_FALSE(wait_for<Connected>(*dealer, Millis{300}));
  const Result<void> sent = dealer->send("anybody?");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::Unavailable);
}

TEST(NetLinks, SomethingElseThatListensIsNoCoordinator) {
  Farm farm;
  const ClosedPort port;
  port.listen();
  std::atomic<bool> stop{false};
  std::thread impostor([&] {
    while (!stop) {
      const int peer = ::accept(port.fd(), nullptr, nullptr);
      if (peer < 0) return;
      const std::string_view answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      [[maybe_unused]] const auto written = ::write(peer, answer.data(), answer.size());
      ::close(peer);
    }
  });
  DealerOptions options = farm.dealer_options();
  options.endpoint = port.endpoint();
  const auto dealer = DealerLink::connect(farm.context, options).value();
  const auto refused = wait_for<ConnectionRefused>(*dealer, Millis{20'000});
  stop = true;
  ::shutdown(port.fd(), SHUT_RDWR);
  impostor.join();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error.kind, ErrorKind::Denied);
}

TEST(NetLinks, AnAddressInUseIsAConflict) {
  Farm farm;
  RouterOptions options;
  options.endpoint = farm.router->endpoint();
  options.keys = farm.server;
  const auto second = RouterLink::bind(farm.context, options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict) << second.error().message;
}

TEST(NetLinks, NonsenseEndpointsAndKeysAreInvalidInput) {
  Farm farm;
  for (const char* endpoint : {"", "nonsense", "tcp://", "tcp://127.0.0.1:notaport", "udp://127.0.0.1:1"}) {
    DealerOptions options = farm.dealer_options();
    options.endpoint = endpoint;
    const auto dealer = DealerLink::connect(farm.context, options);
    ASSERT_FALSE(dealer) << endpoint;
    EXPECT_EQ(dealer.error().kind, ErrorKind::InvalidInput) << endpoint << dealer.error().message;
  }
  DealerOptions options = farm.dealer_options();
  options.server_key = "short";
  EXPECT_EQ(DealerLink::connect(farm.context, options).error().kind, ErrorKind::InvalidInput);
}

TEST(NetLinks, ARouterNeedsAGatekeeper) {
  Context context;
  RouterOptions options;
  options.endpoint = "tcp://127.0.0.1:0";
  options.keys = generate_key_pair().value();
  EXPECT_EQ(RouterLink::bind(context, options).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace farm::net
