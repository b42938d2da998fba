// The loop: sleep, read what came, step, tick. Everything that blocks is elsewhere.
#include <algorithm>
#include <memory>
#include <utility>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/clock.hpp"
#include "coordinator/app/parts.hpp"
#include "coordinator/metrics/observe.hpp"

namespace farm::coordinator {
namespace {

constexpr Millis kTick{500};
constexpr Millis kPing{15'000};
constexpr Millis kPrune{600'000};
constexpr int kFramesPerTurn = 500;
constexpr std::int64_t kMillisPerDay = 24LL * 3'600 * 1'000;

}  // namespace

Result<void> Coordinator::Parts::run(const std::function<void(Instant)>& turned) {
  // However it ends, nobody waits for it at the desk.
  const auto close = [](ActionDesk* open) { open->close(); };
  const std::unique_ptr<ActionDesk, decltype(close)> closing(&desk, close);
  net::Poller poller;
  poller.add(link->router());
  poller.add(waker);
  log.info("coordinator serves",
           {{"address", link->router().endpoint()}, {"registry", config.registry.address}, {"version", FARM_VERSION}});
  while (!stopping.load()) {
    if (const Result<bool> slept = poller.wait(sleep_time()); !slept) return slept.error();
    waker.drain();
    core->now = std::max(core->now, read_clock());
    if (reloading.exchange(false)) reload();
    drain_rejections();
    drain_link();
    drain_answers();
    drain_readings();
    if (desk.serve([this](const Action& action) { return clients->act(action.owner, action.body); }) && publisher) publisher->hurry();
    if (core->now >= next_tick) tick();
    if (publisher) publisher->flush(watchers->changed(), logs->changed());  // before anybody is told of an end
    desk.answer();
    watchers->flush();
    logs->flush();
    health.loop_turned(core->now);
    if (core->broken) return *core->broken;
    if (turned) turned(core->now);
  }
  calls.stop();
  log.info("coordinator stops; running jobs go on at their agents");
  return {};
}

Millis Coordinator::Parts::sleep_time() const {
  if (more_frames || more_readings) return Millis{0};
  Instant due = std::min({next_tick, watchers->next_due(), logs->next_due()});
  if (publisher) due = std::min(due, publisher->next_due());
  return std::max(Millis{0}, due - read_clock());
}

void Coordinator::Parts::drain_link() {
  more_frames = false;
  for (int i = 0; i < kFramesPerTurn; ++i) {
    Result<std::optional<LinkEvent>> event = link->receive();
    if (!event) {
      log.error("receiving failed", {{"error", event.error().message}});
      return;
    }
    if (!*event) return;
    if (auto* arrived = std::get_if<Arrived>(&**event)) take(std::move(*arrived));
    if (auto* unreadable = std::get_if<Unreadable>(&**event)) take(*unreadable);
    if (auto* gone = std::get_if<AgentGone>(&**event)) agents->gone(gone->agent);
    if (auto* closed = std::get_if<PeerClosed>(&**event)) {
      watchers->drop(closed->peer);
      logs->drop(closed->peer);
    }
    if (core->broken) return;
  }
  more_frames = true;
}

void Coordinator::Parts::take(Arrived arrived) {
  const net::KeyOwner* owner = core->book.by_name(arrived.user);
  auto* request = std::get_if<protocol::ClientRequest>(&arrived.message);
  const Result<void> allowed = owner != nullptr
                                   ? authorise(*owner, arrived.message)
                                   : Error{ErrorKind::Denied, "key '" + arrived.user + "' is no longer in the coordinator's key book"};
  if (!allowed) {
    metrics.count(metrics::Metric::MessagesRefused, {"denied"});
    log.warning("message refused", {{"client", arrived.user}, {"error", allowed.error().message}});
    if (request != nullptr) clients->refuse(arrived.peer, request->request_id, allowed.error());
    return;
  }
  if (request != nullptr) {
    const net::KeyOwner asker = *owner;
    clients->serve(arrived.peer, asker, std::move(*request));
    return;
  }
  agents->take(arrived.user, arrived.peer, std::get<protocol::FromAgent>(arrived.message));
}

void Coordinator::Parts::take(const Unreadable& unreadable) {
  metrics.count(metrics::Metric::MessagesRefused, {"unreadable"});
  log.warning("message unreadable", {{"client", unreadable.user}, {"error", unreadable.error.message}});
  const net::KeyOwner* owner = core->book.by_name(unreadable.user);
  // The request's id can't be read; 0 tells the client that none of its requests could be.
  if (owner != nullptr && owner->role != net::Role::Agent) clients->refuse(unreadable.peer, 0, unreadable.error);
}

void Coordinator::Parts::drain_answers() {
  while (std::optional<RegistryAnswer> answer = answers.pop()) {
    take(*answer);
    if (core->broken) return;
  }
}

// One in each turn, for what is left to do with it takes its time too.
void Coordinator::Parts::drain_readings() {
  std::optional<Reading::Then> then = core->broken ? std::nullopt : readings.pop();
  more_readings = then.has_value();
  if (then) (*then)();
}

void Coordinator::Parts::take(RegistryAnswer& answer) {
  if (const auto* base = std::get_if<BaseResolved>(&answer)) submissions->on(*base);
  if (const auto* result = std::get_if<ResultChecked>(&answer)) submissions->on(*result);
  if (const auto* slice = std::get_if<SliceFound>(&answer)) submissions->on(*slice);
  if (const auto* verified = std::get_if<ManifestVerified>(&answer)) {
    effects->run(scheduler::JobVerified{verified->job, verified->fence, verified->outcome});
  }
  if (const auto* moved = std::get_if<TagMoved>(&answer)) {
    if (const std::optional<TagBoard::Ended> tag = tags->done(*moved)) ended(*tag);
  }
  if (auto* surveyed = std::get_if<RegistrySurveyed>(&answer)) upkeep->on(*surveyed);
  if (const auto* erased = std::get_if<ManifestsErased>(&answer)) upkeep->on(*erased);
  if (const auto* pinged = std::get_if<RegistryPinged>(&answer)) {
    health.registry_is(pinged->outcome ? "" : pinged->outcome.error().message);
    metrics.set(metrics::Metric::RegistryUp, pinged->outcome ? 1 : 0);
  }
}

void Coordinator::Parts::ended(const TagBoard::Ended& tag) {
  effects->tag_ended(tag);
  submissions->tag_ended(tag);
}

void Coordinator::Parts::drain_rejections() {
  while (const std::optional<net::Rejection> rejection = rejections.pop()) {
    metrics.count(metrics::Metric::KeysRejected);
    log.warning("connection refused", {{"address", rejection->address}, {"key", rejection->public_key}, {"error", rejection->reason}});
  }
}

void Coordinator::Parts::tick() {
  if (next_tick.ms != 0) {
    metrics.observe(metrics::Metric::LoopLagSeconds, static_cast<double>((core->now - next_tick).value) / 1'000.0);
  }
  next_tick = core->now + kTick;
  effects->run(scheduler::Tick{});
  submissions->tick();
  tags->tick();
  upkeep->tick();
  metrics::observe_state(metrics, scheduler, core->now);
  figures->tick();
  metrics.set(metrics::Metric::Watchers, static_cast<double>(watchers->size()));
  housekeeping();
}

void Coordinator::Parts::housekeeping() {
  if (core->now >= next_ping) {
    next_ping = core->now + kPing;
    work.ask(PingRegistry{});
  }
  if (core->now < next_prune) return;
  next_prune = core->now + kPrune;
  store::RetentionLimits limits;
  limits.builds_max = config.retention.builds_max;
  limits.age_max_ms = static_cast<std::int64_t>(config.retention.age_days) * kMillisPerDay;
  limits.log_bytes_max = config.retention.log_bytes_max;
  const bool asked = reading.ask([this, limits, now_ms = core->now.ms]() -> Reading::Then {
    auto plan = std::make_shared<Result<store::PrunePlan>>(store::plan_prune(std::as_const(*store), limits, now_ms));
    return [this, plan] { forget_old(std::move(*plan)); };
  });
  if (!asked) log.warning("old history could not be looked at: many other looks at the records wait");
}

void Coordinator::Parts::forget_old(Result<store::PrunePlan> plan) {
  const bool more = plan && plan->pruned.more;
  const Result<void> done = plan ? store::carry_out(*store, std::move(*plan)) : plan.error();
  if (!done) {
    log.warning("old history could not be removed", {{"error", done.error().message}});
  } else if (more) {
    next_prune = core->now + kTick;
  }
}

void Coordinator::Parts::reload() {
  Result<net::KeyBook> loaded = net::load_key_book(config.key_book);
  if (!loaded) {
    log.error("the key book can't be read; the old one stays", {{"error", loaded.error().message}});
    return;
  }
  gatekeeper->reload(*loaded);
  callers.book_is(*loaded);
  core->book = std::move(*loaded);
  log.info("key book read again", {{"keys", core->book.size()}, {"tokens", core->book.tokens().size()}});
}

}  // namespace farm::coordinator
