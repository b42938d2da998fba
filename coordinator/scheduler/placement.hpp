// Purpose: which agent takes a job, and why another one does not. Pure functions over the live state; integers; ties go to the first name.
//
// The choice is the earliest estimated finish among agents with a free slot: missing bytes ÷ measured bandwidth, plus the predicted run ×
// the agent's speed × its crowding. An agent with a queue in front of it has no free slot, so locality never outweighs a queue.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/scheduler/options.hpp"
#include "coordinator/scheduler/state.hpp"

namespace farm::scheduler {

using JobTable = std::map<JobId, Job>;

// Slots that nothing runs in: neither an assignment nor a job that the agent still holds though nobody wants it.
std::uint32_t free_slots(const Agent& agent, const JobTable& jobs, const SchedulerOptions& options);

// Why the agent can never take such a job while it stays as it is: platform, labels, size, refusal. Empty: it can.
std::string never_fits(const Agent& agent, const Requirement& requirement);

// Why the agent can't take such a job just now, though it could: drain, rest, free disk and memory. Slots are not looked at.
std::string not_now(const Agent& agent, const Requirement& requirement, const JobTable& jobs, Instant now);

// Estimated time until the job has ended there, from a start now.
Millis estimated_finish(const Agent& agent, const Job& job, const JobTable& jobs);

}  // namespace farm::scheduler
