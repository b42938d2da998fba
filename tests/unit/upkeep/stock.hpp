// Purpose: a registry and its records as a test builds them: each call adds one thing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coordinator/upkeep/inventory.hpp"

namespace farm::upkeep {

// A digest by number.
inline Digest digest(std::uint64_t number) {
  Digest made;
  made.bytes[0] = 0xAA;
  for (std::size_t i = 0; i < 8; ++i) made.bytes[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return made;
}
inline Blob blob(std::uint64_t number, std::uint64_t bytes) { return {digest(1'000'000 + number), bytes}; }
inline std::string keep_tag(const Digest& key) { return "k-" + key.hex().substr(0, 32); }

class Stock {
 public:
  Stock() { facts.survey.begun_ms = kNow; }

  // A manifest of one blob of its own.
  StoredManifest& manifest(const std::string& repository, std::uint64_t number, std::uint64_t bytes, std::vector<std::string> tags = {}) {
    facts.survey.manifests.push_back({repository, digest(number), std::move(tags), {blob(number, bytes)}});
    return facts.survey.manifests.back();
  }
  // A result with key `number` whose image has the same number.
  KnownResult& result(JobKind kind, std::uint64_t number, std::int64_t used_ms, std::uint64_t bytes = 100,
                      const std::string& project = "market") {
    const std::string repository = kind == JobKind::Image ? project + "/api" : "farm/" + std::string(to_string(kind));
    if (bytes > 0) {
      const std::vector<std::string> tags =
          kind == JobKind::Image ? std::vector<std::string>{} : std::vector<std::string>{keep_tag(digest(number))};
      manifest(repository, number, bytes, tags);
    }
    facts.results.push_back({digest(number),
                             kind,
                             std::string(to_string(kind)) + " " + std::to_string(number),
                             project,
                             {project},
                             repository,
                             digest(number),
                             used_ms});
    return facts.results.back();
  }
  KnownSlice& slice(std::uint64_t number, std::int64_t used_ms, std::uint64_t bytes = 10, std::vector<std::string> users = {"market"}) {
    manifest("farm/slices", number, bytes, {"s-" + digest(number).hex()});
    facts.slices.push_back({digest(number), digest(2'000'000 + number), bytes, used_ms, std::move(users)});
    return facts.slices.back();
  }

  static constexpr std::int64_t kNow = 1'000'000;
  Facts facts;
};

}  // namespace farm::upkeep
