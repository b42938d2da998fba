#include "coordinator/app/submissions.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/app/planning.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/app/submit_check.hpp"
#include "coordinator/app/upkeep_facts.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {

void Submissions::submit(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, protocol::Submit submit) {
  if (auto checked = check_submit(owner, submit, core_.config.registry.slice_repository); !checked)
    return refuse(peer, request, checked.error());
  if (answer_known(peer, request, owner, submit.token)) return;
  if (candidates_.size() >= kCandidatesMax) {
    return refuse(
        peer, request,
        {ErrorKind::Overloaded, "submitting: " + std::to_string(kCandidatesMax) + " submissions are being looked at already; try again"});
  }
  auto candidate = std::make_unique<Candidate>();
  candidate->submit = std::move(submit);
  candidate->client = owner.name;
  candidate->zone = owner.zone;
  candidate->started = core_.now;
  candidate->askers.push_back({peer, request});
  Candidate& kept = *candidate;
  candidates_.emplace(kept.submit.token, std::move(candidate));
  advance(kept);
}

// The same token is the same build, whatever became of it.
bool Submissions::answer_known(const std::string& peer, std::uint64_t request, const net::KeyOwner& owner, const std::string& token) {
  const auto other_client = [&](const std::string& client) {
    if (client == owner.name) return false;
    refuse(peer, request, {ErrorKind::Conflict, "submitting: the token belongs to a build of another key; draw a new one"});
    return true;
  };
  if (const auto candidate = candidates_.find(token); candidate != candidates_.end()) {
    if (other_client(candidate->second->client)) return true;
    auto& askers = candidate->second->askers;
    std::erase_if(askers, [&](const Asker& asker) { return asker.peer == peer && asker.request == request; });
    askers.push_back({peer, request});
    return true;
  }
  BuildId id;
  if (const OpenBuild* build = book_.by_token(token)) {
    if (other_client(build->submission.client)) return true;
    id = build->id;
  } else if (const Result<BuildId> stored = store::get_build_of_token(core_.store, token)) {
    const Result<wire::SubmissionRecord> submission = store::get_submission(core_.store, *stored);
    if (submission && other_client(submission->client)) return true;
    id = *stored;
  } else {
    return false;
  }
  Result<BuildStatus> status = find_status(core_, book_, id);
  if (!status) {
    refuse(peer, request, status.error());
    return true;
  }
  const OpenBuild* open = book_.find(id);
  const bool waits = open != nullptr && status->state == BuildState::WaitingForSlices;
  accept(peer, request, std::move(*status), waits ? open->submission.missing_slices : std::vector<Digest>{});
  return true;
}

void Submissions::accept(const std::string& peer, std::uint64_t request, BuildStatus status, std::vector<Digest> missing) {
  protocol::Accepted accepted;
  accepted.status = std::move(status);
  accepted.missing_slices = std::move(missing);
  accepted.registry = clients_registry(core_.config);
  accepted.registry_insecure = core_.config.registry.insecure;
  accepted.slice_repository = core_.config.registry.slice_repository;
  (void)core_.link.answer(peer, {request, std::move(accepted)});
}

void Submissions::refuse(const std::string& peer, std::uint64_t request, const Error& error) {
  core_.metrics.count(metrics::Metric::SubmissionsRefused, {to_string(error.kind)});
  core_.log.warning("submission refused", {{"error", error.message}});
  (void)core_.link.answer(peer, {request, protocol::Refused{error.kind, error.message}});
}

void Submissions::refuse(Candidate& candidate, const Error& error) {
  for (const Asker& asker : candidate.askers) refuse(asker.peer, asker.request, error);
  forget(candidate.submit.token);
}

std::optional<admission::KnownResult> Submissions::result_of(const Digest& key) const {
  const Result<wire::ResultRecord> record = store::get_result(core_.store, key);
  if (!record) return std::nullopt;
  admission::KnownResult known{record->image, record->repository, {}};
  for (const KeyInput& input : record->key_inputs) {
    if (input.name != admission::kWholeContextInput) continue;
    const Result<Digest> whole = parse_digest(input.value);
    known.whole_context = whole ? *whole : Digest{};  // one that can't be read equals none
  }
  return known;
}

Result<admission::Admission> Submissions::admit(const Candidate& candidate) const {
  const Plan& plan = candidate.submit.plan;
  const auto results = [&](const Digest& key) -> std::optional<admission::KnownResult> {
    return candidate.gone.contains(key) ? std::nullopt : result_of(key);
  };
  const auto history = [&](const std::string& name) -> std::optional<std::vector<KeyInput>> {
    Result<wire::ResultRecord> last = store::get_latest_result(core_.store, plan.project, name);
    if (!last) return std::nullopt;
    return std::move(last->key_inputs);
  };
  return admission::admit(plan, {candidate.submit.options.no_cache, candidate.zone}, candidate.bases, results, history);
}

