#include "coordinator/store/records.hpp"

#include <algorithm>
#include <charconv>

namespace farm::store {
namespace {

std::string digest_key(const Digest& digest) { return digest.hex(); }

template <typename T>
Result<T> get_one(const Store& store, Kind kind, const std::string& key, const std::string& what) {
  Result<std::string> bytes = store.get(kind, key);
  if (!bytes) return std::move(bytes).error().with(what);
  Result<T> record = wire::decode_record<T>(*bytes);
  if (!record) return std::move(record).error().with(what);
  return record;
}

template <typename T>
Result<std::vector<T>> get_all(const Store& store, Kind kind) {
  std::vector<T> records;
  std::size_t place = 0;
  Result<void> read = for_each(store, kind, [&](const Item& item) -> Result<void> {
    Result<T> record = wire::decode_record<T>(item.value);
    if (!record) return std::move(record).error().with(std::string(to_string(kind)) + ", record number " + std::to_string(place));
    records.push_back(std::move(*record));
    ++place;
    return {};
  });
  if (!read) return read.error();
  return records;
}

template <typename T>
Result<std::vector<T>> get_newest(const Store& store, Kind kind, std::size_t count_max) {
  Range range;
  range.count_max = count_max;
  range.backwards = true;
  std::vector<T> records;
  for (;;) {  // on behind those that can't be read
    const Result<std::vector<Item>> items = store.scan(kind, range);
    if (!items) return items.error();
    for (const Item& item : *items) {
      if (std::optional<T> record = read_or_note<T>(store, kind, item)) records.push_back(std::move(*record));
    }
    if (records.size() == count_max || items->size() < range.count_max) return records;
    range.below = items->back().key;
    range.count_max = count_max - records.size();
  }
}

std::string counter_key(const std::string& name) { return "counter." + name; }

// For people: keys are numbers, or text that a log line can take.
std::string key_in_words(Kind kind, const std::string& key) {
  const bool numbered = kind == Kind::Statuses || kind == Kind::Events;
  const Result<std::uint64_t> number = number_of_key(key);
  if (numbered && number) return std::to_string(*number);
  std::string words = key.substr(0, 80);
  std::replace_if(words.begin(), words.end(), [](unsigned char byte) { return byte < 0x20 || byte > 0x7E; }, '?');
  return words;
}

}  // namespace

void note_unreadable(const Store& store, Kind kind, const std::string& key, const Error& error) {
  store.damage().found(kind, key, Error(error).with(std::string(to_string(kind)) + " " + key_in_words(kind, key)));
}

void put(Batch& batch, const ResultRecord& record) {
  batch.put(Kind::Results, digest_key(record.key), wire::encode_record(record));
  batch.put(Kind::Latest, text_key(record.project, record.name), digest_key(record.key));
}
void put_use(Batch& batch, const ResultRecord& record) { batch.put(Kind::Results, digest_key(record.key), wire::encode_record(record)); }
void put(Batch& batch, const SliceRecord& record) { batch.put(Kind::Slices, digest_key(record.id), wire::encode_record(record)); }
void put(Batch& batch, const SubmissionRecord& record) {
  batch.put(Kind::Submissions, number_key(record.build.value), wire::encode_record(record));
  batch.put(Kind::Tokens, record.token, number_key(record.build.value));
}
void put(Batch& batch, const JobSpecRecord& record) { batch.put(Kind::Specs, number_key(record.job.value), wire::encode_record(record)); }
void put(Batch& batch, const DurationRecord& record) {
  batch.put(Kind::Durations, text_key(record.project, record.name), wire::encode_record(record));
}
void put(Batch& batch, const AgentRecord& record) { batch.put(Kind::Agents, record.name, wire::encode_record(record)); }
void put(Batch& batch, const EventRecord& record) { batch.put(Kind::Events, number_key(record.number), wire::encode_record(record)); }
void put(Batch& batch, const BuildStatus& status) { batch.put(Kind::Statuses, number_key(status.id.value), wire::encode_record(status)); }
void put(Batch& batch, const wire::StepsRecord& record) {
  batch.put(Kind::Steps, number_key(record.job.value), wire::encode_record(record));
}
void put(Batch& batch, const protocol::SliceListing& listing) {
  batch.put(Kind::Listings, digest_key(listing.id), wire::encode_record(listing));
}

void erase_result(Batch& batch, const Digest& key) { batch.erase(Kind::Results, digest_key(key)); }
void erase_slice(Batch& batch, const Digest& id) {
  batch.erase(Kind::Slices, digest_key(id));
  batch.erase(Kind::Listings, digest_key(id));
}
void erase_spec(Batch& batch, JobId job) { batch.erase(Kind::Specs, number_key(job.value)); }

Result<ResultRecord> get_result(const Store& store, const Digest& key) {
  return get_one<ResultRecord>(store, Kind::Results, digest_key(key), "result " + key.short_hex());
}

Result<ResultRecord> get_latest_result(const Store& store, const std::string& project, const std::string& name) {
  const Result<std::string> key = store.get(Kind::Latest, text_key(project, name));
  if (!key) return key.error();
  return get_one<ResultRecord>(store, Kind::Results, *key, "newest result of " + name);
}

Result<std::string> get_latest_key(const Store& store, const std::string& project, const std::string& name) {
  return store.get(Kind::Latest, text_key(project, name));
}

Result<SliceRecord> get_slice(const Store& store, const Digest& id) {
  return get_one<SliceRecord>(store, Kind::Slices, digest_key(id), "slice " + id.short_hex());
}

Result<SubmissionRecord> get_submission(const Store& store, BuildId build) {
  return get_one<SubmissionRecord>(store, Kind::Submissions, number_key(build.value), "submission of build " + to_string(build));
}

Result<BuildId> get_build_of_token(const Store& store, const std::string& token) {
  const Result<std::string> key = store.get(Kind::Tokens, token);
  if (!key) return key.error();
  const Result<std::uint64_t> number = number_of_key(*key);
  if (!number) return number.error();
  return BuildId{*number};
}

Result<JobSpecRecord> get_spec(const Store& store, JobId job) {
  return get_one<JobSpecRecord>(store, Kind::Specs, number_key(job.value), "job " + to_string(job));
}

Result<DurationRecord> get_duration(const Store& store, const std::string& project, const std::string& name) {
  return get_one<DurationRecord>(store, Kind::Durations, text_key(project, name), "run times of " + name);
}

Result<AgentRecord> get_agent(const Store& store, const std::string& name) {
  return get_one<AgentRecord>(store, Kind::Agents, name, "agent " + name);
}

Result<BuildStatus> get_status(const Store& store, BuildId build) {
  return get_one<BuildStatus>(store, Kind::Statuses, number_key(build.value), "status of build " + to_string(build));
}

Result<wire::StepsRecord> get_steps(const Store& store, JobId job) {
  return get_one<wire::StepsRecord>(store, Kind::Steps, number_key(job.value), "steps of job " + to_string(job));
}

Result<protocol::SliceListing> get_listing(const Store& store, const Digest& slice) {
  return get_one<protocol::SliceListing>(store, Kind::Listings, digest_key(slice), "files of slice " + slice.short_hex());
}

Result<std::vector<SubmissionRecord>> all_submissions(const Store& store) { return get_all<SubmissionRecord>(store, Kind::Submissions); }
Result<std::vector<JobSpecRecord>> all_specs(const Store& store) { return get_all<JobSpecRecord>(store, Kind::Specs); }
Result<std::vector<AgentRecord>> all_agents(const Store& store) { return get_all<AgentRecord>(store, Kind::Agents); }
Result<std::vector<DurationRecord>> all_durations(const Store& store) { return get_all<DurationRecord>(store, Kind::Durations); }
Result<std::vector<BuildStatus>> newest_statuses(const Store& store, std::size_t count_max) {
  return get_newest<BuildStatus>(store, Kind::Statuses, count_max);
}
Result<StatusPage> statuses_before(const Store& store, BuildId before, std::size_t count_max) {
  Range range;
  range.count_max = count_max;
  range.backwards = true;
  if (before) range.below = number_key(before.value);
  const Result<std::vector<Item>> items = store.scan(Kind::Statuses, range);
  if (!items) return items.error();
  StatusPage page;
  page.has_more = items->size() == count_max;
  for (const Item& item : *items) {
    const Result<std::uint64_t> number = number_of_key(item.key);
    if (!number) {
      note_unreadable(store, Kind::Statuses, item.key, number.error());
      continue;
    }
    page.last = BuildId{*number};
    if (std::optional<BuildStatus> status = read_or_note<BuildStatus>(store, Kind::Statuses, item)) {
      page.statuses.push_back({page.last, std::move(*status), item.value.size()});
    }
  }
  return page;
}
Result<std::vector<EventRecord>> newest_events(const Store& store, std::size_t count_max) {
  return get_newest<EventRecord>(store, Kind::Events, count_max);
}

Result<std::uint64_t> get_counter(const Store& store, const std::string& name) {
  const Result<std::string> text = store.get(Kind::Meta, counter_key(name));
  if (!text && text.error().kind == ErrorKind::NotFound) return std::uint64_t{0};
  if (!text) return text.error();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    return Error{ErrorKind::Corrupt, "counter " + name + ": \"" + *text + "\" is no number"};
  }
  return value;
}

void put_counter(Batch& batch, const std::string& name, std::uint64_t value) {
  batch.put(Kind::Meta, counter_key(name), std::to_string(value));
}

}  // namespace farm::store
