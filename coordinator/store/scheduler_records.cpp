#include "coordinator/store/scheduler_records.hpp"

#include <limits>

#include "coordinator/store/records.hpp"

namespace farm::store {
namespace {

using scheduler::PriorityClass;

Result<PriorityClass> priority_of(std::uint32_t number) {
  if (number <= static_cast<std::uint32_t>(PriorityClass::Background)) return static_cast<PriorityClass>(number);
  return Error{ErrorKind::Unsupported, "priority class " + std::to_string(number) + " is not known; run the newer coordinator"};
}

wire::BuildRow to_row(const scheduler::BuildRecord& record) {
  wire::BuildRow row;
  row.id = record.id;
  row.token = record.token;
  row.client = record.client;
  row.project = record.project;
  row.parallel = record.options.parallel;
  row.fail_fast = record.options.fail_fast;
  row.timeout = record.options.timeout;
  row.priority = static_cast<std::uint32_t>(record.options.priority);
  row.state = record.state;
  row.reason = record.reason;
  row.created_ms = record.created.ms;
  row.finished_ms = record.finished.ms;
  row.jobs = record.jobs;
  row.shared.assign(record.shared.begin(), record.shared.end());
  row.abandoned.assign(record.abandoned.begin(), record.abandoned.end());
  return row;
}

Result<scheduler::BuildRecord> from_row(wire::BuildRow row) {
  const Result<PriorityClass> priority = priority_of(row.priority);
  if (!priority) return priority.error();
  scheduler::BuildRecord record;
  record.id = row.id;
  record.token = std::move(row.token);
  record.client = std::move(row.client);
  record.project = std::move(row.project);
  record.options = {row.parallel, row.fail_fast, row.timeout, *priority};
  record.state = row.state;
  record.reason = std::move(row.reason);
  record.created = {row.created_ms};
  record.finished = {row.finished_ms};
  record.jobs = std::move(row.jobs);
  record.shared = {row.shared.begin(), row.shared.end()};
  record.abandoned = {row.abandoned.begin(), row.abandoned.end()};
  return record;
}

wire::JobRow to_row(const scheduler::JobRecord& record) {
  wire::JobRow row;
  row.id = record.id;
  row.key = record.key;
  row.kind = record.kind;
  row.name = record.name;
  row.project = record.project;
  row.builds.assign(record.builds.begin(), record.builds.end());
  row.needs = record.needs;
  for (const scheduler::InputResult& input : record.inputs) row.inputs.push_back({input.key, input.bytes});
  row.has_fallback = record.has_fallback;
  row.fell_back = record.fell_back;
  row.fallback_needs = record.fallback_needs;
  for (const scheduler::InputResult& input : record.fallback_inputs) row.fallback_inputs.push_back({input.key, input.bytes});
  row.platform = record.requirement.platform;
  row.labels = record.requirement.labels;
  row.disk_bytes = record.requirement.disk_bytes;
  row.memory_bytes = record.requirement.memory_bytes;
  row.expected_ms = record.expected_ms;
  row.timeout = record.timeout;
  row.no_cache = record.no_cache;
  row.may_widen = record.may_widen;
  row.priority = static_cast<std::uint32_t>(record.priority);
  row.state = record.state;
  row.reason = record.reason;
  row.agent = record.agent;
  row.fence = record.fence;
  row.attempts = record.attempts;
  row.infra_failures = record.infra_failures;
  row.full_context = record.full_context;
  row.created_ms = record.created.ms;
  row.ready_ms = record.ready.ms;
  row.not_before_ms = record.not_before.ms;
  row.assigned_ms = record.assigned.ms;
  row.finished_ms = record.finished.ms;
  row.image = record.result.image;
  row.image_bytes = record.result.bytes;
  row.timings = record.timings;
  row.placement = record.placement;
  return row;
}

Result<scheduler::JobRecord> from_row(wire::JobRow row) {
  const Result<PriorityClass> priority = priority_of(row.priority);
  if (!priority) return priority.error();
  scheduler::JobRecord record;
  record.id = row.id;
  record.key = row.key;
  record.kind = row.kind;
  record.name = std::move(row.name);
  record.project = std::move(row.project);
  record.builds = {row.builds.begin(), row.builds.end()};
  record.needs = std::move(row.needs);
  for (const wire::InputRow& input : row.inputs) record.inputs.push_back({input.key, input.bytes});
  record.has_fallback = row.has_fallback;
  record.fell_back = row.fell_back;
  record.fallback_needs = std::move(row.fallback_needs);
  for (const wire::InputRow& input : row.fallback_inputs) record.fallback_inputs.push_back({input.key, input.bytes});
  record.requirement = {std::move(row.platform), std::move(row.labels), row.disk_bytes, row.memory_bytes};
  record.expected_ms = row.expected_ms;
  record.timeout = row.timeout;
  record.no_cache = row.no_cache;
  record.may_widen = row.may_widen;
  record.priority = *priority;
  record.state = row.state;
  record.reason = std::move(row.reason);
  record.agent = std::move(row.agent);
  record.fence = row.fence;
  record.attempts = row.attempts;
  record.infra_failures = row.infra_failures;
  record.full_context = row.full_context;
  record.created = {row.created_ms};
  record.ready = {row.ready_ms};
  record.not_before = {row.not_before_ms};
  record.assigned = {row.assigned_ms};
  record.finished = {row.finished_ms};
  record.result = {row.image, row.image_bytes};
  record.timings = row.timings;
  record.placement = std::move(row.placement);
  return record;
}

template <typename Row, typename Record>
Result<void> load_all(const Store& store, Kind kind, std::vector<Record>& records) {
  return for_each(store, kind, [&](const Item& item) -> Result<void> {
    const auto named = [&](Error error) {
      const Result<std::uint64_t> id = number_of_key(item.key);
      return std::move(error).with(std::string(to_string(kind)) + ", id " + (id ? std::to_string(*id) : "unreadable"));
    };
    Result<Row> row = wire::decode_record<Row>(item.value);
    if (!row) return named(std::move(row).error());
    Result<Record> record = from_row(std::move(*row));
    if (!record) return named(std::move(record).error());
    records.push_back(std::move(*record));
    return {};
  });
}

}  // namespace

void put(Batch& batch, const scheduler::BuildRecord& record) {
  batch.put(Kind::Builds, number_key(record.id.value), wire::encode_record(to_row(record)));
}

void put(Batch& batch, const scheduler::JobRecord& record) {
  batch.put(Kind::Jobs, number_key(record.id.value), wire::encode_record(to_row(record)));
}

void put(Batch& batch, const scheduler::AgentRecord& record) {
  wire::AgentRecord row;
  row.name = record.name;
  row.drain = record.drain;
  batch.put(Kind::Drains, record.name, wire::encode_record(row));
}

void put(Batch& batch, const scheduler::CountersRecord& record) {
  put_counter(batch, "build", record.build.value);
  put_counter(batch, "job", record.job.value);
  put_counter(batch, "fence", record.fence.value);
}

Result<scheduler::SavedState> load_scheduler_state(const Store& store) {
  scheduler::SavedState state;
  for (const auto& [name, out] : {std::pair<const char*, std::uint64_t*>{"build", &state.counters.build.value},
                                  {"job", &state.counters.job.value},
                                  {"fence", &state.counters.fence.value}}) {
    const Result<std::uint64_t> counter = get_counter(store, name);
    if (!counter) return counter.error();
    *out = *counter;
  }
  if (Result<void> read = load_all<wire::BuildRow>(store, Kind::Builds, state.builds); !read) return read.error();
  if (Result<void> read = load_all<wire::JobRow>(store, Kind::Jobs, state.jobs); !read) return read.error();
  Result<void> read = for_each(store, Kind::Drains, [&](const Item& item) -> Result<void> {
    const Result<wire::AgentRecord> row = wire::decode_record<wire::AgentRecord>(item.value);
    if (!row) return row.error().with("drains, agent " + item.key);
    state.agents.push_back({row->name, row->drain});
    return {};
  });
  if (!read) return read.error();
  return state;
}

}  // namespace farm::store
