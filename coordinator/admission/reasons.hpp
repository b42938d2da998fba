// Purpose: why a job has to run, from what is different since its last result: in words, and as one of a closed set of causes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/key_input.hpp"

namespace farm::admission {

// Of a miss. The names (to_string) stand in JobStatus::cause and are values of a metric's label: few, and never changed. Where several
// things differ, the first of this order that does is the cause.
enum class Cause : std::uint8_t {
  None,          // it hits, or is not needed
  NoCache,       // asked for with --no-cache
  FirstBuild,    // it has no result yet
  Dockerfile,    // its stages' text
  BaseImage,     // a tag means another digest
  Upstream,      // the layer or image below it
  Dependencies,  // what external crates are asked for, or locked
  Manifest,      // other fields of manifests and of cargo's configuration; which crate depends on which
  Arguments,     // build args, target, platform, labels, network, hosts, secrets
  Source,        // files of the context
  Other,
  ResultLost,  // nothing differs: the registry no longer has its result
};
inline constexpr Cause kLastCause = Cause::ResultLost;
std::string_view to_string(Cause cause);  // "first-build"; None: ""

// What an input of this name (JobSpec::key_inputs, complete_key()) tells by being different.
Cause cause_of_input(std::string_view name);

enum class Change : std::uint8_t { Changed, New, Gone };
struct Difference {
  std::string name;
  Change change = Change::Changed;
  std::vector<std::string> before;  // values that are gone; inputs of one name are compared together
  std::vector<std::string> after;
  friend bool operator==(const Difference&, const Difference&) = default;
};
// Each name once: those of `now` in its order, then those that are gone.
std::vector<Difference> differences(const std::vector<KeyInput>& now, const std::vector<KeyInput>& last);

struct Miss {
  Cause cause = Cause::Other;
  std::string reason;  // names at most three differences: "slice crate:rust_core changed", "base image debian:bookworm-slim moved"
};
// `last`: the inputs of the last result of the same job; nothing: it was never built.
Miss why_missing(const std::vector<KeyInput>& now, const std::optional<std::vector<KeyInput>>& last);

}  // namespace farm::admission
