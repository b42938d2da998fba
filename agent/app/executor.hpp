// Purpose: the threads of running jobs, one each. The loop starts and kills them and takes what they have to tell;
// everything here but the jobs' own threads is called from the loop.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/app/job_log.hpp"
#include "agent/app/job_runner.hpp"
#include "agent/core/agent_machine.hpp"
#include "shared/base/time.hpp"
#include "shared/net/poller.hpp"

namespace farm::agent {

struct FinishedJob {
  protocol::JobReport report;
  JobKind kind = JobKind::Image;
  std::string name;
};

class Executor {
 public:
  // `waker` is woken when a job has finished.
  Executor(JobRunner& runner, LogOutbox& outbox, const net::Waker& waker) : runner_(runner), outbox_(outbox), waker_(waker) {}
  // Kills what runs and waits for it.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void start(const protocol::StartJob& start, Instant now);
  // Nothing where the job is over.
  void kill(JobId job, Fence fence);
  // Ends jobs whose time is over. Call now and then.
  void check_deadlines(Instant now);
  // Of jobs whose phase has changed since the last call.
  std::vector<JobProgress> take_progress();
  std::optional<FinishedJob> take_finished();
  [[nodiscard]] std::size_t running() const { return jobs_.size(); }

 private:
  struct Job {
    protocol::StartJob start;
    std::atomic<StopReason> reason = StopReason::None;
    Instant deadline;  // 0: none
    std::mutex mutex;  // of what follows
    std::string phase;
    std::uint32_t permille = 0;
    bool changed = false;
    std::optional<protocol::JobReport> report;
    std::jthread thread;  // last: joined first
  };
  void work(Job& job, const std::stop_token& stop);
  static void stop(Job& job, StopReason reason);

  JobRunner& runner_;
  LogOutbox& outbox_;
  const net::Waker& waker_;
  std::map<std::pair<JobId, Fence>, std::unique_ptr<Job>> jobs_;
};

}  // namespace farm::agent
