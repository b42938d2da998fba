#include "coordinator/app/upkeep.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/upkeep_facts.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/upkeep/usage.hpp"

namespace farm::coordinator {

void Upkeep::ask(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, UpkeepWork work) {
  const Asker asker{peer, request};
  for (const auto& [known, answer] : answered_) {
    if (known == asker) return (void)core_.link.answer(peer, {request, answer});
  }
  if (std::any_of(tasks_.begin(), tasks_.end(), [&](const Task& task) { return task.asker == asker; })) return;  // a repeat
  if (tasks_.size() >= kTasksMax) {
    (void)core_.link.answer(
        peer, {request, protocol::Refused{ErrorKind::Overloaded, "so many prunes and looks at the space wait already; try again later"}});
    return;
  }
  Task task;
  task.work = std::move(work);
  task.owner = owner;
  task.asker = asker;
  tasks_.push_back(std::move(task));
  if (!tasks_.front().running) start(tasks_.front());
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
    core_.log.info(prune->dry_run ? "a prune is tried" : "prune begins",
                   {{"client", task.owner.name}, {"older_than_ms", prune->older_than_ms}, {"keep_bytes", prune->keep_bytes}});
    begin_agents(task, {0, prune->older_than_ms, prune->keep_bytes, prune->dry_run, {}}, kAgentPruneTime);
  }
  start_survey();
}

