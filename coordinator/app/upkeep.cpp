#include "coordinator/app/upkeep.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/reading.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/upkeep/usage.hpp"

namespace farm::coordinator {

void Upkeep::ask(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, UpkeepWork work) {
  for (const auto& [known, body] : answered_) {
    if (known.is(peer, request)) return (void)core_.link.answer(peer, {request, body});
  }
  const Asker asker{peer, request, owner};
  if (joins(asker, work)) return;
  if (tasks_.size() >= kTasksMax) {
    (void)core_.link.answer(
        peer, {request, protocol::Refused{ErrorKind::Overloaded, "so many prunes and looks at the space wait already; try again later"}});
    return;
  }
  Task task;
  task.number = ++last_number_;
  task.work = std::move(work);
  task.askers.push_back(asker);
  tasks_.push_back(std::move(task));
  if (!tasks_.front().running) start(tasks_.front());
}

// A repeat, or one more who wants to know what takes the space: one look is enough for all of them.
bool Upkeep::joins(const Asker& asker, const UpkeepWork& work) {
  for (Task& task : tasks_) {
    const bool known =
        std::any_of(task.askers.begin(), task.askers.end(), [&](const Asker& other) { return other.is(asker.peer, asker.request); });
    if (known) return true;
  }
  if (!std::holds_alternative<protocol::GetUsage>(work)) return false;
  for (Task& task : tasks_) {
    if (!std::holds_alternative<protocol::GetUsage>(task.work)) continue;
    if (task.askers.size() < kAskersMax) {
      task.askers.push_back(asker);
    } else {
      (void)core_.link.answer(
          asker.peer, {asker.request, protocol::Refused{ErrorKind::Overloaded, "so many look at the space already; try again later"}});
    }
    return true;
  }
  return false;
}

void Upkeep::start(Task& task) {
  task.running = true;
  task.started = core_.now;
  if (const auto* clean = std::get_if<protocol::Clean>(&task.work)) {
    if (Result<void> may = may_clean(*clean); !may) return refuse(may.error());
  }
  if (std::holds_alternative<protocol::GetUsage>(task.work)) {
    begin_agents(task, {0, upkeep::kDefaultAgeMs, protocol::kNoByteLimit, true, {}}, kAgentLookTime);
  } else if (const auto* prune = std::get_if<protocol::Prune>(&task.work)) {
    core_.log.info(
        prune->dry_run ? "a prune is tried" : "prune begins",
        {{"client", task.askers.front().owner.name}, {"older_than_ms", prune->older_than_ms}, {"keep_bytes", prune->keep_bytes}});
    begin_agents(task, {0, prune->older_than_ms, prune->keep_bytes, prune->dry_run, {}}, kAgentPruneTime);
  }
  if (!core_.broken) start_survey(task);
}

void Upkeep::read(Task& task, std::function<ForTask()> work) {
  const auto then_of = [this, number = task.number](ForTask then) -> Reading::Then {
    return [this, number, then = std::move(then)] {
      if (!tasks_.empty() && tasks_.front().number == number && !core_.broken) then(tasks_.front());
    };
  };
  if (core_.reading.ask([work = std::move(work), then_of] { return then_of(work()); })) return;
  refuse({ErrorKind::Overloaded, "so many long looks at the records wait already; try again later"});
}

void Upkeep::start_survey(Task& task) {
  struct Known {
    Result<std::vector<std::pair<std::string, Digest>>> manifests;
    JobUses uses;
  };
  read(task, [this, &store = std::as_const(core_.store), jobs = jobs_in_use(core_, book_)]() -> ForTask {
    auto known = std::make_shared<Known>(Known{known_manifests(store), {}});
    for (const JobId job : jobs) (void)known->uses.of(store, job);
    return [this, known](Task& asking) {
      if (!known->manifests) return refuse(known->manifests.error());
      asking.uses = std::move(known->uses);
      SurveyRegistry survey;
      survey.begun_ms = core_.now.ms;
      survey.repositories = {core_.config.registry.slice_repository, kCacheRepository};
      survey.known = std::move(*known->manifests);
      core_.registry.ask(std::move(survey));
    };
  });
}

Result<void> Upkeep::may_clean(const protocol::Clean& clean) {
  if (clean.project.empty()) return Error{ErrorKind::InvalidInput, "cleaning: no project is named"};
  if (clean.force) return {};
  for (const auto& [id, build] : book_.all()) {
    if (build.submission.plan.project != clean.project) continue;
    return Error{ErrorKind::Conflict, "cleaning: build " + to_string(id) + " of project '" + clean.project +
                                          "' is open; wait for its end, `farmctl cancel` it, or say --force (what it needs stays then)"};
  }
  return {};
}

// What is counted on from here on is asked for again, so that the registry's threads know of it (EraseGuard).
void Upkeep::forget_known() {
  memory_.results = {};
  memory_.slices = {};
  memory_.tags = {};
}

void Upkeep::on(RegistrySurveyed& answer) {
  if (tasks_.empty() || !tasks_.front().running || tasks_.front().registry_done || tasks_.front().decision) return;
  Task& task = tasks_.front();
  if (!answer.survey) return refuse(Error(answer.survey.error()).with("asking the registry what it holds"));
  if (answer.survey->begun_ms < task.started.ms) return;  // of a task that was given up
  if (!answer.survey->problem.empty()) task.notes.push_back(answer.survey->problem);
  forget_known();
  upkeep::InUse in_use;
  add_in_use(core_, book_, task.uses, in_use);
  submissions_.add_in_use(in_use);
  read(task,
       [this, &store = std::as_const(core_.store), &config = core_.config, work = task.work, survey = std::move(*answer.survey),
        in_use = std::move(in_use), now_ms = core_.now.ms]() mutable -> ForTask {
         Result<Decision> made = decide(store, config, work, std::move(survey), std::move(in_use), now_ms);
         if (!made) return [this, error = made.error()](Task&) { refuse(error); };
         return [this, decision = std::make_shared<const Decision>(std::move(*made))](Task& asking) { decided(asking, decision); };
       });
}

void Upkeep::decided(Task& task, std::shared_ptr<const Decision> decision) {
  task.decision = std::move(decision);
  task.usage = task.decision->usage;
  task.pruned = task.decision->pruned;
  if (const auto* clean = std::get_if<protocol::Clean>(&task.work)) {
    if (Result<void> may = may_clean(*clean); !may) return refuse(may.error());
    if (!clean->dry_run) forget_project(*clean, *task.decision);
    if (core_.broken) return;
    drop_slices(task, *clean, *task.decision);
    if (core_.broken) return;
  }
  if (std::holds_alternative<protocol::GetUsage>(task.work) || task.pruned.dry_run) {
    task.registry_done = true;
    return finish_if_done();
  }
  erase_next(task);
}

void Upkeep::finish_if_done() {
  Task& task = tasks_.front();
  const bool waits = std::any_of(task.agents.begin(), task.agents.end(), [](const auto& part) { return part.second.waits(); });
  if (!task.registry_done || waits) return;
  task.usage.notes = task.notes;
  task.pruned.notes = task.notes;
  tell_agents(task);
  if (std::holds_alternative<protocol::GetUsage>(task.work)) return end(std::move(task.usage));
  core_.log.info("prune ends", {{"client", task.askers.front().owner.name},
                                {"manifests", task.pruned.manifests},
                                {"bytes", task.pruned.registry_bytes},
                                {"dry_run", task.pruned.dry_run}});
  end(std::move(task.pruned));
}

// Names of projects that the asker may not touch stay unknown to him.
void Upkeep::hide_others(const net::KeyOwner& owner, std::vector<protocol::UsageGroup>& groups) const {
  for (protocol::UsageGroup& group : groups) {
    if (group.project.empty() || group.project == "(shared)" || may_touch(owner, group.project)) continue;
    group.project = "(others)";
  }
}

void Upkeep::refuse(const Error& error) { end(protocol::Refused{error.kind, error.message}); }

void Upkeep::answer(const Asker& asker, protocol::ClientAnswerBody body) {
  if (auto* usage = std::get_if<protocol::Usage>(&body)) hide_others(asker.owner, usage->groups);
  (void)core_.link.answer(asker.peer, {asker.request, body});
  answered_.emplace_back(asker, std::move(body));
  if (answered_.size() > kAnswersKept) answered_.pop_front();
}

void Upkeep::end(protocol::ClientAnswerBody body) {
  for (const Asker& asker : tasks_.front().askers) answer(asker, body);
  tasks_.pop_front();
  if (!tasks_.empty()) start(tasks_.front());
}

}  // namespace farm::coordinator
