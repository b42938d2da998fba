#include "shared/wire/wire.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

#include "shared/base/limits.hpp"
#include "tests/support/fill.hpp"

namespace farm::wire {
namespace {

using test::fill_alternative;
using test::same;

constexpr std::uint64_t kSeeds = 40;

// Every alternative of a variant, each filled in many ways, through encode and decode.
template <typename Variant, typename RoundTrip>
void expect_round_trips(RoundTrip round_trip) {
  for (std::size_t number = 0; number < std::variant_size_v<Variant>; ++number) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Rng rng(seed);
      Variant value;
      fill_alternative(value, number, rng);
      Variant back = round_trip(value, seed);
      ASSERT_TRUE(same(value, back)) << "alternative " << number << ", seed " << seed;
    }
  }
}

TEST(WireRoundTrip, EveryMessageOfAnAgent) {
  expect_round_trips<protocol::FromAgent>([](const protocol::FromAgent& value, std::uint64_t) {
    Result<ToCoordinator> back = decode_to_coordinator(encode(value));
    return std::get<protocol::FromAgent>(back.value());
  });
}

TEST(WireRoundTrip, EveryMessageToAnAgent) {
  expect_round_trips<protocol::ToAgent>(
      [](const protocol::ToAgent& value, std::uint64_t) { return decode_to_agent(encode(value)).value(); });
}

TEST(WireRoundTrip, EveryRequest) {
  expect_round_trips<protocol::ClientRequestBody>([](const protocol::ClientRequestBody& body, std::uint64_t seed) {
    Result<ToCoordinator> back = decode_to_coordinator(encode(protocol::ClientRequest{seed, body}));
    protocol::ClientRequest request = std::get<protocol::ClientRequest>(back.value());
    EXPECT_EQ(request.request_id, seed);
    return request.body;
  });
}

TEST(WireRoundTrip, EveryAnswer) {
  expect_round_trips<protocol::ClientAnswerBody>([](const protocol::ClientAnswerBody& body, std::uint64_t seed) {
    protocol::ClientAnswer answer = decode_client_answer(encode(protocol::ClientAnswer{seed, body})).value();
    EXPECT_EQ(answer.request_id, seed);
    return answer.body;
  });
}

TEST(WireRoundTrip, EveryOutcomeOfAJob) {
  expect_round_trips<JobOutcome>([](const JobOutcome& outcome, std::uint64_t) {
    protocol::JobReport report;
    report.outcome = outcome;
    Result<ToCoordinator> back = decode_to_coordinator(encode(protocol::FromAgent(report)));
    return std::get<protocol::JobReport>(std::get<protocol::FromAgent>(back.value())).outcome;
  });
}

TEST(WireRoundTrip, EmptyValuesStayEmpty) {
  protocol::ToAgent start = protocol::StartJob{};
  protocol::ToAgent back = decode_to_agent(encode(start)).value();
  EXPECT_EQ(std::get<protocol::StartJob>(back), protocol::StartJob{});
  EXPECT_EQ(std::get<protocol::StartJob>(back).spec.compile_route, std::nullopt);
}

TEST(WireRoundTrip, SameValueSameBytes) {
  const auto request = test::filled<protocol::ClientRequest>(3);
  EXPECT_EQ(encode(request), encode(request));
}

// One frame of each direction, with much in it.
std::vector<std::string> frames() {
  Rng rng(11);
  std::vector<std::string> all;
  for (std::size_t number = 0; number < std::variant_size_v<protocol::FromAgent>; ++number) {
    protocol::FromAgent message;
    fill_alternative(message, number, rng);
    all.push_back(encode(message));
  }
  for (std::size_t number = 0; number < std::variant_size_v<protocol::ToAgent>; ++number) {
    protocol::ToAgent message;
    fill_alternative(message, number, rng);
    all.push_back(encode(message));
  }
  for (std::size_t number = 0; number < std::variant_size_v<protocol::ClientRequestBody>; ++number) {
    protocol::ClientRequest request;
    fill_alternative(request.body, number, rng);
    all.push_back(encode(request));
  }
  for (std::size_t number = 0; number < std::variant_size_v<protocol::ClientAnswerBody>; ++number) {
    protocol::ClientAnswer answer;
    fill_alternative(answer.body, number, rng);
    all.push_back(encode(answer));
  }
  return all;
}

struct Tally {
  int good = 0;
  int bad = 0;
  template <typename T>
  void add(const Result<T>& result) {
    if (result) {
      ++good;
      return;
    }
    ++bad;
    const ErrorKind kind = result.error().kind;
    EXPECT_TRUE(kind == ErrorKind::Corrupt || kind == ErrorKind::Unsupported || kind == ErrorKind::Overloaded) << result.error().message;
  }
  void decode_all(std::string_view bytes) {
    add(decode_to_coordinator(bytes));
    add(decode_to_agent(bytes));
    add(decode_client_answer(bytes));
  }
};