// Goes as far as it can without waiting. Each of the steps returns false while answers of the registry are open.
void Submissions::advance(Candidate& candidate) {
  if (core_.now < held_until_) return;  // tick() goes on
  if (candidate.waits() || !resolve_bases(candidate)) return;
  Result<admission::Admission> admission = admit(candidate);
  if (!admission) return refuse(candidate, admission.error());
  candidate.keys.clear();
  for (const admission::AdmittedJob& job : admission->jobs) candidate.keys.push_back(job.key);
  const Plan& plan = candidate.submit.plan;
  if (!check_hits(candidate, plan, *admission)) return;
  std::vector<Digest> missing;
  if (!find_slices(candidate, *admission, missing)) return;
  if (admission->nothing_to_do() && !move_tags(candidate, plan, *admission)) return;
  open(candidate, std::move(*admission), std::move(missing));
}

bool Submissions::resolve_bases(Candidate& candidate) {
  const Millis ttl{static_cast<std::int64_t>(core_.config.base_digest_ttl_s) * 1'000};
  const Instant not_before = candidate.submit.options.pull ? candidate.started : Instant{core_.now.ms - ttl.value};
  for (const std::string& reference : admission::base_references(candidate.submit.plan)) {
    if (candidate.bases.contains(reference)) continue;
    if (const Digest* known = memory_.bases.find(reference, not_before)) {
      candidate.bases[reference] = *known;
    } else {
      candidate.open_bases.insert(reference);
    }
  }
  for (const std::string& reference : candidate.open_bases) core_.registry.ask(ResolveBase{reference});
  return candidate.open_bases.empty();
}

bool Submissions::check_hits(Candidate& candidate, const Plan& plan, const admission::Admission& admission) {
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const admission::AdmittedJob& job = admission.jobs[i];
    if (job.need != admission::Need::Hit) continue;
    const Digest* there = memory_.results.find(job.key, {core_.now.ms - kPresenceTtl.value});
    if (there != nullptr && *there == job.result.image) continue;
    if (candidate.open_results.insert(job.key).second) core_.registry.ask(CheckResult{job.key, job.result.repository, job.result.image});
  }
  return candidate.open_results.empty();
}

bool Submissions::find_slices(Candidate& candidate, const admission::Admission& admission, std::vector<Digest>& missing) {
  for (const Digest& id : admission.slices) {
    if (const auto* known = memory_.slices.find(id, {core_.now.ms - kPresenceTtl.value})) {
      if (!*known) missing.push_back(id);
      continue;
    }
    const Result<wire::SliceRecord> record = store::get_slice(core_.store, id);
    std::optional<protocol::SliceBlob> blob;
    if (record) blob = protocol::SliceBlob{id, record->blob, record->bytes};
    candidate.open_slices.insert(id);
    core_.registry.ask(FindSlice{id, blob});
  }
  return candidate.open_slices.empty();
}

// All hit: the answer is the result, so its tags move before it.
bool Submissions::move_tags(Candidate& candidate, const Plan& plan, const admission::Admission& admission) {
  if (candidate.tags_asked) return true;
  candidate.tags_asked = true;
  for (const ServicePlan& service : plan.services) {
    const admission::KnownResult& result = admission.jobs[service.job].result;
    for (const std::string& reference : references_of(service)) {
      if (!tags_.ask(reference, result.repository, result.image)) candidate.open_tags[reference] = result.image;
    }
  }
  return candidate.open_tags.empty();
}

void Submissions::on(const BaseResolved& answer) {
  if (answer.digest) memory_.bases.put(answer.reference, *answer.digest, core_.now);
  std::vector<Candidate*> concerned;
  for (auto& [token, candidate] : candidates_) {
    if (candidate->open_bases.erase(answer.reference) > 0) concerned.push_back(candidate.get());
  }
  for (Candidate* candidate : concerned) {
    if (!answer.digest) {
      refuse(*candidate, answer.digest.error());
      continue;
    }
    candidate->bases[answer.reference] = *answer.digest;
    advance(*candidate);
  }
}

