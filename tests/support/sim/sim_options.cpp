#include "tests/support/sim/sim_options.hpp"

#include <sstream>

namespace farm::sim {
namespace {

// On in part of the runs, with a strength up to `most` then.
std::uint32_t maybe(Rng& rng, std::uint32_t on_permille, std::uint32_t most) {
  const bool on = rng.chance(on_permille);
  const auto value = static_cast<std::uint32_t>(rng.between(1, most));
  return on ? value : 0;
}

void draw_faults(SimOptions& o, Rng& rng) {
  o.drop_permille = maybe(rng, 600, 400);
  o.double_permille = maybe(rng, 500, 300);
  if (rng.chance(500)) o.delay_most = Millis{rng.between(100, 3'000)};
  o.partition_weight = maybe(rng, 400, 4);
  o.broken_link_weight = maybe(rng, 300, 3);
  o.fault_every = Millis{rng.between(800, 10'000)};
  o.agent_crash_weight = maybe(rng, 500, 4);
  o.agent_stop_weight = maybe(rng, 250, 2);
  o.coordinator_crash_weight = maybe(rng, 500, 4);
  o.drain_weight = maybe(rng, 200, 2);
  o.disconnect_weight = maybe(rng, 200, 2);
  o.registry_loss_weight = maybe(rng, 150, 2);
  o.crash_point_permille = maybe(rng, 400, 20);
  o.retention_permille = maybe(rng, 300, 1'000);
  o.infra_permille = maybe(rng, 300, 250);
  o.false_push_permille = maybe(rng, 200, 150);
  o.verify_flake_permille = maybe(rng, 300, 400);
  o.registry_away_weight = maybe(rng, 250, 4);
  o.registry_away_most = Millis{rng.between(500, 60'000)};
}

// Nothing else happens, so nothing but the registry can be why a build fails, and it may not be.
void draw_registry_only(SimOptions& o, Rng& rng) {
  o.registry_only = true;
  o.cancel_permille = 0;
  o.timeout_permille = 0;
  o.fault_every = Millis{rng.between(800, 10'000)};
  o.registry_away_weight = 1;
  o.registry_away_most = Millis{rng.between(500, 60'000)};
}

void draw_limits(scheduler::SchedulerOptions& s, SimOptions& o, Rng& rng) {
  s.job_timeout = Millis{2'000'000};  // far away: a hang is a failure of the run, not an end of the job
  s.timeout_grace = Millis{5'000};
  s.build_timeout = Millis{4'000'000};
  s.verify_timeout = Millis{10'000};
  s.impossible_grace = Millis{rng.between(2'000, 30'000)};
  s.no_agents_grace = Millis{60'000};
  s.retry_backoff = Millis{rng.between(100, 2'000)};
  s.agent_forget = Millis{rng.chance(300) ? 10'000 : 3'600'000};
  s.age_step = Millis{rng.chance(300) ? 2'000 : 300'000};
  if (rng.chance(300)) s.builds_open_max = static_cast<std::size_t>(rng.between(1, 3));
  if (rng.chance(300)) s.local_results_max = 2;
  if (rng.chance(300)) {
    s.builds_finished_max = static_cast<std::size_t>(rng.between(0, 2));
  } else {
    o.lookup_most = Millis{rng.between(0, 3'000)};
  }
}

}  // namespace

SimOptions draw_options(std::uint64_t seed, const Planted& planted) {
  Rng rng(seed * 0x9E3779B97F4A7C15ULL + 1);
  SimOptions o;
  o.seed = seed;
  o.planted = planted;
  o.agents = static_cast<std::uint32_t>(rng.between(1, 5));
  o.slots_most = static_cast<std::uint32_t>(rng.between(1, 3));
  o.keys = static_cast<std::uint32_t>(rng.between(1, rng.chance(200) ? 30 : 12));
  o.builds = static_cast<std::uint32_t>(rng.between(1, rng.chance(200) ? 10 : 5));
  o.projects = static_cast<std::uint32_t>(rng.between(1, 3));
  o.duration_most = Millis{rng.between(200, rng.chance(200) ? 25'000 : 5'000)};
  o.key_fails_permille = maybe(rng, 300, 300);
  o.key_slices_permille = maybe(rng, 300, 300);
  o.key_hangs_permille = maybe(rng, 100, 200);
  o.key_nowhere_permille = maybe(rng, 100, 300);
  o.key_runs_permille = maybe(rng, 500, 400);
  o.cancel_permille = maybe(rng, 300, 500);
  o.no_cache_permille = maybe(rng, 200, 400);
  o.fail_fast_permille = maybe(rng, 300, 1'000);
  o.limited_permille = maybe(rng, 400, 1'000);
  o.timeout_permille = maybe(rng, 150, 400);
  o.fault_time = Millis{rng.between(5'000, 60'000)};
  o.calm = rng.chance(120);
  draw_limits(o.scheduler, o, rng);
  if (o.calm) {
    o.cancel_permille = 0;
    o.timeout_permille = 0;
  } else if (rng.chance(80)) {
    draw_registry_only(o, rng);
  } else {
    draw_faults(o, rng);
    if (rng.chance(300)) {
      o.scheduler.registry_wait_max = Millis{rng.between(1'000, 10'000)};
      o.scheduler.registry_backoff_max = Millis{rng.between(2'000, 30'000)};
    }
  }
  o.scheduler.planted = planted.scheduler;
  return o;
}

std::string describe(const SimOptions& o) {
  std::ostringstream out;
  out << "seed=" << o.seed << " calm=" << o.calm << " agents=" << o.agents << " slots<=" << o.slots_most << " keys=" << o.keys
      << " builds=" << o.builds << " projects=" << o.projects << " drop=" << o.drop_permille << " double=" << o.double_permille
      << " delay<=" << o.delay_most.value << " partition=" << o.partition_weight << " broken_link=" << o.broken_link_weight
      << " fault_every=" << o.fault_every.value << " agent_crash=" << o.agent_crash_weight << " agent_stop=" << o.agent_stop_weight
      << " coordinator_crash=" << o.coordinator_crash_weight << " drain=" << o.drain_weight << " disconnect=" << o.disconnect_weight
      << " registry_loss=" << o.registry_loss_weight << " registry_away=" << o.registry_away_weight << "/" << o.registry_away_most.value
      << " registry_only=" << o.registry_only << " registry_wait=" << o.scheduler.registry_wait_max.value
      << " retention=" << o.retention_permille << " crash_point=" << o.crash_point_permille << " duration<=" << o.duration_most.value
      << " fails=" << o.key_fails_permille << " sliced=" << o.key_slices_permille << " hangs=" << o.key_hangs_permille
      << " nowhere=" << o.key_nowhere_permille << " runs=" << o.key_runs_permille << " infra=" << o.infra_permille
      << " false_push=" << o.false_push_permille << " verify_flake=" << o.verify_flake_permille << " cancel=" << o.cancel_permille
      << " no_cache=" << o.no_cache_permille << " fail_fast=" << o.fail_fast_permille << " limited=" << o.limited_permille
      << " timeout=" << o.timeout_permille << " lookup<=" << o.lookup_most.value << " fault_time=" << o.fault_time.value
      << " builds_open_max=" << o.scheduler.builds_open_max << " builds_finished_max=" << o.scheduler.builds_finished_max;
  return out.str();
}

}  // namespace farm::sim
