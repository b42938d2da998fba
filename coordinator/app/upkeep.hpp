// Purpose: carries out `farmctl du`, `prune` and `clean`: asks the registry what it holds and the agents what their caches hold, decides
// (coordinator/upkeep, on the reading thread), and takes away one portion after the other: looks in the loop whether it is in use by then,
// erases its records (durable), lets the registry delete it, and puts records back whose manifest stayed. One task at a time; others wait
// in line; those who ask for the space share one look. A crash in between leaves the manifests of one portion without a record, never a
// record of a manifest that was deleted before it; a task that ends early leaves the rest as it was.
// Limits: kTasksMax tasks, kAskersMax askers of one; kTaskTimeMax each; an agent that does not answer in time is told as such.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/app/core.hpp"
#include "coordinator/app/effects.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/app/registry_memory.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/submissions.hpp"
#include "coordinator/app/upkeep_facts.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

constexpr std::size_t kTasksMax = 16;
constexpr std::size_t kAskersMax = 64;
constexpr std::size_t kErasedAtOnce = 64;          // portions that are looked at in one turn of the loop
constexpr std::size_t kDroppedSlicesMax = 20'000;  // of one clean, told to agents
constexpr std::size_t kAnswersKept = 32;           // for repeats of requests whose answer was lost
constexpr Millis kTaskTimeMax{20 * 60'000};
constexpr Millis kAgentLookTime{20'000};        // to tell what its caches hold
constexpr Millis kAgentPruneTime{10 * 60'000};  // to free them
constexpr Millis kAgentAskAgain{3'000};

class Upkeep {
 public:
  Upkeep(Core& core, BuildBook& book, RegistryMemory& memory, Effects& effects, Submissions& submissions)
      : core_(core), book_(book), memory_(memory), effects_(effects), submissions_(submissions) {}

  // Answered once, when it is done; authorised by the caller.
  void ask(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, UpkeepWork work);
  void on(RegistrySurveyed& answer);  // takes the survey out of it
  void on(const ManifestsErased& answer);
  void agent_answers(const std::string& agent, const protocol::CachePruned& answer);
  void tick();

 private:
  struct Asker {
    std::string peer;
    std::uint64_t request = 0;
    net::KeyOwner owner;
    [[nodiscard]] bool is(const std::string& at, std::uint64_t id) const { return peer == at && request == id; }
  };
  struct AgentPart {
    std::optional<protocol::CachePruned> answer;
    std::string error;
    Instant asked;
    [[nodiscard]] bool waits() const { return !answer && error.empty(); }
  };
  // A portion whose manifest is being deleted, and how to bring its records back.
  struct Going {
    std::size_t portion = 0;  // index
    store::Batch records;
  };
  struct Task {
    std::uint64_t number = 0;  // tells late answers of one from those of the next
    UpkeepWork work;
    std::vector<Asker> askers;
    Instant started;
    bool running = false;
    bool registry_done = false;
    protocol::PruneCache ask_agents;  // id 0: not asked
    Instant agents_until;
    std::map<std::string, AgentPart> agents;
    JobUses uses;
    std::shared_ptr<const Decision> decision;
    std::size_t next = 0;  // of its portions
    bool stops = false;    // no further portion is begun
    std::vector<Going> going;
    std::set<std::size_t> stayed;  // indices of portions
    std::uint64_t used_again = 0;
    std::uint64_t manifests = 0;
    std::vector<std::string> notes;
    protocol::Usage usage;
    protocol::Pruned pruned;
  };

  // ---- upkeep.cpp: tasks, and who asks
  bool joins(const Asker& asker, const UpkeepWork& work);
  void start(Task& task);
  void start_survey(Task& task);
  void decided(Task& task, std::shared_ptr<const Decision> decision);
  void finish_if_done();
  void end(protocol::ClientAnswerBody answer);
  void answer(const Asker& asker, protocol::ClientAnswerBody body);
  void refuse(const Error& error);
  [[nodiscard]] Result<void> may_clean(const protocol::Clean& clean);
  void hide_others(const net::KeyOwner& owner, std::vector<protocol::UsageGroup>& groups) const;
  // `work` on the reading thread, then what it gives with the task, unless that ended meanwhile. Full: the task is refused.
  using ForTask = std::function<void(Task&)>;
  void read(Task& task, std::function<ForTask()> work);
  void forget_known();

  // ---- upkeep_erase.cpp: what goes
  void forget_project(const protocol::Clean& clean, const Decision& decision);
  void drop_slices(Task& task, const protocol::Clean& clean, const Decision& decision);
  void erase_next(Task& task);
  // Gives what brings them back.
  [[nodiscard]] store::Batch take_records(const upkeep::Portion& portion, store::Batch& batch) const;
  void bring_back(const store::Batch& records, store::Batch& batch) const;
  void recount(Task& task);

  // ---- upkeep_agents.cpp
  void begin_agents(Task& task, protocol::PruneCache prune, Millis time);
  std::uint64_t next_prune_id();
  void ask_agent(Task& task, const std::string& name, AgentPart& part);
  void tell_agents(Task& task);

  Core& core_;
  BuildBook& book_;
  RegistryMemory& memory_;
  Effects& effects_;
  Submissions& submissions_;
  std::deque<Task> tasks_;  // the first one runs
  std::deque<std::pair<Asker, protocol::ClientAnswerBody>> answered_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_prune_id_ = 0;
};

}  // namespace farm::coordinator
