// Purpose: typed reading and writing of the records (shared/wire/records.hpp) in a Store. Reading all of a kind (all_…) fails at the first
// damaged record, and names it: a coordinator must not start on half of its memory. Lists for people and figures (…_readable, newest_…,
// statuses_before) leave such records out and note them in Store::damage().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/store/store.hpp"
#include "shared/wire/records.hpp"

namespace farm::store {

using wire::AgentRecord;
using wire::DurationRecord;
using wire::EventRecord;
using wire::JobSpecRecord;
using wire::ResultRecord;
using wire::SliceRecord;
using wire::SubmissionRecord;

void put(Batch& batch, const ResultRecord& record);      // also the newest of its project and name
void put_use(Batch& batch, const ResultRecord& record);  // the record alone
void put(Batch& batch, const SliceRecord& record);
void put(Batch& batch, const SubmissionRecord& record);  // and its token
void put(Batch& batch, const JobSpecRecord& record);
void put(Batch& batch, const DurationRecord& record);
void put(Batch& batch, const AgentRecord& record);
void put(Batch& batch, const EventRecord& record);
void put(Batch& batch, const BuildStatus& status);
void put(Batch& batch, const wire::StepsRecord& record);
void put(Batch& batch, const protocol::SliceListing& listing);

void erase_result(Batch& batch, const Digest& key);
void erase_slice(Batch& batch, const Digest& id);
void erase_spec(Batch& batch, JobId job);

// NotFound, Corrupt, Unsupported.
Result<ResultRecord> get_result(const Store& store, const Digest& key);
Result<ResultRecord> get_latest_result(const Store& store, const std::string& project, const std::string& name);
Result<std::string> get_latest_key(const Store& store, const std::string& project, const std::string& name);  // hex
Result<SliceRecord> get_slice(const Store& store, const Digest& id);
Result<SubmissionRecord> get_submission(const Store& store, BuildId build);
Result<BuildId> get_build_of_token(const Store& store, const std::string& token);
Result<JobSpecRecord> get_spec(const Store& store, JobId job);
Result<DurationRecord> get_duration(const Store& store, const std::string& project, const std::string& name);
Result<AgentRecord> get_agent(const Store& store, const std::string& name);
Result<BuildStatus> get_status(const Store& store, BuildId build);
Result<wire::StepsRecord> get_steps(const Store& store, JobId job);
Result<protocol::SliceListing> get_listing(const Store& store, const Digest& slice);

Result<std::vector<SubmissionRecord>> all_submissions(const Store& store);
Result<std::vector<JobSpecRecord>> all_specs(const Store& store);
Result<std::vector<AgentRecord>> all_agents(const Store& store);
Result<std::vector<DurationRecord>> all_durations(const Store& store);
Result<std::vector<BuildStatus>> newest_statuses(const Store& store, std::size_t count_max);
void note_unreadable(const Store& store, Kind kind, const std::string& key, const Error& error);
// The record, or nothing where it can't be read, which is noted.
template <typename T>
std::optional<T> read_or_note(const Store& store, Kind kind, const Item& item) {
  Result<T> record = wire::decode_record<T>(item.value);
  if (record) return std::move(*record);
  note_unreadable(store, kind, item.key, record.error());
  return std::nullopt;
}

template <typename T, typename Use>
Result<void> for_each_readable(const Store& store, Kind kind, const Use& use) {
  return for_each(store, kind, [&](const Item& item) -> Result<void> {
    if (std::optional<T> record = read_or_note<T>(store, kind, item)) use(std::move(*record));
    return {};
  });
}

struct SizedStatus {
  BuildId id;
  BuildStatus status;
  std::size_t bytes = 0;  // as stored
};
struct StatusPage {
  std::vector<SizedStatus> statuses;
  BuildId last;           // looked at: go on before it
  bool has_more = false;  // perhaps
};
// Of builds with smaller numbers than `before` (0: all), the newest first. Looks at `count_max` records.
Result<StatusPage> statuses_before(const Store& store, BuildId before, std::size_t count_max);
Result<std::vector<EventRecord>> newest_events(const Store& store, std::size_t count_max);

// Counters of the machine, such as "fence" or "build". 0 where it was never written.
Result<std::uint64_t> get_counter(const Store& store, const std::string& name);
void put_counter(Batch& batch, const std::string& name, std::uint64_t value);

}  // namespace farm::store
