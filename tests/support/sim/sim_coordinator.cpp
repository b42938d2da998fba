#include "tests/support/sim/sim_coordinator.hpp"

namespace farm::sim {
namespace {

constexpr Millis kTick{500};

}  // namespace

SimCoordinator::SimCoordinator(World& world, Disk& disk, Registry& registry, const Universe& universe, Models& models, ToAgent to_agent)
    : world_(world), disk_(disk), registry_(registry), universe_(universe), models_(models), to_agent_(std::move(to_agent)) {}

void SimCoordinator::start() {
  ++life_;
  scheduler_.emplace(world_.options.scheduler);
  scheduler::SavedState saved = disk_.saved();
  if (world_.rng.chance(world_.options.retention_permille)) drop_old(saved);
  running_.clear();
  for (const scheduler::JobRecord& job : saved.jobs) {
    if (job.state == JobState::Assigned) running_.insert({job.id, job.fence});
  }
  const Result<void> restored = scheduler_->restore(world_.now, std::move(saved));
  if (!restored) world_.fail("restore: " + restored.error().message);
  if (const auto problem = scheduler_->check_invariants()) world_.fail("invariant after a restart: " + *problem);
  models_.restarted();
  world_.note(2, life_, 0, [&] { return std::string("coordinator: started"); });
  tick(life_);
}

// The store's retention: finished builds go, and the jobs that no other build names.
void SimCoordinator::drop_old(scheduler::SavedState& saved) {
  std::erase_if(saved.builds, [&](const scheduler::BuildRecord& build) { return is_final(build.state) && world_.rng.chance(500); });
  std::set<JobId> named;
  for (const scheduler::BuildRecord& build : saved.builds) named.insert(build.jobs.begin(), build.jobs.end());
  std::erase_if(saved.jobs, [&](const scheduler::JobRecord& job) { return !named.contains(job.id); });
}

void SimCoordinator::crash() {
  ++models_.counts.coordinator_crashes;
  world_.note(3, life_, 0, [&] { return std::string("coordinator: crashed"); });
  scheduler_.reset();
  world_.after(Millis{world_.rng.between(10, 8'000)}, [this] {
    if (!up()) start();
  });
}

void SimCoordinator::tick(std::uint64_t life) {
  if (life != life_ || !up()) return;
  if (!step(scheduler::Tick{})) return;
  world_.after(kTick, [this, life] { tick(life); });
}

bool SimCoordinator::crash_point() {
  if (!world_.faults || !world_.rng.chance(world_.options.crash_point_permille)) return false;
  crash();
  return true;
}

bool SimCoordinator::step(const scheduler::Event& event, const Submission* submission) {
  ++models_.counts.steps;
  const std::vector<scheduler::Command> commands = scheduler_->step(world_.now, event);
  world_.note(4, event.index(), commands.size(), [&] {
    return "coordinator: event " + std::to_string(event.index()) + " gave " + std::to_string(commands.size()) + " commands";
  });
  if (const auto problem = scheduler_->check_invariants()) {
    world_.fail("invariant: " + *problem);
    return false;
  }
  const bool crashes = world_.faults && world_.options.crash_point_permille > 0;
  const bool backwards = world_.options.planted.loop == LoopBug::SendsBeforeRecords;
  if (crashes && crash_point()) return false;
  if (!(backwards ? send_all(commands) : write(commands, submission))) return false;
  if (crashes && crash_point()) return false;
  return backwards ? write(commands, submission) : send_all(commands);
}

bool SimCoordinator::write(const std::vector<scheduler::Command>& commands, const Submission* submission) {
  if (submission != nullptr && scheduler_->find_token(submission->token) != nullptr) disk_.submissions[submission->token] = *submission;
  for (const scheduler::Command& command : commands) {
    if (const auto* job = std::get_if<scheduler::SaveJob>(&command)) {
      if (world_.options.planted.loop == LoopBug::RecordsForgotten && job->record.state == JobState::Verifying) continue;
      disk_.apply(command);
      models_.saved(job->record);
      const bool found_running = job->record.state == JobState::Verifying && running_.erase({job->record.id, job->record.fence}) > 0;
      models_.counts.adopted += found_running ? 1U : 0U;
    } else if (const auto* ended = std::get_if<scheduler::JobEnded>(&command)) {
      const scheduler::Job* known = scheduler_->find_job(ended->job);
      if (known != nullptr && ended->state == JobState::Succeeded) disk_.results[known->key] = known->result.image;
    } else {
      disk_.apply(command);
    }
  }
  return true;
}

bool SimCoordinator::send_all(const std::vector<scheduler::Command>& commands) {
  for (const scheduler::Command& command : commands) {
    if (scheduler::is_record(command)) continue;
    send(command);
    if (world_.options.crash_point_permille > 0 && world_.rng.chance(100) && crash_point()) return false;
  }
  return true;
}

void SimCoordinator::send(const scheduler::Command& command) {
  if (const auto* start = std::get_if<scheduler::SendStart>(&command)) {
    models_.start_sent(*start);
    protocol::StartJob message;
    message.job = start->job;
    message.fence = start->fence;
    message.key = scheduler_->find_job(start->job)->key;
    message.no_cache = start->no_cache;
    message.full_context = start->full_context;
    message.timeout = start->timeout;
    world_.note(5, start->job.value, start->fence.value, [&] {
      return "coordinator: starts job " + to_string(start->job) + " fence " + to_string(start->fence) + " on " + start->agent;
    });
    to_agent_(start->agent, message);
  } else if (const auto* cancel = std::get_if<scheduler::SendCancel>(&command)) {
    world_.note(6, cancel->job.value, cancel->fence.value, [&] {
      return "coordinator: cancels job " + to_string(cancel->job) + " fence " + to_string(cancel->fence) + " on " + cancel->agent;
    });
    to_agent_(cancel->agent, protocol::CancelJob{cancel->job, cancel->fence, cancel->reason});
  } else if (const auto* ack = std::get_if<scheduler::SendAck>(&command)) {
    models_.ack_sent(*ack);
    to_agent_(ack->agent, protocol::AckReport{ack->job, ack->fence});
  } else if (const auto* answer = std::get_if<scheduler::SendAnswer>(&command)) {
    to_agent_(answer->agent, answer->answer);
  } else if (const auto* request = std::get_if<scheduler::VerifyResult>(&command)) {
    verify(*request);
  } else if (const auto* retry = std::get_if<scheduler::RetryNoticed>(&command)) {
    ++models_.counts.retries;
    world_.note(7, retry->job.value, 0, [&] { return "coordinator: retries job " + to_string(retry->job) + ": " + retry->cause; });
  } else if (const auto* ended = std::get_if<scheduler::BuildEnded>(&command)) {
    const scheduler::Build* build = scheduler_->find_build(ended->build);
    models_.counts.shared += build == nullptr ? 0 : build->shared.size();
    world_.note(8, ended->build.value, static_cast<std::uint64_t>(ended->state), [&] {
      return "coordinator: build " + to_string(ended->build) + " " + std::string(to_string(ended->state)) + " " + ended->reason;
    });
  }
}

void SimCoordinator::verify(const scheduler::VerifyResult& request) {
  world_.after(Millis{world_.rng.between(1, 500)}, [this, request, life = life_] {
    if (life != life_ || !up()) return;
    if (world_.faults && world_.rng.chance(world_.options.verify_flake_permille / 4)) return;  // no answer at all
    Result<void> outcome;
    if (world_.faults && world_.rng.chance(world_.options.verify_flake_permille)) {
      outcome = Error{ErrorKind::Unavailable, "the registry is away"};
    } else if (registry_.away) {
      outcome = Error{ErrorKind::Unavailable, "connection refused"};
    } else if (!registry_.images.contains(request.result.image)) {
      outcome = Error{ErrorKind::NotFound, "the registry has no such manifest"};
    }
    step(scheduler::JobVerified{request.job, request.fence, outcome});
  });
}

void SimCoordinator::hear(const protocol::FromAgent& message, const std::string& agent) {
  if (!up()) return;
  if (const auto* beat = std::get_if<protocol::AgentHeartbeat>(&message)) {
    step(scheduler::AgentHeard{*beat, {}});
  } else if (const auto* report = std::get_if<protocol::JobReport>(&message)) {
    step(scheduler::JobReported{agent, *report});
  }
}

void SimCoordinator::disconnected(const std::string& agent) {
  if (up()) step(scheduler::AgentDisconnected{agent});
}

void SimCoordinator::drain(const std::string& agent, bool on) {
  if (up()) step(scheduler::DrainSet{agent, on});
}

bool SimCoordinator::has_result(const Key& key) const {
  const auto image = disk_.results.find(key.digest);
  return image != disk_.results.end() && registry_.images.contains(image->second);
}

ClientAnswer SimCoordinator::status_of(const std::string& token) const {
  const auto build = disk_.tokens.find(token);
  if (build == disk_.tokens.end()) return {ClientAnswer::What::Refused, {}, {}};
  const BuildState state = disk_.builds.at(build->second).state;
  const bool waits = state == BuildState::WaitingForSlices;
  return {waits ? ClientAnswer::What::PushSlices : ClientAnswer::What::Status, build->second, state};
}

std::optional<ClientAnswer> SimCoordinator::submit(const Submission& submission) {
  if (!up()) return std::nullopt;
  const bool kept = disk_.tokens.contains(submission.token);  // also of a build that the scheduler has forgotten
  if (!kept && !step(scheduler::BuildOpened{submission.token, "client", submission.project, submission.options}, &submission))
    return std::nullopt;
  return status_of(submission.token);
}

std::optional<ClientAnswer> SimCoordinator::slices_pushed(const std::string& token) {
  if (!up()) return std::nullopt;
  const scheduler::Build* build = scheduler_->find_token(token);
  if (build == nullptr || build->state != BuildState::WaitingForSlices) return status_of(token);
  const Submission& submission = disk_.submissions.at(token);
  const std::vector<std::size_t> needed =
      universe_.needed(submission.wanted, [&](const Key& key) { return !submission.no_cache && has_result(key); });
  scheduler::BuildPlanned planned{build->id, {}, world_.now};
  for (const std::size_t key : needed) planned.jobs.push_back(universe_.job(key, submission.wanted.contains(key), submission.no_cache));
  world_.after(Millis{world_.rng.between(0, world_.options.lookup_most.value)}, [this, planned, life = life_] {
    if (life == life_ && up()) step(planned);
  });
  return status_of(token);
}

std::optional<ClientAnswer> SimCoordinator::watch(const std::string& token) {
  if (!up()) return std::nullopt;
  return status_of(token);
}

std::optional<ClientAnswer> SimCoordinator::cancel(const std::string& token) {
  if (!up()) return std::nullopt;
  const scheduler::Build* build = scheduler_->find_token(token);
  if (build != nullptr && !step(scheduler::BuildCancelled{build->id, "the client"})) return std::nullopt;
  return status_of(token);
}

}  // namespace farm::sim