void Submissions::on(const ResultChecked& answer) {
  const bool gone = answer.present && !*answer.present;
  if (answer.present && *answer.present) memory_.results.put(answer.key, answer.image, core_.now);
  if (gone) {
    core_.log.warning("a result is no longer in the registry", {{"key", answer.key.short_hex()}, {"image", answer.image.oci()}});
    // Its record stays: it says what the job was built from, and the next result replaces it.
  }
  std::vector<Candidate*> concerned;
  for (auto& [token, candidate] : candidates_) {
    if (candidate->open_results.erase(answer.key) > 0) concerned.push_back(candidate.get());
  }
  for (Candidate* candidate : concerned) {
    if (!answer.present) {
      refuse(*candidate, answer.present.error());
      continue;
    }
    if (gone) candidate->gone.insert(answer.key);
    advance(*candidate);
  }
}

void Submissions::tag_ended(const TagBoard::Ended& ended) {
  std::vector<Candidate*> concerned;
  for (auto& [token, candidate] : candidates_) {
    const auto open = candidate->open_tags.find(ended.reference);
    if (open == candidate->open_tags.end() || open->second != ended.image) continue;
    candidate->open_tags.erase(open);
    concerned.push_back(candidate.get());
  }
  for (Candidate* candidate : concerned) {
    if (!ended.outcome) {
      refuse(*candidate, ended.outcome.error());
    } else {
      advance(*candidate);
    }
  }
}

// A build may end (cancelled, timed out) while its slices are being looked up.
void Submissions::answer_pushers_of_ended() {
  for (auto entry = pushers_.begin(); entry != pushers_.end();) {
    const OpenBuild* build = book_.find(entry->first);
    if (build != nullptr && !build->ended) {
      ++entry;
      continue;
    }
    const Result<BuildStatus> status = find_status(core_, book_, entry->first);
    for (const Asker& asker : entry->second) {
      if (status) {
        accept(asker.peer, asker.request, *status, {});
      } else {
        refuse(asker.peer, asker.request, status.error());
      }
    }
    entry = pushers_.erase(entry);
  }
}

Result<void> Submissions::hold(Millis time) {
  if (time <= Millis{0}) {
    held_until_ = Instant{};
    go_on();
    return {};
  }
  const auto& jobs = core_.scheduler.jobs();
  const bool runs = std::any_of(jobs.begin(), jobs.end(), [](const auto& job) { return !is_final(job.second.state); });
  const bool held = core_.now < held_until_;
  if (!held && (runs || !book_.all().empty() || !candidates_.empty())) {
    return Error{ErrorKind::Conflict, "builds are open; wait for their end, or cancel them"};
  }
  held_until_ = core_.now + std::min(time, kHoldMax);
  return {};
}

// What came during a hold begins now.
void Submissions::go_on() {
  held_waited_ = false;
  std::vector<std::string> tokens;
  for (const auto& [token, candidate] : candidates_) tokens.push_back(token);
  for (const std::string& token : tokens) {
    const auto found = candidates_.find(token);
    if (found == candidates_.end()) continue;
    found->second->started = core_.now;
    advance(*found->second);
  }
}

void Submissions::add_in_use(upkeep::InUse& in_use) const {
  for (const auto& [token, candidate] : candidates_) {
    coordinator::add_in_use(candidate->submit.plan, candidate->zone, candidate->keys, in_use);
  }
}

std::vector<Submissions::Candidate*> Submissions::older_than(Millis age) {
  std::vector<Candidate*> late;
  for (auto& [token, candidate] : candidates_) {
    if (core_.now - candidate->started > age) late.push_back(candidate.get());
  }
  return late;
}

void Submissions::tick() {
  // Of submissions that came no further no build's batch takes them along, and lists of files are large.
  if (!slices_found_.empty()) effects_.save(std::exchange(slices_found_, {}));
  if (core_.broken) return;
  if (core_.now < held_until_) {
    held_waited_ = true;
    for (Candidate* candidate : older_than(kHeldAnswer)) {
      refuse(*candidate, {ErrorKind::Overloaded,
                          "submitting: builds wait while the registry's garbage is collected (`farmctl prune`), which takes minutes at "
                          "most; then submit again"});
    }
    return;
  }
  if (held_waited_) go_on();
  for (Candidate* candidate : older_than(kCandidateTimeMax)) {
    refuse(*candidate,
           {ErrorKind::Timeout, "submitting: registry " + core_.config.registry.address + " did not answer all questions within " +
                                    std::to_string(kCandidateTimeMax.value / 1'000) + " s; see that it is well, then submit again"});
  }
  answer_pushers_of_ended();
  std::vector<BuildId> stale;
  for (const auto& [id, build] : book_.all()) {
    if (!build.ended && !build.submission.submitted && core_.now >= build.slices_deadline) stale.push_back(id);
  }
  for (const BuildId id : stale) {
    effects_.run(scheduler::BuildAborted{
        id, "its source slices did not come within " + std::to_string(kSlicesWaitMax.value / 60'000) + " minutes; submit again"});
  }
}

}  // namespace farm::coordinator
