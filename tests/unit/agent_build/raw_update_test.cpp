#include "agent/build/raw_update.hpp"

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "tests/unit/agent_build/samples.hpp"

namespace farm::build {
namespace {

TEST(RawTimestamp, NanosecondsAndZonesAreRead) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_timestamp("2026-11-24T08:02:56.383293119Z"), 1'795'507'376'383'293'119);
  EXPECT_EQ(parse_timestamp("2026-11-24T09:02:56.5+01:00"), 1'795'507'376'500'000'000);
  EXPECT_EQ(parse_timestamp("2024-02-29T23:59:59-00:30"), 1'709'252'999'000'000'000);
}

TEST(RawTimestamp, WhatIsNoTimestampIsNone) {
  for (const char* text : {"", "yesterday", "2026-11-24", "2026-11-24T08:02:56", "2026-13-24T08:02:56Z", "2026-11-24T08:02:56.",
                           "2026-11-24T08:02:56+1", "-026-11-24T08:02:56Z", "2026-11-24T08:02:56x", "99999999999999999999"}) {
    EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
  }
}

TEST(RawBase64, WholeAndBrokenTextIsDecodedAsFarAsItGoes) {
  EXPECT_EQ(decode_base64("YXJnIGhlbGxvCg=="), "arg hello\n");
  EXPECT_EQ(decode_base64("YXJnIGhlbGxvCg"), "arg hello\n");
  EXPECT_EQ(decode_base64("YXJn!IGhl"), "arg");
  EXPECT_EQ(decode_base64(""), "");
}

TEST(RawUpdate, OneLineGivesItsVerticesLogsAndStatuses) {
  const Result<RawUpdate> update = parse_raw_line(
      R"({"vertexes":[{"digest":"sha256:a","name":"[1/1] RUN x",)"
      R"("started":"2026-11-24T08:02:56.5Z","completed":"2026-11-24T08:02:56.5Z","cached":true}],)"
      R"("statuses":[{"id":"sha256:b","vertex":"sha256:a","current":7,"total":9}],"logs":[{"vertex":"sha256:a","data":"aGk="}],)"
      R"("warnings":[{"vertex":"sha256:a","short":"aGk="}],"something":"new"})");
  ASSERT_TRUE(update);
  ASSERT_EQ(update->vertices.size(), 1U);
  EXPECT_TRUE(update->vertices[0].inferred);
  ASSERT_EQ(update->statuses.size(), 1U);
  EXPECT_EQ(update->statuses[0].total, 9U);
  ASSERT_EQ(update->logs.size(), 1U);
  EXPECT_EQ(update->logs[0].bytes, "hi");
  ASSERT_EQ(update->warnings.size(), 1U);
}

TEST(RawUpdate, WrongTypesAreSkippedAndWhatIsNoObjectIsCorrupt) {
  const Result<RawUpdate> odd =
      parse_raw_line(R"({"vertexes":[1,null,{"digest":5,"started":{},"cached":"yes"}],"logs":{},"statuses":[{"current":-3}]})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->vertices.size(), 1U);
  EXPECT_EQ(odd->statuses.at(0).current, 0U);
  for (const char* text : {"", "{", "[]", "7", "null", "{\"vertexes\":[", "{\"a\":\"\xff\"}"}) EXPECT_FALSE(parse_raw_line(text)) << text;
  EXPECT_EQ(parse_raw_line(std::string(kRawLineBytesMax + 1, ' ')).error().kind, ErrorKind::Overloaded);
  EXPECT_FALSE(parse_raw_line(std::string(1'000'000, '[')));
}

TEST(RawUpdate, DamagedLinesNeverHurt) {
  const std::uint64_t seed = 20'261'124;
  SCOPED_TRACE(seed);
  Rng rng(seed);
  std::size_t good = 0;
  const std::vector<std::string> lines = lines_of_sample("pull.jsonl");
  for (int round = 0; round < 20'000; ++round) {
    std::string line = lines[rng.below(lines.size())];
    for (std::uint64_t damage = rng.below(4); damage > 0 && !line.empty(); --damage) {
      line[rng.below(line.size())] = static_cast<char>(rng.below(256));
      if (rng.chance(200)) line.resize(rng.below(line.size() + 1));
    }
    BuildProgress progress{nullptr};
    progress.line(line, false);
    if (progress.saw_json()) ++good;
  }
  EXPECT_GT(good, 1'000U);
  EXPECT_LT(good, 19'000U);
}

}  // namespace
}  // namespace farm::build
