// Purpose: the limits of what comes from outside, in one place, each with its unit and what happens at it (an Error that names the limit).
#pragma once

#include <cstddef>
#include <cstdint>

namespace farm::limits {

constexpr std::size_t kFrameBytesMax = 16U << 20U;          // one control message; larger: Overloaded
constexpr std::size_t kComposeBytesMax = 4U << 20U;         // one compose file
constexpr std::size_t kDockerfileBytesMax = 1U << 20U;      // one Dockerfile
constexpr std::size_t kManifestBytesMax = 4U << 20U;        // one Cargo.toml
constexpr std::size_t kLockfileBytesMax = 32U << 20U;       // one Cargo.lock
constexpr std::size_t kServicesMax = 2'000;                 // services in one project
constexpr std::size_t kJobsPerPlanMax = 4'000;              // jobs in one plan
constexpr std::size_t kContextFilesMax = 1'000'000;         // files in one context
constexpr std::uint64_t kSliceBytesMax = 4ULL << 30U;       // one slice, unpacked
constexpr std::uint64_t kLogBytesPerJobMax = 16ULL << 20U;  // a job's log; more is dropped from the middle, and the log says so
constexpr std::size_t kLogLineBytesMax = 16U << 10U;        // longer lines are cut, with a mark
constexpr std::uint32_t kInfrastructureAttemptsMax = 3;     // attempts of one job where the farm, not the build, failed

}  // namespace farm::limits
