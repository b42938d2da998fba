// Purpose: metrics from the scheduler's commands and state, from admissions and from ended builds, so that the scheduler itself stays
// silent.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coordinator/admission/admission.hpp"
#include "coordinator/metrics/metrics.hpp"
#include "coordinator/scheduler/scheduler.hpp"
#include "shared/model/status.hpp"

namespace farm::metrics {

// Right after the step that gave the commands: the jobs and builds they name are still known.
void observe_commands(Metrics& metrics, const scheduler::Scheduler& scheduler, const std::vector<scheduler::Command>& commands);

// Gauges; on each tick.
void observe_state(Metrics& metrics, const scheduler::Scheduler& scheduler, Instant now);

// What a hit saved: the size of its result, and what its job took when it last ran. 0: not known.
struct Saved {
  std::uint64_t bytes = 0;
  Millis time;
};
// The jobs of a build that was let in. `saved` is asked for each hit.
void observe_admission(Metrics& metrics, const Plan& plan, const admission::Admission& admission,
                       const std::function<Saved(const JobSpec& job, const Digest& key)>& saved);

// The last status of a build.
void observe_services(Metrics& metrics, const BuildStatus& status);

// The closed set of causes that label farm_retries_total.
std::string_view cause_class(std::string_view cause);
std::vector<std::string> retry_causes();

}  // namespace farm::metrics
