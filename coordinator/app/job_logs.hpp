// Purpose: jobs' logs: takes pieces from agents, keeps them in the store, serves them by offset, also as long polls. The log of a job that
// runs again goes on behind the earlier attempt's, so that readers never go back. A job's log ends at limits::kLogBytesPerJobMax, and says
// so.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/app/core.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kLogReadersMax = 200;            // long polls at a time; more are answered at once
constexpr std::size_t kLogPartBytesMax = 256U << 10U;  // of one answer
constexpr std::size_t kLogChunkBytesMax = 1U << 20U;   // of one piece from an agent; larger ones are refused
constexpr Millis kLogWaitMax{5'000};

class JobLogs {
 public:
  explicit JobLogs(Core& core) : core_(core) {}

  // From the agent that holds the job with this fence; anything else is dropped.
  void take(const std::string& agent, const protocol::LogChunk& chunk);
  // A line of the farm's own at the end of a job's log.
  void note(JobId job, const std::string& line);
  // `name`: for the answer.
  void read(const std::string& peer, std::uint64_t request, JobId job, const std::string& name, std::uint64_t offset, Millis wait);
  void flush();                                                     // answers who is due; once a turn
  [[nodiscard]] bool changed() const { return !changed_.empty(); }  // since the last flush()
  void drop(const std::string& peer);
  void forget(const std::vector<JobId>& jobs);
  [[nodiscard]] Instant next_due() const;

 private:
  // Where the current attempt's log stands in the job's.
  struct Attempt {
    Fence fence;
    std::uint64_t base = 0;
    std::uint64_t end = 0;
    bool full = false;
  };
  struct Reader {
    std::string peer;
    std::uint64_t request = 0;
    JobId job;
    std::string name;
    std::uint64_t offset = 0;
    Instant deadline;
  };
  Attempt& attempt_of(const scheduler::Job& job, const protocol::LogChunk& chunk);
  [[nodiscard]] std::uint64_t stored_end(JobId job) const;
  void write(JobId job, Attempt& attempt, std::uint64_t offset, std::string_view bytes);
  // False: nothing to tell yet.
  bool answer(const Reader& reader, bool at_any_rate);

  Core& core_;
  std::map<JobId, Attempt> attempts_;
  std::vector<Reader> readers_;
  std::set<JobId> changed_;  // since the last flush()
};

}  // namespace farm::coordinator
