#include "shared/model/status.hpp"

namespace farm {

std::string_view to_string(BuildState state) {
  switch (state) {
    case BuildState::WaitingForSlices: return "waiting-for-slices";
    case BuildState::Running: return "running";
    case BuildState::Succeeded: return "succeeded";
    case BuildState::Failed: return "failed";
    case BuildState::Cancelled: return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::Waiting: return "waiting";
    case JobState::Assigned: return "assigned";
    case JobState::Verifying: return "verifying";
    case JobState::Succeeded: return "succeeded";
    case JobState::Failed: return "failed";
    case JobState::Skipped: return "skipped";
    case JobState::Cancelled: return "cancelled";
    case JobState::Hit: return "hit";
  }
  return "unknown";
}

std::string_view to_string(ServiceResult result) {
  switch (result) {
    case ServiceResult::Pending: return "pending";
    case ServiceResult::Hit: return "hit";
    case ServiceResult::Built: return "built";
    case ServiceResult::Failed: return "failed";
    case ServiceResult::Skipped: return "skipped";
    case ServiceResult::Cancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace farm
