// Purpose: small files that survive a crash of the host: the session's number and reports that nobody has acknowledged
// yet.
#pragma once

#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::agent {

// Replaces the file atomically; on disk when it returns. Errors: Denied, Overloaded (disk full), Unavailable.
Result<void> write_durably(const std::string& path, const std::string& bytes);

// The next session, greater than any before: kept in `state_dir`, durable when this returns. A file that is damaged is
// Corrupt: deleting it would let an old session's messages count again, so a person decides.
Result<Session> next_session(const std::string& state_dir);

// Reports until their acknowledgement, so that a finished job is not built again because the agent was restarted. One
// file each.
class ReportStore {
 public:
  // Creates `state_dir`/reports.
  static Result<ReportStore> open(const std::string& state_dir);

  Result<void> put(const protocol::JobReport& report);
  void remove(JobId job, Fence fence);
  // What an earlier life left, oldest fence first; at most kReportsMax. What can't be read is removed and told in
  // `problems`.
  std::vector<protocol::JobReport> load(std::vector<std::string>& problems) const;

  static constexpr std::size_t kReportsMax = 1'000;
  static constexpr std::size_t kReportBytesMax = 4U << 20U;

 private:
  explicit ReportStore(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string path_of(JobId job, Fence fence) const;
  std::string directory_;
};

}  // namespace farm::agent
