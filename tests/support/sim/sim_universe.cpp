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
    for (std::size_t need = 0; need < i; ++need) {
      if (world.rng.chance(250)) key.needs.push_back(need);
    }
    if (world.rng.chance(o.key_fails_permille)) key.fate = Fate::Fails;
    if (world.rng.chance(o.key_slices_permille)) key.fate = Fate::NeedsWholeContext;
    if (world.rng.chance(o.key_hangs_permille)) key.fate = Fate::Hangs;
    if (world.rng.chance(o.key_nowhere_permille)) key.fate = Fate::FitsNowhere;
    keys_.push_back(std::move(key));
  }
}

const Key* Universe::find(const Digest& digest) const {
  const std::size_t index = digest.bytes[0];
  return index >= 1 && index <= keys_.size() && keys_[index - 1].digest == digest ? &keys_[index - 1] : nullptr;
}

bool Universe::buildable(const std::set<std::size_t>& wanted) const {
  const std::vector<std::size_t> all = needed(wanted, [](const Key&) { return false; });
  return std::all_of(all.begin(), all.end(),
                     [&](std::size_t i) { return keys_[i].fate == Fate::Builds || keys_[i].fate == Fate::NeedsWholeContext; });
}

scheduler::NewJob Universe::job(std::size_t index, bool wanted, bool no_cache) const {
  const Key& key = keys_[index];
  scheduler::NewJob job;
  job.key = key.digest;
  job.kind = wanted ? JobKind::Image : JobKind::Deps;
  job.name = "k" + std::to_string(index);
  for (const std::size_t need : key.needs) job.needs.push_back(keys_[need].digest);
  if (key.fate == Fate::FitsNowhere) job.requirement.platform = "linux/arm64";
  job.expected_ms = key.duration;
  if (key.fate == Fate::Hangs) job.timeout = Millis{3'000};
  job.no_cache = no_cache;
  job.may_widen = key.fate == Fate::NeedsWholeContext;
  return job;
}

}  // namespace farm::sim
