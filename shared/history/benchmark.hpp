// Purpose: the guide's three benchmark tables from recorded builds: cold, code change, no change; per service, serial and parallel. Pure.
//
// A build counts where it succeeded. Cold: a deps job ran. Code change: jobs ran, and no deps job. No change: nothing ran.
// A service's time is what it would have taken alone: its image job and all below it that ran in that build, one after another; where
// nothing ran, the build's whole time. Totals are whole builds, as long as their submitter waited, and only of builds with as many services
// as the largest: "serial" of those that were submitted without --parallel, "parallel" of the others, "serial, computed" the work of the
// jobs of all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/history/spread.hpp"
#include "shared/model/status.hpp"

namespace farm::history {

enum class BuildClass { Cold, CodeChange, NoChange };
std::string_view to_string(BuildClass of);  // "cold", "code-change", "no-change"

// Nothing: it is no measurement (it runs, failed, was cancelled, or has no service).
std::optional<BuildClass> class_of(const BuildStatus& build);

struct ServiceTimes {
  std::string service;
  Spread time;
};
struct BenchmarkTable {
  BuildClass of = BuildClass::Cold;
  std::size_t builds = 0;              // of this class
  std::vector<ServiceTimes> services;  // every service that some build names, by name
  std::size_t services_of_totals = 0;  // so many services have the builds that the totals are from
  Spread serial;
  Spread serial_computed;
  Spread parallel;
};

// Always three, in the order of BuildClass.
std::vector<BenchmarkTable> benchmark(const std::vector<BuildStatus>& builds);

}  // namespace farm::history
