// Purpose: a build in which everything that can happen to a job has happened once.
#pragma once

#include "shared/hash/sha256.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl::test {

inline JobStatus job(JobKind kind, const std::string& name, JobState state, const std::string& agent = "", const std::string& phase = "",
                     const std::string& reason = "") {
  JobStatus job;
  job.kind = kind;
  job.name = name;
  job.key = sha256(name);
  job.state = state;
  job.agent = agent;
  job.phase = phase;
  job.reason = reason;
  if (!agent.empty()) {
    job.attempts = 1;
    job.queued_ms = Millis{500};
    job.timings.fetch_ms = Millis{200};
    job.timings.run_ms = Millis{61'000};
    job.timings.push_ms = Millis{800};
  }
  return job;
}

inline BuildStatus sample_build() {
  BuildStatus build;
  build.id = BuildId{7};
  build.project = "market";
  build.state = BuildState::Failed;
  build.reason = "1 of 5 services failed";
  build.created_ms = 1'000;
  build.finished_ms = 75'000;
  build.jobs = {
      job(JobKind::Deps, "deps", JobState::Succeeded, "host-1", "", "first build"),
      job(JobKind::Image, "image api", JobState::Succeeded, "host-1", "", "slice crate:api changed"),
      job(JobKind::Image, "image mail", JobState::Failed, "host-2", "", "the build failed with exit code 101: error[E0425]\nmore lines"),
      job(JobKind::Image, "image shard", JobState::Hit, "", "", "unchanged"),
      job(JobKind::Image, "image web", JobState::Skipped, "", "", "image mail failed"),
      job(JobKind::Image, "image worker", JobState::Cancelled, "", "", "cancelled by ann")};
  build.jobs[1].image = sha256("image");
  const auto service = [&](const std::string& name, const std::string& of, ServiceResult result, const std::string& reason) {
    build.services.push_back({name, result, reason, "registry:5000/market/" + name + ":latest",
                              result == ServiceResult::Built ? sha256("image") : Digest{}, of});
  };
  service("api", "image api", ServiceResult::Built, "slice crate:api changed");
  service("mail", "image mail", ServiceResult::Failed, "the build failed with exit code 101: error[E0425]\nmore lines");
  service("shard_01", "image shard", ServiceResult::Hit, "unchanged");
  service("web", "image web", ServiceResult::Skipped, "image mail failed");
  service("worker", "image worker", ServiceResult::Cancelled, "cancelled by ann");
  build.counters = {3, 1, 1, 2, 4'096, 1'000'000};
  return build;
}

}  // namespace farm::ctl::test
