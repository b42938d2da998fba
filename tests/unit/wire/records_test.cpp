#include "shared/wire/records.hpp"

#include <gtest/gtest.h>

#include "tests/support/fill.hpp"

namespace farm::wire {
namespace {

template <typename T>
class WireRecord : public testing::Test {};
using Records = testing::Types<ResultRecord, SliceRecord, SubmissionRecord, JobSpecRecord, DurationRecord, AgentRecord, EventRecord,
                               BuildRow, JobRow, BuildStatus, StepsRecord, protocol::SliceListing>;
TYPED_TEST_SUITE(WireRecord, Records);

TYPED_TEST(WireRecord, ComesBackAsItWas) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto record = test::filled<TypeParam>(seed);
    auto back = decode_record<TypeParam>(encode_record(record));
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_TRUE(test::same(record, *back)) << "seed " << seed;
  }
}

TYPED_TEST(WireRecord, DamageGivesAnErrorOrAValueAndTruncationAnError) {
  const std::string bytes = encode_record(test::filled<TypeParam>(1));
  Rng rng(99);
  int bad = 0;
  for (int number = 0; number < 2'000; ++number) {
    std::string damaged = bytes;
    damaged[static_cast<std::size_t>(rng.below(damaged.size()))] ^= static_cast<char>(1 + rng.below(255));
    if (!decode_record<TypeParam>(damaged)) ++bad;
  }
  EXPECT_GT(bad, 0);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_record<TypeParam>(std::string_view(bytes).substr(0, size))) << size;
  }
}

TEST(WireRecords, ARecordOfAnotherKindIsCorrupt) {
  const auto back = decode_record<SliceRecord>(encode_record(EventRecord{}));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::Corrupt);
}

TEST(WireRecords, ANewerVersionIsUnsupportedAndTheTextNamesBoth) {
  std::string bytes = encode_record(EventRecord{});
  // The version is the only byte of the record that is kRecordVersion when everything else is empty and the text says so.
  int unsupported = 0;
  for (std::size_t place = 8; place < bytes.size(); ++place) {
    std::string newer = bytes;
    if (newer[place] != static_cast<char>(kRecordVersion)) continue;
    newer[place] = 9;
    const auto back = decode_record<EventRecord>(newer);
    if (!back && back.error().kind == ErrorKind::Unsupported && back.error().message.find("version 9") != std::string::npos) ++unsupported;
  }
  EXPECT_EQ(unsupported, 1);
}

TEST(WireDurations, TheMeanFollowsTheSamplesInIntegers) {
  DurationRecord record;
  record = with_sample(record, Millis{1'000}, 1);
  EXPECT_EQ(record.mean_ms.value, 1'000);
  record = with_sample(record, Millis{2'000}, 2);
  EXPECT_EQ(record.mean_ms.value, 1'250);
  record = with_sample(record, Millis{0}, 3);
  EXPECT_EQ(record.mean_ms.value, 938);
  EXPECT_EQ(record.count, 3U);
  EXPECT_EQ(record.updated_ms, 3);
}

}  // namespace
}  // namespace farm::wire
