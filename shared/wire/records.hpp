// Purpose: what the coordinator keeps on disk, as plain values, with their codecs (schemas/record.capnp). Ids, keys and times as in the
// model. Evolution: fields are added, never renumbered; a record of a newer version is refused (Unsupported), a damaged one is Corrupt.
// Records hold no secret: values of build secrets never get here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/model/job.hpp"
#include "shared/model/status.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::wire {

inline constexpr std::uint32_t kRecordVersion = 1;
inline constexpr std::size_t kUsersMax = 32;

// key → what was made of it. Never changed once written; erased by retention or when the registry lost the image.
struct ResultRecord {
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;  // the job's name
  std::string project;
  std::string repository;  // in the registry: "farm/deps"
  Digest image;            // the manifest
  std::uint64_t bytes = 0;
  std::int64_t created_ms = 0;
  std::int64_t used_ms = 0;  // when a build last hit it; may lag an hour
  Millis run_ms;
  std::string zone;                    // trust zone of the writer
  std::vector<KeyInput> key_inputs;    // for explain
  std::vector<KeyInput> base_digests;  // reference → digest
  std::vector<Digest> upstream_keys;
  BuildId build{};                   // that made it; 0: unknown (written by an older version)
  std::vector<std::string> users{};  // projects whose builds made or hit it, sorted; at most kUsersMax: the first ones stay
  friend bool operator==(const ResultRecord&, const ResultRecord&) = default;
};

// slice id → its blob in the registry.
struct SliceRecord {
  Digest id;
  Digest blob;
  std::uint64_t bytes = 0;           // of the blob
  std::int64_t used_ms = 0;          // when a build last needed it; may lag an hour
  std::vector<std::string> users{};  // projects whose builds named it, as of a result
  friend bool operator==(const SliceRecord&, const SliceRecord&) = default;
};

// One submission as it was accepted, so that a restarted coordinator goes on with it. `token` finds it again. Without secrets:
// a restarted coordinator fails jobs that need one, with that reason.
struct SubmissionRecord {
  BuildId build;
  std::string token;
  std::string client;  // name of the key that submitted
  std::string zone;
  std::int64_t created_ms = 0;
  protocol::SubmitOptions options;
  Plan plan;
  std::vector<Digest> job_keys;        // complete keys, by job index of the plan
  std::vector<KeyInput> base_digests;  // reference → digest
  std::vector<Digest> missing_slices;  // asked for and not yet pushed
  std::vector<bool> needed;            // by job index: has to run
  bool submitted = false;              // handed to the scheduler
  std::vector<Digest> last_keys{};     // by job index: of the result that the job's inputs were compared with; empty: of none
};

// What the scheduler does not need and an assignment does: the job as the agent gets it, by scheduler job id.
struct JobSpecRecord {
  JobId job;
  BuildId build;  // the first build that wanted it
  Digest key;
  std::string project;
  std::string zone;
  JobSpec spec;                        // args complete
  std::vector<KeyInput> base_digests;  // context name → digest
  std::vector<Digest> upstream_keys;   // by place in spec.inputs
  std::vector<StageInput> fallback;    // in the place of spec.inputs where the scheduler says that the job fell back
  std::vector<Digest> fallback_keys;   // by place in fallback
  friend bool operator==(const JobSpecRecord&, const JobSpecRecord&) = default;
};

// History of one job name in one project: an exponentially weighted mean, integers only.
struct DurationRecord {
  std::string project;
  std::string name;
  Millis mean_ms;
  std::uint64_t count = 0;
  std::int64_t updated_ms = 0;
  friend bool operator==(const DurationRecord&, const DurationRecord&) = default;
};
// mean' = mean + (sample − mean) / 4; the first sample is the mean.
DurationRecord with_sample(DurationRecord record, Millis sample, std::int64_t now_ms);

// The BuildKit steps of a job's last attempt that was reported.
struct StepsRecord {
  JobId job;
  std::vector<StepReport> steps;
  std::uint32_t left_off = 0;
  friend bool operator==(const StepsRecord&, const StepsRecord&) = default;
};

struct AgentRecord {
  std::string name;
  Session session;  // the highest seen
  bool drain = false;
  std::int64_t heard_ms = 0;
  std::string platform;
  std::uint32_t slots = 0;
  friend bool operator==(const AgentRecord&, const AgentRecord&) = default;
};

// One line of the build history, for people.
struct EventRecord {
  std::uint64_t number = 0;
  std::int64_t at_ms = 0;
  BuildId build;
  std::string agent;
  std::string text;
  friend bool operator==(const EventRecord&, const EventRecord&) = default;
};

// The scheduler's records (coordinator/scheduler/records.hpp) as this folder sees them; coordinator/store converts between the two.
struct BuildRow {
  BuildId id;
  std::string token;
  std::string client;
  std::string project;
  std::uint32_t parallel = 1;
  bool fail_fast = false;
  Millis timeout;
  std::uint32_t priority = 1;
  BuildState state = BuildState::WaitingForSlices;
  std::string reason;
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;
  std::vector<JobId> jobs;
  std::vector<JobId> shared;
  std::vector<JobId> abandoned;
  friend bool operator==(const BuildRow&, const BuildRow&) = default;
};
struct InputRow {
  Digest key;
  std::uint64_t bytes = 0;
  friend bool operator==(const InputRow&, const InputRow&) = default;
};
struct JobRow {
  JobId id;
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;
  std::string project;
  std::vector<BuildId> builds;
  std::vector<JobId> needs;
  std::vector<InputRow> inputs;
  std::string platform;
  std::vector<std::string> labels;
  std::uint64_t disk_bytes = 0;
  std::uint64_t memory_bytes = 0;
  Millis expected_ms;
  Millis timeout;
  bool no_cache = false;
  bool may_widen = false;
  std::uint32_t priority = 1;
  JobState state = JobState::Waiting;
  std::string reason;
  std::string agent;
  Fence fence;
  std::uint32_t attempts = 0;
  std::uint32_t infra_failures = 0;
  bool full_context = false;
  std::int64_t created_ms = 0;
  std::int64_t ready_ms = 0;
  std::int64_t not_before_ms = 0;
  std::int64_t assigned_ms = 0;
  std::int64_t finished_ms = 0;
  Digest image;
  std::uint64_t image_bytes = 0;
  JobTimings timings;
  bool has_fallback = false;
  bool fell_back = false;
  std::vector<JobId> fallback_needs;
  std::vector<InputRow> fallback_inputs;
  std::string placement{};
  friend bool operator==(const JobRow&, const JobRow&) = default;
};

std::string encode_record(const BuildRow& record);
std::string encode_record(const JobRow& record);
std::string encode_record(const ResultRecord& record);
std::string encode_record(const SliceRecord& record);
std::string encode_record(const SubmissionRecord& record);
std::string encode_record(const JobSpecRecord& record);
std::string encode_record(const DurationRecord& record);
std::string encode_record(const StepsRecord& record);
std::string encode_record(const protocol::SliceListing& record);
std::string encode_record(const AgentRecord& record);
std::string encode_record(const EventRecord& record);
std::string encode_record(const BuildStatus& record);  // the last status of a build, kept for its history

// Errors: Corrupt, Unsupported (a newer record version; the text names both). `T` is one of the records above.
template <typename T>
Result<T> decode_record(std::string_view bytes);

}  // namespace farm::wire
