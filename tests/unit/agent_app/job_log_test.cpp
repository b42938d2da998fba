#include "agent/app/job_log.hpp"

#include <gtest/gtest.h>

namespace farm::agent {
namespace {

const LogOutbox::Key kKey{JobId{1}, Fence{2}};

// The log as a reader puts it together, with a '?' for each byte of a gap.
std::string assemble(const std::vector<protocol::LogChunk>& chunks) {
  std::string text;
  for (const protocol::LogChunk& chunk : chunks) {
    EXPECT_EQ(chunk.job, kKey.first);
    EXPECT_EQ(chunk.fence, kKey.second);
    EXPECT_LE(chunk.bytes.size(), kLogChunkBytesMax);
    EXPECT_GE(chunk.offset, text.size());
    text.resize(chunk.offset, '?');
    text += chunk.bytes;
  }
  return text;
}

TEST(LogOutbox, SmallPiecesAreSentTogetherAndOffsetsJoin) {
  LogOutbox outbox;
  outbox.append(kKey, "one\n");
  outbox.append(kKey, "two\n");
  std::vector<protocol::LogChunk> chunks = outbox.take(1'000);
  ASSERT_EQ(chunks.size(), 1U);
  outbox.append(kKey, "three\n");
  for (protocol::LogChunk& chunk : outbox.take(1'000)) chunks.push_back(std::move(chunk));
  EXPECT_EQ(assemble(chunks), "one\ntwo\nthree\n");
  EXPECT_TRUE(outbox.take(1'000).empty());
}

TEST(LogOutbox, WhatCannotBeSentInTimeLeavesAGapAndMemoryIsBounded) {
  LogOutbox outbox;
  const std::string piece(1U << 20U, 'x');
  for (int count = 0; count < 10; ++count) outbox.append(kKey, piece);
  std::vector<protocol::LogChunk> chunks = outbox.take(100U << 20U);
  outbox.append(kKey, "end\n");
  for (protocol::LogChunk& chunk : outbox.take_all(kKey)) chunks.push_back(std::move(chunk));
  const std::string text = assemble(chunks);
  EXPECT_EQ(text.size(), (10U << 20U) + 4);
  EXPECT_EQ(outbox.dropped_bytes(), 6U << 20U);
  EXPECT_EQ(text[(4U << 20U)], '?');
  EXPECT_EQ(text.substr(text.size() - 4), "end\n");
}

TEST(LogOutbox, JobsTakeTurns) {
  LogOutbox outbox;
  outbox.append(kKey, std::string(10 * kLogChunkBytesMax, 'a'));
  outbox.append({JobId{9}, Fence{9}}, "b\n");
  const std::vector<protocol::LogChunk> chunks = outbox.take(kLogChunkBytesMax + 1);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[1].bytes, "b\n");
}

TEST(JobLog, SecretsAreNotInIt) {
  LogOutbox outbox;
  log::Redactor redactor;
  redactor.add("hunter2");
  JobLog log(outbox, kKey, redactor);
  log.text("the password is hunter2\n");
  log.finish();
  EXPECT_EQ(assemble(outbox.take_all(kKey)), "the password is ***\n");
}

TEST(JobLog, AnEndlessLogKeepsItsBeginningAndItsEnd) {
  LogOutbox outbox;
  log::Redactor redactor;
  JobLog log(outbox, kKey, redactor);
  std::vector<protocol::LogChunk> chunks;
  const auto drain = [&] {
    for (protocol::LogChunk& chunk : outbox.take(1U << 30U)) chunks.push_back(std::move(chunk));
  };
  std::size_t written = 0;
  for (int number = 0; written < (40U << 20U); ++number) {
    const std::string line = "line " + std::to_string(number) + std::string(1'000, '.') + "\n";
    written += line.size();
    log.text(line);
    drain();
  }
  log.text("the end\n");
  log.finish();
  drain();
  const std::string text = assemble(chunks);
  EXPECT_LE(text.size(), limits::kLogBytesPerJobMax);
  EXPECT_GT(text.size(), limits::kLogBytesPerJobMax - (1U << 20U));
  EXPECT_EQ(text.substr(0, 7), "line 0.");
  EXPECT_EQ(text.substr(text.size() - 8), "the end\n");
  EXPECT_NE(text.find("\n[farm: "), std::string::npos);
  EXPECT_EQ(outbox.dropped_bytes(), 0U);
}

}  // namespace
}  // namespace farm::agent
