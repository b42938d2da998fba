// Purpose: recorded builds for tests, as short as what they mean.
#pragma once

#include <string>
#include <vector>

#include "shared/model/status.hpp"

namespace farm::history::test {

// A job that was ready at `ready`, started at `assigned` and then worked for `run` (all ms after the build's start).
inline JobStatus job(JobKind kind, const std::string& name, std::int64_t ready, std::int64_t assigned, std::int64_t run,
                     const std::vector<std::string>& needs = {}) {
  JobStatus job;
  job.kind = kind;
  job.name = name;
  job.state = JobState::Succeeded;
  job.agent = "alpha";
  job.attempts = 1;
  job.needs = needs;
  job.ready_ms = 1'000 + ready;
  job.assigned_ms = 1'000 + assigned;
  job.finished_ms = 1'000 + assigned + run;
  job.timings.run_ms = Millis{run};
  return job;
}

inline JobStatus hit(JobKind kind, const std::string& name) {
  JobStatus job;
  job.kind = kind;
  job.name = name;
  job.state = JobState::Hit;
  return job;
}

// Of one service per image job.
inline BuildStatus build(std::uint64_t id, std::uint32_t parallel, std::vector<JobStatus> jobs, std::int64_t wall) {
  BuildStatus build;
  build.id = BuildId{id};
  build.project = "market";
  build.state = BuildState::Succeeded;
  build.parallel = parallel;
  build.created_ms = 1'000;
  build.finished_ms = 1'000 + wall;
  for (const JobStatus& each : jobs) {
    if (each.kind != JobKind::Image) continue;
    ServiceStatus service;
    service.service = each.name.substr(6);
    service.job = each.name;
    service.result = each.state == JobState::Hit ? ServiceResult::Hit : ServiceResult::Built;
    build.services.push_back(service);
  }
  build.jobs = std::move(jobs);
  return build;
}

}  // namespace farm::history::test
