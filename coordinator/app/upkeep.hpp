// Purpose: carries out `farmctl du`, `prune` and `clean`: asks the registry what it holds and the agents what their caches hold, decides
// (coordinator/upkeep) on the loop's thread with what is in use at that moment, erases records first (durable), then lets the registry
// delete, and answers when everybody has. One task at a time; others wait in line. A crash in between leaves manifests without a record,
// never a record of a manifest that was deleted before it.
// Limits: kTasksMax tasks; kTaskTimeMax each; an agent that does not answer in time is told as such.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/registry_memory.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/submissions.hpp"
#include "coordinator/upkeep/select.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kTasksMax = 16;
constexpr std::size_t kErasedAtOnce = 32;
constexpr std::size_t kDroppedSlicesMax = 20'000;  // of one clean, told to agents
constexpr std::size_t kAnswersKept = 8;            // for repeats of requests whose answer was lost
constexpr Millis kTaskTimeMax{20 * 60'000};
constexpr Millis kAgentLookTime{20'000};        // to tell what its caches hold
constexpr Millis kAgentPruneTime{10 * 60'000};  // to free them
constexpr Millis kAgentAskAgain{3'000};

using UpkeepWork = std::variant<protocol::GetUsage, protocol::Prune, protocol::Clean>;

class Upkeep {
 public:
  Upkeep(Core& core, BuildBook& book, RegistryMemory& memory, Effects& effects, Submissions& submissions)
      : core_(core), book_(book), memory_(memory), effects_(effects), submissions_(submissions) {}

  // Answered once, when it is done; authorised by the caller.
  void ask(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, UpkeepWork work);
  void on(const RegistrySurveyed& answer);
  void on(const ManifestsErased& answer);
  void agent_answers(const std::string& agent, const protocol::CachePruned& answer);
  void tick();

 private:
  struct Asker {
    std::string peer;
    std::uint64_t request = 0;
    friend bool operator==(const Asker&, const Asker&) = default;
  };
  struct AgentPart {
    std::optional<protocol::CachePruned> answer;
    std::string error;
    Instant asked;
    [[nodiscard]] bool waits() const { return !answer && error.empty(); }
  };
  struct Task {
    UpkeepWork work;
    net::KeyOwner owner;
    Asker asker;
    Instant started;
    bool running = false;
    bool registry_done = false;
    protocol::PruneCache ask_agents;  // id 0: not asked
    Instant agents_until;
    std::map<std::string, AgentPart> agents;
    std::vector<upkeep::Deletion> deletions;  // not yet asked for
    bool erasing = false;                     // some were asked for; an answer without is that of a task that was given up
    protocol::Usage usage;
    protocol::Pruned pruned;
  };

  void start(Task& task);
  void start_survey();
  void begin_agents(Task& task, protocol::PruneCache prune, Millis time);
  void ask_agent(Task& task, const std::string& name, AgentPart& part);
  void decide(Task& task, upkeep::Facts facts);
  void carry_out(Task& task, const upkeep::Selection& selection);
  void forget_project(const std::string& project, const upkeep::Facts& facts, const upkeep::Selection& selection, store::Batch& batch);
  void erase_next(Task& task);
  void finish_if_done();
  void end(protocol::ClientAnswerBody answer);
  void refuse(const Error& error);
  void tell_agents(Task& task);
  [[nodiscard]] Result<void> may_clean(const protocol::Clean& clean);
  void hide_others(const net::KeyOwner& owner, std::vector<protocol::UsageGroup>& groups) const;

  Core& core_;
  BuildBook& book_;
  RegistryMemory& memory_;
  Effects& effects_;
  Submissions& submissions_;
  std::deque<Task> tasks_;  // the first one runs
  std::deque<std::pair<Asker, protocol::ClientAnswerBody>> answered_;
  std::uint64_t last_id_ = 0;
};

}  // namespace farm::coordinator