TEST(WireDamage, TwentyThousandDamagedFramesGiveAnErrorOrAValue) {
  const std::vector<std::string> all = frames();
  Rng rng(20'000);
  Tally tally;
  for (int number = 0; number < 20'000; ++number) {
    std::string frame = all[static_cast<std::size_t>(rng.below(all.size()))];
    for (std::uint64_t flips = 1 + rng.below(4); flips > 0; --flips) {
      frame[static_cast<std::size_t>(rng.below(frame.size()))] = static_cast<char>(rng.below(256));
    }
    tally.decode_all(frame);
  }
  // A check that can't fail is none: both ends must have been reached.
  EXPECT_GT(tally.good, 1'000);
  EXPECT_GT(tally.bad, 1'000);
}

TEST(WireDamage, EveryTruncationGivesAnErrorOrAValue) {
  Tally tally;
  for (const std::string& frame : frames()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      // A copy of exactly this length, so that a read past the end is seen by the sanitizer.
      const std::unique_ptr<char[]> exact(new char[size]);
      std::memcpy(exact.get(), frame.data(), size);
      tally.decode_all({exact.get(), size});
    }
  }
  EXPECT_EQ(tally.good, 0);
  EXPECT_GT(tally.bad, 10'000);
}

TEST(WireDamage, AFrameMayLieAtAnyAddress) {
  const auto request = test::filled<protocol::ClientRequest>(5);
  const std::string frame = encode(request);
  std::vector<char> buffer(frame.size() + 16);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::memcpy(buffer.data() + offset, frame.data(), frame.size());
    Result<ToCoordinator> back = decode_to_coordinator({buffer.data() + offset, frame.size()});
    ASSERT_TRUE(back) << offset << back.error().message;
    auto expected = request;
    EXPECT_TRUE(same(std::get<protocol::ClientRequest>(*back), expected)) << offset;
  }
}

TEST(WireLimits, ALongFrameIsOverloadedWithoutBeingRead) {
  const std::string frame(limits::kFrameBytesMax + 8, '\0');
  EXPECT_EQ(decode_to_coordinator(frame).error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(decode_to_agent(frame).error().kind, ErrorKind::Overloaded);
  EXPECT_EQ(decode_client_answer(frame).error().kind, ErrorKind::Overloaded);
}

TEST(WireLimits, AListAboveItsLimitIsOverloaded) {
  protocol::AgentHeartbeat heartbeat;
  heartbeat.labels.assign(100'001, "");
  EXPECT_EQ(decode_to_coordinator(encode(protocol::FromAgent(heartbeat))).error().kind, ErrorKind::Overloaded);
  heartbeat.labels.pop_back();
  EXPECT_TRUE(decode_to_coordinator(encode(protocol::FromAgent(heartbeat))));
}

TEST(WireVersions, ANewerVersionIsUnsupportedAndTheTextNamesBoth) {
  const auto answer = decode_client_answer(encode_with_version({1, protocol::Done{}}, protocol::kProtocolVersion + 6));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::Unsupported);
  EXPECT_NE(answer.error().message.find("version 7"), std::string::npos) << answer.error().message;
  EXPECT_NE(answer.error().message.find("version 1"), std::string::npos) << answer.error().message;
}

// Finds the union's number in a frame by changing it: two frames that differ in the alternative alone differ there.
TEST(WireVersions, AMessageThatThisVersionDoesNotKnowIsUnsupported) {
  const std::string cancel = encode(protocol::ToAgent(protocol::AckReport{{0}, {0}}));
  int unsupported = 0;
  for (std::size_t place = 8; place < cancel.size(); ++place) {
    std::string frame = cancel;
    frame[place] = 77;
    const auto back = decode_to_agent(frame);
    if (!back && back.error().kind == ErrorKind::Unsupported && back.error().message.find("77") != std::string::npos &&
        back.error().message.find("message to an agent number") != std::string::npos) {
      ++unsupported;
    }
  }
  EXPECT_EQ(unsupported, 1);
}

// Frames that version 1 wrote. They are never written again: a newer version adds files of its own.
// FARM_WRITE_GOLDEN=1 writes those that do not exist.
class WireGolden : public testing::TestWithParam<std::size_t> {};

TEST_P(WireGolden, AFrameOfVersionOneIsStillRead) {
  const std::string frame = frames().at(GetParam());
  const std::string path = std::string(FARM_SOURCE_DIR) + "/tests/golden/wire/v1-" + std::to_string(GetParam()) + ".bin";
  if (std::getenv("FARM_WRITE_GOLDEN") != nullptr && !std::ifstream(path)) std::ofstream(path, std::ios::binary) << frame;
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  const std::string golden((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  int read = 0;
  if (const auto message = decode_to_coordinator(golden)) ++read;
  if (const auto message = decode_to_agent(golden)) ++read;
  if (const auto message = decode_client_answer(golden)) ++read;
  EXPECT_GE(read, 1);
}
INSTANTIATE_TEST_SUITE_P(Frames, WireGolden, testing::Range<std::size_t>(0, 36));

TEST(WireGoldenFiles, ThereIsOnePerMessage) { EXPECT_EQ(frames().size(), 36U); }

}  // namespace
}  // namespace farm::wire
