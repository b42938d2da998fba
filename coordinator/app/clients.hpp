// Purpose: answers farmctl's requests, each exactly once, now or (long polls, submissions) later. Authorised by the caller for role and
// verb; projects are checked here.
#pragma once

#include <string>

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"
#include "coordinator/app/reading.hpp"
#include "coordinator/app/submissions.hpp"
#include "coordinator/app/upkeep.hpp"

namespace farm::coordinator {

class Clients {
 public:
  Clients(Core& core, BuildBook& book, Effects& effects, Submissions& submissions, Watchers& watchers, JobLogs& logs, Upkeep& upkeep)
      : core_(core), book_(book), effects_(effects), submissions_(submissions), watchers_(watchers), logs_(logs), upkeep_(upkeep) {}

  void serve(const std::string& peer, const net::KeyOwner& owner, protocol::ClientRequest request);
  // What came over HTTP, with a token: cancels and drains, nothing else. Done is durable. Errors: Denied, NotFound, Unsupported, and the
  // store's.
  Result<void> act(const net::KeyOwner& owner, const protocol::ClientRequestBody& body);
  void refuse(const std::string& peer, std::uint64_t request, const Error& error);

 private:
  struct Asked {
    const std::string& peer;
    const net::KeyOwner& owner;
    std::uint64_t request;
  };
  void on(const Asked& asked, protocol::Submit& submit);
  void on(const Asked& asked, const protocol::SlicesPushed& pushed);
  void on(const Asked& asked, const protocol::WatchBuild& watch);
  void on(const Asked& asked, const protocol::CancelBuild& cancel);
  void on(const Asked& asked, const protocol::GetLog& log);
  void on(const Asked& asked, const protocol::ListBuilds& list);
  void on(const Asked& asked, const protocol::ListAgents& list);
  void on(const Asked& asked, const protocol::SetDrain& drain);
  void on(const Asked& asked, const protocol::GetUsage& usage) { upkeep_.ask(asked.peer, asked.request, asked.owner, usage); }
  void on(const Asked& asked, const protocol::Prune& prune) { upkeep_.ask(asked.peer, asked.request, asked.owner, prune); }
  void on(const Asked& asked, const protocol::Clean& clean) { upkeep_.ask(asked.peer, asked.request, asked.owner, clean); }
  void on(const Asked& asked, const protocol::HoldBuilds& hold);
  void on(const Asked& asked, const protocol::GetHistory& wanted);
  void on(const Asked& asked, const protocol::ExplainJob& wanted);
  void on(const Asked& asked, const protocol::GetFarm& wanted);
  void answer(const Asked& asked, protocol::ClientAnswerBody body);
  // Much of the store is read off the loop; what comes of it is answered in the loop. A full queue is refused.
  void read(const Asked& asked, Reading::Work work);
  // The status, where the owner may see it.
  Result<BuildStatus> visible(const net::KeyOwner& owner, BuildId id);
  Result<void> change(const net::KeyOwner& owner, const protocol::CancelBuild& cancel);
  Result<void> change(const net::KeyOwner& owner, const protocol::SetDrain& drain);

  Core& core_;
  BuildBook& book_;
  Effects& effects_;
  Submissions& submissions_;
  Watchers& watchers_;
  JobLogs& logs_;
  Upkeep& upkeep_;
};

}  // namespace farm::coordinator
