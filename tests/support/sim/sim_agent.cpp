#include "tests/support/sim/sim_agent.hpp"

namespace farm::sim {
namespace {

constexpr Millis kTick{500};

}  // namespace

SimAgent::SimAgent(World& world, Network& network, Registry& registry, const Universe& universe, Models& models, Peer peer,
                   ToCoordinator send)
    : world_(world),
      network_(network),
      registry_(registry),
      universe_(universe),
      models_(models),
      peer_(peer),
      name_("a" + std::to_string(peer)),
      send_(std::move(send)) {
  slots_ = static_cast<std::uint32_t>(world_.rng.between(1, world_.options.slots_most));
  models_.agent_has(name_, slots_);
}

void SimAgent::start() {
  ++life_;
  agent::AgentOptions options;
  options.name = name_;
  options.session = Session{life_};
  options.slots = slots_;
  options.platform = "linux/amd64";
  options.seed = world_.rng.next();
  options.planted = world_.options.planted.agent;
  machine_.emplace(std::move(options));
  world_.note(20, peer_, life_, [&] { return name_ + ": started, session " + std::to_string(life_); });
  network_.reconnect(peer_);
  tick(life_);
}

void SimAgent::crash() {
  ++models_.counts.agent_crashes;
  world_.note(21, peer_, life_, [&] { return name_ + ": crashed"; });
  machine_.reset();
  running_.clear();
  world_.after(Millis{world_.rng.between(10, 12'000)}, [this] {
    if (!up()) start();
  });
}

void SimAgent::stop() {
  if (up()) step(agent::StopRequested{});
}

void SimAgent::tick(std::uint64_t life) {
  if (life != life_ || !up()) return;
  step(agent::Tick{});
  world_.after(kTick, [this, life] { tick(life); });
}

void SimAgent::hear(const protocol::ToAgent& message) {
  if (!up()) return;
  std::visit([this](const auto& m) { step(m); }, message);
  if (const auto* cancel = std::get_if<protocol::CancelJob>(&message)) check_cancel(*cancel);
}

void SimAgent::check_cancel(const protocol::CancelJob& cancel) {
  const auto run = running_.find({cancel.job, cancel.fence});
  if (run != running_.end() && !run->second) world_.fail("cancel: job " + to_string(cancel.job) + " goes on at " + name_);
}

void SimAgent::step(const agent::AgentEvent& event) {
  ++models_.counts.steps;
  const std::vector<agent::AgentCommand> commands = machine_->step(world_.now, event);
  world_.note(22, peer_, (event.index() << 8U) + commands.size(), [&] {
    return name_ + ": event " + std::to_string(event.index()) + " gave " + std::to_string(commands.size()) + " commands";
  });
  for (const agent::AgentCommand& command : commands) carry_out(command);
}

void SimAgent::carry_out(const agent::AgentCommand& command) {
  if (const auto* run = std::get_if<agent::Execute>(&command)) {
    execute(run->start);
  } else if (const auto* kill = std::get_if<agent::Kill>(&command)) {
    const Run at{kill->job, kill->fence};
    if (const auto found = running_.find(at); found != running_.end()) found->second = true;
    world_.after(Millis{world_.rng.between(1, 1'500)},
                 [this, at, life = life_] { end_run(life, at, protocol::JobReport{at.first, at.second, JobCancelled{}, {}, {}}); });
  } else if (const auto* beat = std::get_if<agent::SendHeartbeat>(&command)) {
    send_(beat->heartbeat, name_);
  } else if (const auto* report = std::get_if<agent::SendReport>(&command)) {
    send_(report->report, name_);
  } else if (std::holds_alternative<agent::Reconnect>(command)) {
    world_.after(Millis{world_.rng.between(5, 300)}, [this, life = life_] {
      if (life != life_ || !up()) return;
      network_.reconnect(peer_);
      step(agent::Reconnected{});
    });
  } else if (std::holds_alternative<agent::Exit>(command)) {
    if (!running_.empty()) world_.fail(name_ + " left while jobs run");
    world_.note(23, peer_, life_, [&] { return name_ + ": left"; });
    world_.after(Millis{world_.rng.between(10, 12'000)}, [this, life = life_] {
      if (life != life_) return;
      machine_.reset();
      running_.clear();
      start();
    });
  }
}

protocol::JobReport SimAgent::fate_of(const protocol::StartJob& start, const Key& key, Millis& duration) {
  protocol::JobReport report{start.job, start.fence, Succeeded{digest_of(start.job.value, start.fence.value, 7), 1'000}, {}, {}};
  duration = Millis{world_.rng.between(key.duration.value / 2, key.duration.value)};
  report.timings.run_ms = duration;
  if (key.fate == Fate::Fails) report.outcome = BuildFailed{1, "error[E0308]: mismatched types", false};
  if (key.fate == Fate::NeedsWholeContext && !start.full_context) report.outcome = BuildFailed{1, "file not found", true};
  if (key.fate == Fate::Hangs) {
    duration = start.timeout;
    report.outcome = TimedOut{};
  }
  if (world_.faults && world_.rng.chance(world_.options.infra_permille)) {
    report.outcome = InfraFailed{ErrorKind::Unavailable, "BuildKit is away"};
  }
  return report;
}

void SimAgent::execute(const protocol::StartJob& start) {
  const Run run{start.job, start.fence};
  running_[run] = false;
  models_.executes(peer_, life_, start.job, start.fence, start.key, running_.size(), slots_);
  world_.note(24, start.job.value, start.fence.value,
              [&] { return name_ + ": runs job " + to_string(start.job) + " fence " + to_string(start.fence); });
  const Key* key = universe_.find(start.key);
  if (key == nullptr) return;
  Millis duration;
  const protocol::JobReport report = fate_of(start, *key, duration);
  world_.after(Millis{duration.value / 2}, [this, run, life = life_] {
    if (life == life_ && up() && running_.contains(run)) step(agent::JobProgress{run.first, run.second, "building", 500});
  });
  world_.after(duration, [this, run, report, life = life_] { end_run(life, run, report); });
}

// The process ended, by itself or killed, whichever came first.
void SimAgent::end_run(std::uint64_t life, Run run, protocol::JobReport report) {
  if (life != life_ || !up() || running_.erase(run) == 0) return;
  if (registry_.away && std::holds_alternative<Succeeded>(report.outcome)) {
    report.outcome = InfraFailed{ErrorKind::Unavailable, "connection refused", true};
  }
  if (const auto* success = std::get_if<Succeeded>(&report.outcome)) {
    const bool pushed = !world_.faults || !world_.rng.chance(world_.options.false_push_permille);
    if (pushed) registry_.images.insert(success->image);
    models_.succeeded(run.first, run.second, success->image);
  }
  step(agent::JobFinished{std::move(report)});
}

}  // namespace farm::sim
