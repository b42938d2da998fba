#include "coordinator/app/effects.hpp"

#include <chrono>
#include <thread>

#include "coordinator/app/notices.hpp"
#include "coordinator/app/sender.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/app/status_view.hpp"
#include "coordinator/metrics/observe.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/store/scheduler_records.hpp"

namespace farm::coordinator {
namespace {

constexpr int kWriteTries = 5;
constexpr std::chrono::milliseconds kWriteRetryWait{500};

struct RecordPutter {
  store::Batch& batch;
  void operator()(const scheduler::SaveBuild& save) const { store::put(batch, save.record); }
  void operator()(const scheduler::SaveJob& save) const { store::put(batch, save.record); }
  void operator()(const scheduler::SaveAgent& save) const { store::put(batch, save.record); }
  void operator()(const scheduler::SaveCounters& save) const { store::put(batch, save.record); }
  template <typename Other>
  void operator()(const Other&) const {}
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::vector<scheduler::Command> Effects::step(const scheduler::Event& event) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<scheduler::Command> commands = core_.scheduler.step(core_.now, event);
  core_.metrics.observe(metrics::Metric::StepSeconds, seconds_since(start));
  metrics::observe_commands(core_.metrics, core_.scheduler, commands);
  return commands;
}

void Effects::carry_out(const std::vector<scheduler::Command>& commands, store::Batch batch) {
  if (core_.broken) return;
  for (const scheduler::Command& command : commands) std::visit(RecordPutter{batch}, command);
  NoticeCollector notices(core_, book_, memory_, batch);
  for (const scheduler::Command& command : commands) std::visit(notices, command);
  for (const NoticeCollector::Ready& ready : notices.ready) {
    OpenBuild* build = book_.find(ready.build);
    const BuildJob* job = build == nullptr ? nullptr : build->job_of(ready.job);
    if (job != nullptr) mark_for_publishing(*build, *job, ready.image);
  }
  std::vector<BuildId> closing;
  for (const BuildId id : notices.ended) {
    OpenBuild* build = book_.find(id);
    if (build == nullptr) continue;
    build->ended = true;
    build->touch(core_.now);
    if (!build->settled()) continue;
    put_last_status(batch, *build);
    closing.push_back(id);
  }
  if (!batch.empty()) save(batch);
  if (core_.broken) return;
  CommandSender sender{core_, book_, watchers_, logs_, deferred_};
  for (const scheduler::Command& command : commands) std::visit(sender, command);
  close(closing);
  ask_for_tags();
  run_deferred();
}

void Effects::run_deferred() {
  if (running_deferred_) return;
  running_deferred_ = true;
  while (!deferred_.empty() && !core_.broken) {
    std::vector<scheduler::Event> events;
    events.swap(deferred_);
    for (const scheduler::Event& event : events) run(event);
  }
  running_deferred_ = false;
}

// A full or failing disk may recover; the loop waits a little, then gives up rather than go on with a memory that is ahead of the disk.
void Effects::save(const store::Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    const Result<void> applied = core_.store.apply(batch);
    core_.metrics.observe(metrics::Metric::StoreWriteSeconds, seconds_since(start));
    if (applied) {
      if (attempt > 1) core_.health.store_is("");
      return;
    }
    core_.health.store_is(applied.error().message);
    core_.log.error("records could not be written", {{"attempt", attempt}, {"error", applied.error().message}});
    if (attempt == kWriteTries || !is_retryable(applied.error().kind)) {
      core_.broken = applied.error().with("writing records (nothing is lost: free the disk and start the coordinator again)");
      return;
    }
    std::this_thread::sleep_for(kWriteRetryWait * attempt);
  }
}

void Effects::mark_for_publishing(OpenBuild& build, const BuildJob& job, const Digest& image) {
  for (BuildService& service : build.services) {
    if (service.job != job.name) continue;
    for (auto& [reference, move] : service.moves) {
      if (move != Move::Waiting) continue;
      move = Move::Asked;
      publications_.push_back({build.id, reference, job.repository, image});
    }
  }
}

void Effects::publish_ready(OpenBuild& build) {
  mark_ready(build);
  ask_for_tags();
}

void Effects::mark_ready(OpenBuild& build) {
  for (const BuildJob& job : build.jobs) {
    const scheduler::Job* known = job.id ? core_.scheduler.find_job(job.id) : nullptr;
    if (job.hit) mark_for_publishing(build, job, job.image);
    if (!job.hit && known != nullptr && known->state == JobState::Succeeded) mark_for_publishing(build, job, known->result.image);
  }
}

void Effects::ask_for_tags() {
  std::vector<Publication> publications;
  publications.swap(publications_);
  for (const Publication& publication : publications) {
    if (tags_.ask(publication.reference, publication.repository, publication.image)) {
      tag_ended({publication.reference, publication.image, {}});
    }
  }
}

Digest Effects::image_of(const OpenBuild& build, const std::string& job_name) const {
  const BuildJob* job = build.job(job_name);
  if (job == nullptr || job->hit) return job == nullptr ? Digest{} : job->image;
  const scheduler::Job* known = core_.scheduler.find_job(job->id);
  return known == nullptr ? Digest{} : known->result.image;
}

void Effects::tag_ended(const TagBoard::Ended& ended) {
  std::vector<BuildId> concerned;
  for (auto& [id, build] : book_.all()) {
    for (BuildService& service : build.services) {
      const auto move = service.moves.find(ended.reference);
      if (move == service.moves.end() || move->second != Move::Asked || image_of(build, service.job) != ended.image) continue;
      move->second = ended.outcome ? Move::Done : Move::Failed;
      if (!ended.outcome) service.problem = "its image is built, but " + ended.outcome.error().message;
      concerned.push_back(id);
    }
  }
  if (!ended.outcome) core_.log.warning("a tag could not be moved", {{"tag", ended.reference}, {"error", ended.outcome.error().message}});
  for (const BuildId id : concerned) {
    OpenBuild* build = book_.find(id);
    if (build == nullptr) continue;
    build->touch(core_.now);
    watchers_.changed(id);
    finish_if_settled(id);
  }
}

void Effects::put_last_status(store::Batch& batch, const OpenBuild& build) {
  const BuildStatus status = make_status(build, core_.scheduler, core_.now, clients_registry(core_.config));
  metrics::observe_services(core_.metrics, status);
  store::put(batch, status);
}

void Effects::finish_if_settled(BuildId id) {
  OpenBuild* build = book_.find(id);
  if (build == nullptr || !build->ended || !build->settled() || core_.broken) return;
  store::Batch batch;
  put_last_status(batch, *build);
  save(batch);
  if (!core_.broken) close({id});
}

void Effects::close(const std::vector<BuildId>& builds) {
  for (const BuildId id : builds) {
    if (const OpenBuild* build = book_.find(id)) {
      for (const auto& [name, value] : build->secrets) core_.log.redactor().remove(value);
    }
    book_.remove(id);
    watchers_.changed(id);
  }
}

}  // namespace farm::coordinator
