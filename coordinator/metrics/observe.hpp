// Purpose: metrics from the scheduler's commands and state, so that the scheduler itself stays silent.
#pragma once

#include <vector>

#include "coordinator/metrics/metrics.hpp"
#include "coordinator/scheduler/scheduler.hpp"

namespace farm::metrics {

// Right after the step that gave the commands: the jobs and builds they name are still known.
void observe_commands(Metrics& metrics, const scheduler::Scheduler& scheduler, const std::vector<scheduler::Command>& commands);

// Gauges; on each tick.
void observe_state(Metrics& metrics, const scheduler::Scheduler& scheduler, Instant now);

// The closed set of causes that label farm_retries_total.
std::string_view cause_class(std::string_view cause);

}  // namespace farm::metrics
