#include "coordinator/app/restart.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "coordinator/app/planning.hpp"
#include "coordinator/app/submissions.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/store/scheduler_records.hpp"

namespace farm::coordinator {
namespace {

// The jobs as the last stored status shows them: it was written in the batch that opened (or planned) the build.
std::vector<BuildJob> jobs_of(const wire::SubmissionRecord& submission, const BuildStatus& status, const store::Store& store) {
  std::vector<BuildJob> jobs;
  for (const JobStatus& shown : status.jobs) {
    BuildJob job{shown.kind, shown.name, shown.key, shown.state == JobState::Hit, shown.reason, "", shown.image, shown.id, shown.cause};
    const auto planned = std::find_if(submission.plan.jobs.begin(), submission.plan.jobs.end(),
                                      [&](const JobSpec& spec) { return spec.name == shown.name; });
    if (planned != submission.plan.jobs.end()) job.repository = planned->repository;
    if (job.hit) {
      if (const Result<wire::ResultRecord> result = store::get_result(store, job.key)) job.repository = result->repository;
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

bool is_unreadable(const Error& error) { return error.kind == ErrorKind::Corrupt || error.kind == ErrorKind::Unsupported; }

Result<void> reopen(Core& core, BuildBook& book, const scheduler::Build& record) {
  const Result<BuildStatus> status = store::get_status(core.store, record.id);
  // Retention may have taken an old build's history before the scheduler's record of it.
  if (!status && status.error().kind == ErrorKind::NotFound && is_final(record.state)) return {};
  if (!status && is_unreadable(status.error()) && is_final(record.state)) {  // history only: nothing goes on from there
    store::note_unreadable(core.store, store::Kind::Statuses, store::number_key(record.id.value), status.error());
    return {};
  }
  if (!status) return status.error().with("taking up build " + to_string(record.id));
  if (is_final(status->state)) return {};
  Result<wire::SubmissionRecord> submission = store::get_submission(core.store, record.id);
  if (!submission) return std::move(submission).error().with("taking up build " + to_string(record.id));
  OpenBuild build;
  build.id = record.id;
  build.submission = std::move(*submission);
  build.jobs = jobs_of(build.submission, *status, core.store);
  build.services = services_of(build.submission.plan);
  build.slices_deadline = core.now + kSlicesWaitMax;
  build.looked_up = Instant{build.submission.created_ms};
  build.ended = is_final(record.state);
  build.version = status->version;
  build.touch(core.now);
  OpenBuild& kept = book.add(std::move(build));
  (void)bind_jobs(kept, record, core.scheduler, [](JobId) { return true; });
  return {};
}

// The first secret that a job of the build, still to be started, needs; empty: none.
std::string lost_secret(const Core& core, const OpenBuild& build) {
  for (const BuildJob& job : build.jobs) {
    const scheduler::Job* known = job.id ? core.scheduler.find_job(job.id) : nullptr;
    if (job.hit || (known != nullptr && known->state != JobState::Waiting)) continue;
    for (const JobSpec& spec : build.submission.plan.jobs) {
      if (spec.name == job.name && !spec.secrets.empty()) return spec.secrets.front();
    }
  }
  return "";
}

}  // namespace

Result<void> restore(Core& core, BuildBook& book) {
  Result<scheduler::SavedState> saved = store::load_scheduler_state(core.store);
  if (!saved) return std::move(saved).error().with("reading the scheduler's records");
  const std::size_t builds = saved->builds.size();
  const std::size_t jobs = saved->jobs.size();
  if (auto restored = core.scheduler.restore(core.now, std::move(*saved)); !restored)
    return restored.error().with("taking up the saved state");
  for (const auto& [id, record] : core.scheduler.builds()) {
    if (auto reopened = reopen(core, book, record); !reopened) return reopened.error();
  }
  core.log.info("state restored", {{"builds", builds}, {"jobs", jobs}, {"open", book.all().size()}});
  return {};
}

void resume(Core& core, BuildBook& book, Effects& effects) {
  std::vector<BuildId> ids;
  for (const auto& [id, build] : book.all()) ids.push_back(id);
  for (const BuildId id : ids) {
    OpenBuild* build = book.find(id);
    if (build == nullptr) continue;
    const std::string secret = build->ended ? "" : lost_secret(core, *build);
    if (!secret.empty()) {
      effects.run(scheduler::BuildAborted{id, "the coordinator was restarted, and with it the secret '" + secret +
                                                  "' was lost (secrets are kept in memory only); submit again"});
      continue;
    }
    effects.publish_ready(*build);
    effects.finish_if_settled(id);
  }
}

}  // namespace farm::coordinator
