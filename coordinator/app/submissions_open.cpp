// The second half of Submissions: from a candidate with nothing open to a durable build, and from pushed slices to running jobs.
#include <algorithm>
#include <utility>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/figures.hpp"
#include "coordinator/app/planning.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/app/status_view.hpp"
#include "coordinator/app/submissions.hpp"
#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"
#include "shared/context/slice_listing.hpp"

namespace farm::coordinator {
namespace {

wire::SubmissionRecord submission_record(const Instant now, const std::string& client, const std::string& zone, protocol::Submit submit,
                                         const admission::PinnedBases& bases, const admission::Admission& admission,
                                         std::vector<Digest> missing) {
  wire::SubmissionRecord record;
  record.token = std::move(submit.token);
  record.client = client;
  record.zone = zone;
  record.created_ms = now.ms;
  record.options = submit.options;
  record.plan = std::move(submit.plan);
  record.base_digests = to_records(bases);
  record.missing_slices = std::move(missing);
  for (const admission::AdmittedJob& job : admission.jobs) {
    record.job_keys.push_back(job.key);
    record.needed.push_back(job.need == admission::Need::Needed);
  }
  return record;
}

// What the admission compared each needed job with.
std::vector<Digest> last_keys(const wire::SubmissionRecord& submission, const store::Store& store) {
  std::vector<Digest> keys(submission.plan.jobs.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!submission.needed[i]) continue;
    const Result<wire::ResultRecord> last = store::get_latest_result(store, submission.plan.project, submission.plan.jobs[i].name);
    if (last) keys[i] = last->key;
  }
  return keys;
}

}  // namespace

void Submissions::open(Candidate& candidate, admission::Admission admission, const std::vector<Digest>& missing) {
  const std::string token = candidate.submit.token;
  const protocol::SubmitOptions& wanted = candidate.submit.options;
  scheduler::BuildOptions options;
  options.parallel = wanted.parallel;
  options.fail_fast = wanted.fail_fast;
  options.timeout = wanted.timeout;
  std::vector<scheduler::Command> commands =
      effects_.step(scheduler::BuildOpened{token, candidate.client, candidate.submit.plan.project, options});
  const scheduler::Build* record = core_.scheduler.find_token(token);
  if (record == nullptr) {
    Error error{ErrorKind::Overloaded, "submitting: the farm takes no more builds now; try again later"};
    for (const scheduler::Command& command : commands) {
      if (const auto* refused = std::get_if<scheduler::BuildRefused>(&command)) error = refused->error;
    }
    effects_.carry_out(commands);
    return refuse(candidate, error);
  }
  OpenBuild build;
  build.id = record->id;
  build.jobs = build_jobs(candidate.submit.plan, admission);
  build.services = services_of(candidate.submit.plan);
  build.secrets = std::move(candidate.submit.secrets);
  for (const auto& [name, value] : build.secrets) core_.log.redactor().add(value);
  build.slices_deadline = core_.now + kSlicesWaitMax;
  build.looked_up = candidate.started;
  note_admission(core_, candidate.submit.plan, admission, missing);
  note_uses(core_, candidate.submit.plan, candidate.zone, admission, slices_found_);
  const bool all_hit = admission.nothing_to_do();
  if (all_hit) {
    for (BuildService& service : build.services) {
      for (auto& [reference, move] : service.moves) move = Move::Done;
    }
  }
  build.submission = submission_record(candidate.started, candidate.client, candidate.zone, std::move(candidate.submit), candidate.bases,
                                       admission, missing);
  build.submission.build = build.id;
  build.submission.last_keys = last_keys(build.submission, core_.store);
  build.admission = std::move(admission);
  build.touch(core_.now);
  const std::vector<Asker> askers = std::move(candidate.askers);
  forget(token);

  const BuildId id = build.id;
  OpenBuild& opened = book_.add(std::move(build));
  core_.log.info("build opened", {{"build", id},
                                  {"project", opened.submission.plan.project},
                                  {"client", opened.submission.client},
                                  {"services", opened.services.size()},
                                  {"missing_slices", missing.size()}});
  if (missing.empty()) {
    plan_build(opened, std::move(commands));
  } else {
    store::Batch batch = std::exchange(slices_found_, {});
    store::put(batch, opened.submission);
    store::put(batch, make_status(opened, core_.scheduler, core_.now, clients_registry(core_.config)));
    effects_.carry_out(commands, std::move(batch));
  }
  if (core_.broken) return;
  if (OpenBuild* still = book_.find(id); still != nullptr && !all_hit) effects_.publish_ready(*still);
  Result<BuildStatus> status = find_status(core_, book_, id);
  for (const Asker& asker : askers) {
    if (status) accept(asker.peer, asker.request, *status, missing);
  }
}

