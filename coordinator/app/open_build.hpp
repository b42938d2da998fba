// Purpose: a build that has not ended, as its submitter sees it: the plan's jobs and services, what hit, what has to run and why, and which
// tags are still to be moved. The scheduler knows its jobs' states; this is the rest. Ended builds live in the store as their last
// BuildStatus.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/admission/admission.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/model/job.hpp"
#include "shared/model/status.hpp"
#include "shared/wire/records.hpp"

namespace farm::coordinator {

struct BuildJob {
  JobKind kind = JobKind::Image;
  std::string name;
  Digest key;
  bool hit = false;
  std::string reason;      // why it hits or has to run
  std::string repository;  // of its result
  Digest image;            // of a hit
  JobId id;                // 0: a hit, or not planned yet
  std::string cause{};     // of a miss: to_string(admission::Cause)
};

// "repository:tag" → state of its move.
enum class Move { Waiting, Asked, Done, Failed };

struct BuildService {
  std::string service;
  std::string job;                    // name of its image job
  std::string image;                  // the published reference, without registry
  std::map<std::string, Move> moves;  // all its references
  std::string problem;                // why a tag could not be moved
};

struct OpenBuild {
  BuildId id;
  wire::SubmissionRecord submission;
  std::vector<BuildJob> jobs;  // hits and needed ones, upstream first
  std::vector<BuildService> services;
  std::map<std::string, std::string> secrets;
  std::optional<admission::Admission> admission;  // until planned
  std::set<Digest> checking;                      // slices that were pushed and are being looked up
  Instant slices_deadline;                        // while it waits for slices
  Instant looked_up;                              // when the needed results were found missing
  bool ended = false;                             // the scheduler is done with it; its tags may not be
  std::uint64_t version = 0;

  [[nodiscard]] const BuildJob* job(std::string_view name) const;
  [[nodiscard]] BuildJob* job_of(JobId id);
  // No tag of it is being moved.
  [[nodiscard]] bool settled() const;
  void touch(Instant now) { version = std::max(version + 1, static_cast<std::uint64_t>(now.ms)); }
};

// The open builds by id and by token.
class BuildBook {
 public:
  OpenBuild& add(OpenBuild build);
  void remove(BuildId id);
  OpenBuild* find(BuildId id);
  OpenBuild* by_token(const std::string& token);
  std::map<BuildId, OpenBuild>& all() { return builds_; }

 private:
  std::map<BuildId, OpenBuild> builds_;
  std::map<std::string, BuildId> tokens_;
};

// The builds that this one takes the place of: those of the same project with the same supersede key that were opened before it and have
// not ended. Without a key: none.
std::vector<BuildId> superseded_by(BuildBook& book, const OpenBuild& build);

// "market/api:latest" → repository and tag; a missing tag is "latest".
struct Published {
  std::string repository;
  std::string tag;
  friend bool operator==(const Published&, const Published&) = default;
};
Published split_reference(const std::string& reference);

// All references of a service's image, each as "repository:tag".
std::vector<std::string> references_of(const ServicePlan& service);

// The services of a plan, with all moves waiting.
std::vector<BuildService> services_of(const Plan& plan);

}  // namespace farm::coordinator
