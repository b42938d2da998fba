#include "tests/support/sim/sim_client.hpp"

namespace farm::sim {

SimClient::SimClient(World& world, Network& network, const Universe& universe, SimCoordinator& coordinator, Models& models, Peer peer)
    : world_(world), network_(network), coordinator_(coordinator), models_(models), peer_(peer) {
  Rng& rng = world_.rng;
  const SimOptions& o = world_.options;
  submission_.token = "token-" + std::to_string(peer);
  submission_.project = "p" + std::to_string(rng.below(o.projects));
  submission_.no_cache = rng.chance(o.no_cache_permille);
  submission_.options.fail_fast = rng.chance(o.fail_fast_permille);
  submission_.options.parallel = rng.chance(o.limited_permille) ? static_cast<std::uint32_t>(rng.between(1, 2)) : 0;
  submission_.options.priority = static_cast<scheduler::PriorityClass>(rng.below(3));
  if (rng.chance(o.timeout_permille)) submission_.options.timeout = Millis{rng.between(1'000, 40'000)};
  for (std::size_t key = 0; key < universe.keys().size(); ++key) {
    if (rng.chance(400) && !universe.keys()[key].is_run) submission_.wanted.insert(key);
  }
  if (rng.chance(o.cancel_permille)) cancel_at_ = world_.now + Millis{rng.between(100, 25'000)};
}

void SimClient::act() {
  if (ended_) return;
  if (world_.now >= cancel_at_ && phase_ != Phase::Submitting) {
    ask([this] { return coordinator_.cancel(submission_.token); });
  } else if (phase_ == Phase::Submitting) {
    ask([this] { return coordinator_.submit(submission_); });
  } else if (phase_ == Phase::Pushing) {
    ask([this] { return coordinator_.slices_pushed(submission_.token); });
  } else {
    ask([this] { return coordinator_.watch(submission_.token); });
  }
  world_.after(Millis{world_.rng.between(800, 1'600)}, [this] { act(); });
}

void SimClient::ask(const std::function<std::optional<ClientAnswer>()>& request) {
  network_.send(peer_, Way::ToCoordinator, [this, request] {
    const std::optional<ClientAnswer> answer = request();
    if (answer) network_.send(peer_, Way::FromCoordinator, [this, answer] { answered(*answer); });
  });
}

void SimClient::answered(const ClientAnswer& answer) {
  if (answer.what == ClientAnswer::What::Refused) return;  // submits again with the same token
  models_.accepted(submission_, answer.build);
  if (is_final(answer.state)) {
    models_.told_end(submission_, answer.build, answer.state);
    ended_ = true;
    return;
  }
  const Phase next = answer.what == ClientAnswer::What::PushSlices ? Phase::Pushing : Phase::Watching;
  if (next > phase_) phase_ = next;
}

}  // namespace farm::sim
