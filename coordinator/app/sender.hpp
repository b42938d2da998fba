// Purpose: carries out the commands of a step that are no records, in their order, after the records are durable. Messages to agents may be
// lost: heartbeats heal that, so a failed send is only logged.
#pragma once

#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/job_logs.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/watchers.hpp"

namespace farm::coordinator {

class CommandSender {
 public:
  CommandSender(Core& core, BuildBook& book, Watchers& watchers, JobLogs& logs, std::vector<scheduler::Event>& deferred)
      : core_(core), book_(book), watchers_(watchers), logs_(logs), deferred_(deferred) {}

  void operator()(const scheduler::SendStart& command);
  void operator()(const scheduler::SendCancel& command);
  void operator()(const scheduler::SendAck& command);
  void operator()(const scheduler::SendAnswer& command);
  void operator()(const scheduler::VerifyResult& command);
  void operator()(const scheduler::JobEnded& command);
  void operator()(const scheduler::BuildEnded& command);
  void operator()(const scheduler::BuildChanged& command) { watchers_.changed(command.build); }
  void operator()(const scheduler::RetryNoticed& command);
  void operator()(const scheduler::AgentUp& command);
  void operator()(const scheduler::AgentLost& command);
  void operator()(const scheduler::Forgotten& command) { logs_.forget(command.jobs); }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  void send(const std::string& agent, const protocol::ToAgent& message);

  Core& core_;
  BuildBook& book_;
  Watchers& watchers_;
  JobLogs& logs_;
  std::vector<scheduler::Event>& deferred_;
};

}  // namespace farm::coordinator