void Upkeep::start_survey() {
  SurveyRegistry survey;
  survey.begun_ms = core_.now.ms;
  survey.repositories = {core_.config.registry.slice_repository, kCacheRepository};
  const Result<void> read = store::for_each(core_.store, store::Kind::Results, [&](const store::Item& item) -> Result<void> {
    Result<wire::ResultRecord> record = wire::decode_record<wire::ResultRecord>(item.value);
    if (!record) return std::move(record).error().with("results, key " + item.key);
    survey.known.emplace_back(std::move(record->repository), record->image);
    return {};
  });
  if (!read) return refuse(read.error());
  core_.registry.ask(std::move(survey));
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

void Upkeep::on(const RegistrySurveyed& answer) {
  if (tasks_.empty() || !tasks_.front().running || tasks_.front().registry_done) return;
  Task& task = tasks_.front();
  if (!answer.survey) return refuse(Error(answer.survey.error()).with("asking the registry what it holds"));
  if (answer.survey->begun_ms < task.started.ms) return;  // of a task that was given up
  if (!answer.survey->problem.empty()) task.usage.notes.push_back(answer.survey->problem);
  task.pruned.notes = task.usage.notes;
  Result<upkeep::Facts> facts = read_facts(core_, *answer.survey);
  if (!facts) return refuse(facts.error());
  add_in_use(core_, book_, facts->in_use);
  submissions_.add_in_use(facts->in_use);
  decide(task, std::move(*facts));
}

void Upkeep::decide(Task& task, upkeep::Facts facts) {
  const std::vector<upkeep::Unit> units = upkeep::units_of(facts);
  if (std::holds_alternative<protocol::GetUsage>(task.work)) {
    std::vector<std::string> notes = std::move(task.usage.notes);
    task.usage = upkeep::usage_of(units, core_.now.ms);
    task.usage.notes = std::move(notes);
    task.registry_done = true;
    return finish_if_done();
  }
  if (const auto* prune = std::get_if<protocol::Prune>(&task.work)) {
    const upkeep::Selection selection = choose_for_prune(units, {core_.now.ms, prune->older_than_ms, prune->keep_bytes, prune->all});
    const std::vector<std::string> notes = std::move(task.pruned.notes);
    task.pruned = upkeep::told(units, selection, prune->dry_run);
    task.pruned.notes = notes;
    return carry_out(task, selection);
  }
  const auto& clean = std::get<protocol::Clean>(task.work);
  if (Result<void> may = may_clean(clean); !may) return refuse(may.error());
  const upkeep::Selection selection = choose_for_clean(units, facts, clean.project);
  task.pruned = upkeep::told(units, selection, clean.dry_run);
  if (!clean.dry_run) {
    store::Batch batch;
    forget_project(clean.project, facts, selection, batch);
    effects_.save(batch);
    if (core_.broken) return;
  }
  protocol::PruneCache drop{0, -1, protocol::kNoByteLimit, clean.dry_run, {}};
  for (const std::size_t index : selection.units) {
    const Digest& blob = units[index].slice_blob;
    if (!blob.empty() && drop.drop_slices.size() < kDroppedSlicesMax) drop.drop_slices.push_back(blob);
  }
  if (!drop.drop_slices.empty()) begin_agents(task, std::move(drop), kAgentPruneTime);
  carry_out(task, selection);
}

// Records first: a crash from here on leaves manifests that nothing names, and no record of what is gone.
void Upkeep::carry_out(Task& task, const upkeep::Selection& selection) {
  if (task.pruned.dry_run) {
    task.registry_done = true;
    return finish_if_done();
  }
  store::Batch batch;
  for (const Digest& key : selection.forget_results) {
    if (const Result<wire::ResultRecord> record = store::get_result(core_.store, key)) {
      const Result<std::string> newest = store::get_latest_key(core_.store, record->project, record->name);
      if (newest && *newest == key.hex()) batch.erase(store::Kind::Latest, store::text_key(record->project, record->name));
    }
    store::erase_result(batch, key);
  }
  for (const Digest& id : selection.forget_slices) store::erase_slice(batch, id);
  for (const std::string& tag : selection.forget_caches) batch.erase(store::Kind::Meta, cache_use_key(tag));
  if (!batch.empty()) effects_.save(batch);
  if (core_.broken) return;
  memory_.results = {};
  memory_.slices = {};
  memory_.tags = {};
  task.deletions = selection.deletions;
  task.pruned.manifests = 0;
  erase_next(task);
}

// The project's history too: what its jobs were last made of, and how long they take. Their next runs use no cache.
void Upkeep::forget_project(const std::string& project, const upkeep::Facts& facts, const upkeep::Selection& selection,
                            store::Batch& batch) {
  std::set<std::string> names;
  const std::set<Digest> forgotten(selection.forget_results.begin(), selection.forget_results.end());
  for (const upkeep::KnownResult& result : facts.results) {
    if (result.project == project && forgotten.contains(result.key)) names.insert(result.name);
  }
  for (const store::Kind kind : {store::Kind::Latest, store::Kind::Durations}) {
    (void)store::for_each(core_.store, kind, [&](const store::Item& item) -> Result<void> {
      if (item.key.starts_with(store::text_key(project, ""))) batch.erase(kind, item.key);
      return {};
    });
  }
  for (const std::string& name : names) batch.put(store::Kind::Meta, cold_key(project, name), "");
  core_.log.info("project is cleaned", {{"project", project}, {"results", selection.forget_results.size()}});
}

void Upkeep::erase_next(Task& task) {
  if (task.deletions.empty()) {
    task.registry_done = true;
    return finish_if_done();
  }
  EraseManifests request;
  const std::size_t count = std::min(kErasedAtOnce, task.deletions.size());
  const auto end = task.deletions.begin() + static_cast<std::ptrdiff_t>(count);
  request.deletions.assign(task.deletions.begin(), end);
  task.deletions.erase(task.deletions.begin(), end);
  task.erasing = true;
  core_.registry.ask(std::move(request));
}

void Upkeep::on(const ManifestsErased& answer) {
  if (tasks_.empty() || !std::exchange(tasks_.front().erasing, false)) return;
  Task& task = tasks_.front();
  task.pruned.manifests += answer.erased;
  task.pruned.in_use += answer.used_again;
  for (const std::string& problem : answer.problems) {
    if (task.pruned.notes.size() < 20) task.pruned.notes.push_back(problem);
  }
  if (answer.refused) {
    task.pruned.notes.emplace_back(
        "the registry takes no deletions: allow them (docker-registry: storage.delete.enabled: true), then run this again with --all");
    task.deletions.clear();
  }
  erase_next(task);
}

void Upkeep::finish_if_done() {
  Task& task = tasks_.front();
  const bool waits = std::any_of(task.agents.begin(), task.agents.end(), [](const auto& part) { return part.second.waits(); });
  if (!task.registry_done || waits) return;
  tell_agents(task);
  if (std::holds_alternative<protocol::GetUsage>(task.work)) {
    hide_others(task.owner, task.usage.groups);
    return end(std::move(task.usage));
  }
  core_.log.info("prune ends", {{"client", task.owner.name},
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

void Upkeep::end(protocol::ClientAnswerBody answer) {
  const Asker asker = tasks_.front().asker;
  (void)core_.link.answer(asker.peer, {asker.request, answer});
  answered_.emplace_back(asker, std::move(answer));
  if (answered_.size() > kAnswersKept) answered_.pop_front();
  tasks_.pop_front();
  if (!tasks_.empty()) start(tasks_.front());
}

}  // namespace farm::coordinator