// Only now that the build has its jobs: those that it shares with an older one go on. In the same batch as the build's own records.
void Submissions::supersede(const OpenBuild& build, std::vector<scheduler::Command>& commands) {
  for (const BuildId older : superseded_by(book_, build)) {
    core_.log.info("build is superseded", {{"build", older}, {"by", build.id}, {"client", build.submission.client}});
    const scheduler::BuildCancelled cancelled{older, build.submission.client, "superseded by build " + to_string(build.id)};
    for (scheduler::Command& command : effects_.step(cancelled)) commands.push_back(std::move(command));
  }
}

void Submissions::plan_build(OpenBuild& build, std::vector<scheduler::Command> commands, store::Batch batch) {
  const auto expected = [&](const std::string& name) {
    const Result<wire::DurationRecord> duration = store::get_duration(core_.store, build.submission.plan.project, name);
    return duration ? duration->mean_ms : Millis{};
  };
  const auto bytes = [&](const Digest& key) {
    const Result<wire::ResultRecord> result = store::get_result(core_.store, key);
    return result ? result->bytes : 0;
  };
  if (!build.admission) {
    Result<admission::Admission> again = admission_again(build.submission, [this](const Digest& key) { return result_of(key); });
    if (!again) return effects_.run(scheduler::BuildAborted{build.id, again.error().message});
    build.admission = std::move(*again);
  }
  const BuildId id = build.id;
  scheduler::BuildPlanned planned{id, new_jobs(build.submission.plan, *build.admission, build.submission.options, expected, bytes),
                                  build.looked_up};
  for (scheduler::Command& command : effects_.step(planned)) commands.push_back(std::move(command));
  if (const scheduler::Build* record = core_.scheduler.find_build(id)) {
    const auto is_known = [this](JobId job) { return store::get_spec(core_.store, job).has_value(); };
    for (const wire::JobSpecRecord& spec : bind_jobs(build, *record, core_.scheduler, is_known)) store::put(batch, spec);
    effects_.mark_ready(build);  // what another build made meanwhile: no job of this one will end for it
  }
  supersede(build, commands);
  batch.append(std::exchange(slices_found_, {}));
  build.submission.submitted = true;
  build.submission.missing_slices.clear();
  build.admission.reset();
  build.touch(core_.now);
  store::put(batch, build.submission);
  store::put(batch, make_status(build, core_.scheduler, core_.now, clients_registry(core_.config)));
  effects_.carry_out(commands, std::move(batch));
}

void Submissions::slices_pushed(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner,
                                const protocol::SlicesPushed& pushed) {
  OpenBuild* build = book_.by_token(pushed.token);
  if (build == nullptr) {
    if (answer_known(peer, request, owner, pushed.token)) return;
    return refuse(peer, request, {ErrorKind::NotFound, "pushing slices: no build has this token; submit first"});
  }
  if (build->submission.client != owner.name) {
    return refuse(peer, request, {ErrorKind::Denied, "pushing slices: the build belongs to another key"});
  }
  if (build->submission.submitted || build->ended) {
    (void)answer_known(peer, request, owner, pushed.token);
    return;
  }
  std::map<Digest, protocol::SliceBlob> blobs;
  for (const protocol::SliceBlob& blob : pushed.blobs) blobs[blob.id] = blob;
  for (const Digest& id : build->submission.missing_slices) {
    if (blobs.contains(id)) continue;
    return refuse(peer, request, {ErrorKind::InvalidInput, "pushing slices: slice " + id.short_hex() + " was asked for and is not named"});
  }
  pushers_[build->id].push_back({peer, request});
  if (!build->checking.empty()) return;
  for (const Digest& id : build->submission.missing_slices) {
    build->checking.insert(id);
    core_.registry.ask(FindSlice{id, blobs[id]});
  }
  note_listings(pushed.listings, build->checking);
}

