// Purpose: the agent's one loop: it feeds the machine with what comes from the coordinator, from jobs' threads, from
// signals and from time, and carries out what the machine commands. Everything slow is on other threads. One thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/cache_keeper.hpp"
#include "agent/app/durable_file.hpp"
#include "agent/app/executor.hpp"
#include "agent/core/agent_machine.hpp"
#include "agent/metrics/agent_metrics.hpp"
#include "shared/log/log.hpp"
#include "shared/net/dealer_link.hpp"
#include "shared/net/poller.hpp"
#include "shared/service/notifier.hpp"

namespace farm::agent {

// What other threads and signal handlers hand in.
struct LoopInbox {
  net::Waker waker;
  std::atomic<int> stop_signals = 0;                       // SIGTERM and SIGINT so far
  net::Mailbox<std::string> buildkit_versions{waker, 16};  // measured by the prober; "" where BuildKit is away
  net::Mailbox<std::uint64_t> buildkit_bytes{waker, 16};   // measured by the cache keeper
  net::Mailbox<protocol::CachePruned> cleaned{waker, 16};
};

struct LoopParts {
  AgentOptions machine;
  std::string state_dir;
  net::DealerLink& link;
  LoopInbox& inbox;
  Executor& executor;
  LogOutbox& outbox;
  ReportStore& reports;
  workspace::Workspace& workspace;
  CacheKeeper& caches;
  AgentMetrics& metrics;
  service::Notifier& notifier;
  log::Logger& log;
};

class AgentLoop {
 public:
  explicit AgentLoop(LoopParts parts);
  // Until the machine says Exit. Error: Internal.
  Result<void> run();

 private:
  void step(const AgentEvent& event);
  void carry_out(const Execute& command);
  void carry_out(const Kill& command);
  void carry_out(const SendHeartbeat& command);
  void carry_out(const SendReport& command);
  void carry_out(const Reconnect& command);
  void carry_out(const Exit& command);
  void carry_out(const CleanCache& command);
  void carry_out(const SendPruned& command);

  void receive();
  void on(const net::FrameReceived& event);
  void on(const net::Connected& event);
  void on(const net::Disconnected& event);
  void on(const net::ConnectionRefused& event);
  void from_coordinator(const protocol::ToAgent& message);
  void take_jobs();
  void job_finished(FinishedJob finished);
  void keep_unacknowledged();
  void forget_report(JobId job, Fence fence);
  void send_logs(const std::vector<protocol::LogChunk>& chunks);
  void send_left_reports();
  void measure_if_due();
  void update_metrics();
  bool send(const protocol::FromAgent& message);
  Instant now();

  LoopParts parts_;
  AgentMachine machine_;
  net::Poller poller_;
  std::vector<protocol::JobReport> left_reports_;  // of an earlier life, until acknowledged
  Instant left_reports_next_;
  // Reports on their way: most are acknowledged within a few milliseconds, so only those that aren't cost a write to
  // disk.
  std::map<LogOutbox::Key, std::pair<Instant, protocol::JobReport>> unkept_reports_;
  int stop_signals_seen_ = 0;
  Instant measured_next_;
  Instant refused_told_next_;
  std::string refusal_told_;
  HostMeasured host_;
  Instant now_;
  Instant wall_start_;
  std::int64_t steady_start_ms_ = 0;
  bool exit_ = false;
};

}  // namespace farm::agent
