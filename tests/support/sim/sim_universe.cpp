#include "tests/support/sim/sim_universe.hpp"

#include <algorithm>

namespace farm::sim {

Digest digest_of(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>(a >> (8 * i));
    digest.bytes[8 + i] = static_cast<std::uint8_t>(b >> (8 * i));
    digest.bytes[16 + i] = static_cast<std::uint8_t>(c >> (8 * i));
  }
  digest.bytes[31] = 1;
  return digest;
}

Universe::Universe(World& world) {
  const SimOptions& o = world.options;
  for (std::size_t i = 0; i < o.keys; ++i) {
    Key key;
    key.digest = digest_of(i + 1, 0);
    key.duration = Millis{world.rng.between(50, o.duration_most.value)};
    key.is_run = i > 0 && world.rng.chance(o.key_runs_permille);
    for (std::size_t need = 0; need < i; ++need) {
      if ((!key.is_run || !keys_[need].is_run) && world.rng.chance(250)) key.needs.push_back(need);
    }
    if (world.rng.chance(800)) key.fallback = without_runs(key.needs);
    if (world.rng.chance(o.key_fails_permille)) key.fate = Fate::Fails;
    if (world.rng.chance(o.key_slices_permille)) key.fate = Fate::NeedsWholeContext;
    if (world.rng.chance(o.key_hangs_permille)) key.fate = Fate::Hangs;
    if (world.rng.chance(o.key_nowhere_permille)) key.fate = Fate::FitsNowhere;
    keys_.push_back(std::move(key));
  }
}

// Nothing where there is no run to be replaced.
std::vector<std::size_t> Universe::without_runs(const std::vector<std::size_t>& needs) const {
  std::set<std::size_t> others;
  bool has_run = false;
  for (const std::size_t need : needs) {
    if (keys_[need].is_run) {
      has_run = true;
      others.insert(keys_[need].needs.begin(), keys_[need].needs.end());
    } else {
      others.insert(need);
    }
  }
  return has_run ? std::vector<std::size_t>(others.begin(), others.end()) : std::vector<std::size_t>{};
}

const Key* Universe::find(const Digest& digest) const {
  const std::size_t index = digest.bytes[0];
  return index >= 1 && index <= keys_.size() && keys_[index - 1].digest == digest ? &keys_[index - 1] : nullptr;
}

bool Universe::buildable(const std::set<std::size_t>& wanted) const {
  std::vector<bool> good(keys_.size());
  const auto all = [&good](const std::vector<std::size_t>& keys) {
    return std::all_of(keys.begin(), keys.end(), [&good](std::size_t key) { return good[key]; });
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    const bool itself = key.fate == Fate::Builds || key.fate == Fate::NeedsWholeContext;
    good[i] = itself && (all(key.needs) || (!key.fallback.empty() && all(key.fallback)));
  }
  return std::all_of(wanted.begin(), wanted.end(), [&good](std::size_t key) { return good[key]; });
}

bool Universe::a_run_fails() const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [](const Key& key) { return key.is_run && key.fate != Fate::Builds && key.fate != Fate::NeedsWholeContext; });
}

scheduler::NewJob Universe::job(std::size_t index, bool wanted, bool no_cache) const {
  const Key& key = keys_[index];
  scheduler::NewJob job;
  job.key = key.digest;
  job.kind = key.is_run ? JobKind::Compile : (wanted ? JobKind::Image : JobKind::Deps);
  job.name = "k" + std::to_string(index);
  for (const std::size_t need : key.needs) job.needs.push_back(keys_[need].digest);
  for (const std::size_t need : key.fallback) job.fallback_needs.push_back(keys_[need].digest);
  job.has_fallback = !key.fallback.empty();
  if (key.fate == Fate::FitsNowhere) job.requirement.platform = "linux/arm64";
  job.expected_ms = key.duration;
  if (key.fate == Fate::Hangs) job.timeout = Millis{3'000};
  job.no_cache = no_cache;
  job.may_widen = key.fate == Fate::NeedsWholeContext;
  return job;
}

}  // namespace farm::sim