// A list that is not the slice's, or more than fits, is left out: only words depend on it. Kept until the slice was looked up.
void Submissions::note_listings(const std::vector<protocol::SliceListing>& listings, const std::set<Digest>& wanted) {
  std::size_t bytes = 0;
  for (const protocol::SliceListing& listing : listings) {
    bytes += listing.files.size();
    if (bytes > protocol::kListingsBytesMax) return;
    if (!wanted.contains(listing.id)) continue;
    const Result<std::vector<SliceFile>> files = decode_listing(listing.files, listing.id);
    if (files) listings_.insert_or_assign(listing.id, listing);
    if (!files) core_.log.debug("a list of files was not taken", {{"error", files.error().message}});
  }
}

// Kept for the next batch, the one that hands a job with this slice to the scheduler at the latest, or the next tick.
void Submissions::note_slice(const protocol::SliceBlob& slice) {
  const Result<wire::SliceRecord> known = store::get_slice(core_.store, slice.id);
  if (known && known->blob == slice.blob && known->bytes == slice.bytes) return;
  std::set<std::string> users;
  for (const auto& [token, candidate] : candidates_) {
    if (candidate->open_slices.contains(slice.id)) users.insert(candidate->submit.plan.project);
  }
  for (const auto& [id, build] : book_.all()) {
    if (build.checking.contains(slice.id)) users.insert(build.submission.plan.project);
  }
  store::put(slices_found_, wire::SliceRecord{slice.id, slice.blob, slice.bytes, core_.now.ms, {users.begin(), users.end()}});
}

void Submissions::on(const SliceFound& answer) {
  if (answer.blob) memory_.slices.put(answer.id, *answer.blob, core_.now);
  if (answer.blob && *answer.blob) note_slice(**answer.blob);
  if (const auto listing = listings_.extract(answer.id); listing && answer.blob && *answer.blob)
    store::put(slices_found_, listing.mapped());
  std::vector<Candidate*> concerned;
  for (auto& [token, candidate] : candidates_) {
    if (candidate->open_slices.erase(answer.id) > 0) concerned.push_back(candidate.get());
  }
  for (Candidate* candidate : concerned) {
    if (answer.blob) {
      advance(*candidate);
    } else {
      refuse(*candidate, answer.blob.error());
    }
  }
  // A question for another submission that was on its way when the slice was pushed: its answer says nothing about the push.
  if (answer.by_tag && !(answer.blob && *answer.blob)) return;
  std::vector<BuildId> builds;
  for (const auto& [id, build] : book_.all()) {
    if (build.checking.contains(answer.id)) builds.push_back(id);
  }
  for (const BuildId id : builds) {
    if (OpenBuild* build = book_.find(id)) slice_checked(*build, answer);
  }
}

void Submissions::slice_checked(OpenBuild& build, const SliceFound& answer) {
  build.checking.erase(answer.id);
  const BuildId id = build.id;
  if (!answer.blob || !*answer.blob) {
    const Error error = answer.blob ? Error{ErrorKind::NotFound,
                                            "pushing slices: the registry does not have slice " + answer.id.short_hex() + "; push it again"}
                                    : answer.blob.error();
    build.checking.clear();
    for (const Asker& asker : pushers_[id]) refuse(asker.peer, asker.request, error);
    pushers_.erase(id);
    return;
  }
  if (!build.checking.empty() || build.ended) return;
  plan_build(build);
  if (core_.broken) return;
  const Result<BuildStatus> status = find_status(core_, book_, id);
  for (const Asker& asker : pushers_[id]) {
    if (status) accept(asker.peer, asker.request, *status, {});
  }
  pushers_.erase(id);
}

}  // namespace farm::coordinator
