// Purpose: a job's log on its way to the coordinator: bounded in length, in memory and in rate, and never in the way of
// the build.
//
// Length: the first part is sent as it comes; of what is more, only the end is kept and sent when the job is over, with
// a mark for the dropped middle. Memory: what can't be sent in time (coordinator away or slow) is dropped; the offsets
// then leave a gap, which readers see.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/log/redactor.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::agent {

constexpr std::size_t kLogChunkBytesMax = 64U << 10U;   // of one message
constexpr std::size_t kLogPendingBytesMax = 4U << 20U;  // of one job, in memory
constexpr std::size_t kLogTailBytes = 2U << 20U;        // the end of a log that is too long
constexpr std::uint64_t kLogHeadBytes = limits::kLogBytesPerJobMax - kLogTailBytes - 1'024;

// Pieces that wait to be sent, of all jobs. Thread-safe: jobs' threads append, the loop takes.
class LogOutbox {
 public:
  using Key = std::pair<JobId, Fence>;

  void append(const Key& key, std::string_view text);
  // At most about `bytes_max` bytes, in chunks, jobs in turn.
  std::vector<protocol::LogChunk> take(std::size_t bytes_max);
  // All of one job, which is over.
  std::vector<protocol::LogChunk> take_all(const Key& key);
  [[nodiscard]] std::uint64_t dropped_bytes() const;

 private:
  struct Job {
    std::deque<protocol::LogChunk> chunks;
    std::size_t pending = 0;
    std::uint64_t offset = 0;  // of the next byte
  };
  mutable std::mutex mutex_;
  std::map<Key, Job> jobs_;
  std::uint64_t dropped_ = 0;
};

// One job's end of it. One thread.
class JobLog {
 public:
  JobLog(LogOutbox& outbox, LogOutbox::Key key, const log::Redactor& redactor) : outbox_(outbox), key_(key), redactor_(redactor) {}
  // Whole lines.
  void text(std::string_view text);
  // Sends what was held back. Call once, at the end.
  void finish();

 private:
  LogOutbox& outbox_;
  LogOutbox::Key key_;
  const log::Redactor& redactor_;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  std::string tail_;
};

}  // namespace farm::agent
