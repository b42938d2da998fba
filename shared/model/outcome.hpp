// Purpose: how a job ended, as data. A failing `cargo build` is a normal day and no Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

namespace farm {

struct Succeeded {
  Digest image;             // the manifest's digest in the registry
  std::uint64_t bytes = 0;  // compressed size of its layers
  friend bool operator==(const Succeeded&, const Succeeded&) = default;
};
// The build itself failed: not retried. `message` is the part of the log that tells why, at most 4 KiB.
struct BuildFailed {
  int exit_code = 0;
  std::string message;
  bool missing_file = false;  // the log says that a file was not found: worth one try with the whole context
  friend bool operator==(const BuildFailed&, const BuildFailed&) = default;
};
struct TimedOut {
  friend bool operator==(const TimedOut&, const TimedOut&) = default;
};
struct JobCancelled {
  friend bool operator==(const JobCancelled&, const JobCancelled&) = default;
};
// The farm failed, not the build (registry away, BuildKit gone, disk full): the job is tried again elsewhere, a limited number of times.
struct InfraFailed {
  ErrorKind kind = ErrorKind::Unavailable;
  std::string message;
  bool registry_away = false;  // a registry could not be reached, or could not answer: waited for, and not counted as a try
  friend bool operator==(const InfraFailed&, const InfraFailed&) = default;
};
using JobOutcome = std::variant<Succeeded, BuildFailed, TimedOut, JobCancelled, InfraFailed>;

// One BuildKit vertex. `cached` only where BuildKit really answered from its cache (facts.md section 4).
inline constexpr std::size_t kStepsMax = 64;  // of one job; more are only counted
inline constexpr std::size_t kStepNameBytesMax = 200;
struct StepReport {
  std::string name;  // at most kStepNameBytesMax
  Millis run_ms;
  bool cached = false;
  bool failed = false;
  Millis start_ms{};  // since the first step of the job began
  friend bool operator==(const StepReport&, const StepReport&) = default;
};

struct JobTimings {
  Millis fetch_ms;  // slices fetched and the context laid out
  Millis run_ms;    // buildx, without the push
  Millis push_ms;   // export and push
  std::uint64_t fetched_bytes = 0;
  std::uint64_t pushed_bytes = 0;
  std::uint32_t steps = 0;
  std::uint32_t steps_cached = 0;
  // What the phases above are made of, at most as long as these together; 0 where there was no such step.
  Millis cook_ms;     // of run_ms: steps that run `cargo chef cook`
  Millis compile_ms;  // of run_ms: steps that run `cargo build`
  Millis export_ms;   // of push_ms: writing the layers
  friend bool operator==(const JobTimings&, const JobTimings&) = default;
};

}  // namespace farm
