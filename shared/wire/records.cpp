#include "shared/wire/records.hpp"

#include "shared/wire/codec_record.hpp"

namespace farm::wire {
namespace {

using Record = schema::Record;

template <typename Write>
std::string encode_one(Write write_body) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<Record>();
  root.setVersion(kRecordVersion);
  write_body(root);
  return message_bytes(builder);
}

template <typename T, typename ReadBody>
Result<T> decode_one(std::string_view bytes, Record::Which kind, std::string_view what, ReadBody read_body) {
  return decode_message<T, Record>(bytes, kRecordBytesMax, what, [&](Record::Reader in, T& value) {
    if (in.getVersion() > kRecordVersion) {
      fail(ErrorKind::Unsupported, "it was written by record version " + std::to_string(in.getVersion()) +
                                       ", this program reads up to version " + std::to_string(kRecordVersion) +
                                       ": run the newer coordinator");
    }
    if (in.getVersion() == 0 || in.which() != kind) fail(ErrorKind::Corrupt, "the bytes are no such record");
    read(read_body(in), value);
  });
}

}  // namespace

std::string encode_record(const BuildRow& record) {
  return encode_one([&](Record::Builder out) { write(out.initBuild(), record); });
}
std::string encode_record(const JobRow& record) {
  return encode_one([&](Record::Builder out) { write(out.initJob(), record); });
}
std::string encode_record(const ResultRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initResult(), record); });
}
std::string encode_record(const SliceRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initSlice(), record); });
}
std::string encode_record(const SubmissionRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initSubmission(), record); });
}
std::string encode_record(const JobSpecRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initJobSpec(), record); });
}
std::string encode_record(const DurationRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initDuration(), record); });
}
std::string encode_record(const AgentRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initAgent(), record); });
}
std::string encode_record(const EventRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initEvent(), record); });
}
std::string encode_record(const StepsRecord& record) {
  return encode_one([&](Record::Builder out) { write(out.initSteps(), record); });
}
std::string encode_record(const protocol::SliceListing& record) {
  return encode_one([&](Record::Builder out) { write(out.initListing(), record); });
}
std::string encode_record(const BuildStatus& record) {
  return encode_one([&](Record::Builder out) { write(out.initStatus(), record); });
}

template <>
Result<BuildRow> decode_record<BuildRow>(std::string_view bytes) {
  return decode_one<BuildRow>(bytes, Record::BUILD, "a build record", [](Record::Reader in) { return in.getBuild(); });
}
template <>
Result<JobRow> decode_record<JobRow>(std::string_view bytes) {
  return decode_one<JobRow>(bytes, Record::JOB, "a job record", [](Record::Reader in) { return in.getJob(); });
}
template <>
Result<ResultRecord> decode_record<ResultRecord>(std::string_view bytes) {
  return decode_one<ResultRecord>(bytes, Record::RESULT, "a result record", [](Record::Reader in) { return in.getResult(); });
}
template <>
Result<SliceRecord> decode_record<SliceRecord>(std::string_view bytes) {
  return decode_one<SliceRecord>(bytes, Record::SLICE, "a slice record", [](Record::Reader in) { return in.getSlice(); });
}
template <>
Result<SubmissionRecord> decode_record<SubmissionRecord>(std::string_view bytes) {
  return decode_one<SubmissionRecord>(bytes, Record::SUBMISSION, "a submission record",
                                      [](Record::Reader in) { return in.getSubmission(); });
}
template <>
Result<JobSpecRecord> decode_record<JobSpecRecord>(std::string_view bytes) {
  return decode_one<JobSpecRecord>(bytes, Record::JOB_SPEC, "a job spec record", [](Record::Reader in) { return in.getJobSpec(); });
}
template <>
Result<DurationRecord> decode_record<DurationRecord>(std::string_view bytes) {
  return decode_one<DurationRecord>(bytes, Record::DURATION, "a duration record", [](Record::Reader in) { return in.getDuration(); });
}
template <>
Result<StepsRecord> decode_record<StepsRecord>(std::string_view bytes) {
  return decode_one<StepsRecord>(bytes, Record::STEPS, "a steps record", [](Record::Reader in) { return in.getSteps(); });
}
template <>
Result<protocol::SliceListing> decode_record<protocol::SliceListing>(std::string_view bytes) {
  return decode_one<protocol::SliceListing>(bytes, Record::LISTING, "a slice listing record",
                                            [](Record::Reader in) { return in.getListing(); });
}
template <>
Result<AgentRecord> decode_record<AgentRecord>(std::string_view bytes) {
  return decode_one<AgentRecord>(bytes, Record::AGENT, "an agent record", [](Record::Reader in) { return in.getAgent(); });
}
template <>
Result<EventRecord> decode_record<EventRecord>(std::string_view bytes) {
  return decode_one<EventRecord>(bytes, Record::EVENT, "an event record", [](Record::Reader in) { return in.getEvent(); });
}
template <>
Result<BuildStatus> decode_record<BuildStatus>(std::string_view bytes) {
  return decode_one<BuildStatus>(bytes, Record::STATUS, "a build status record", [](Record::Reader in) { return in.getStatus(); });
}

DurationRecord with_sample(DurationRecord record, Millis sample, std::int64_t now_ms) {
  record.mean_ms = record.count == 0 ? sample : Millis{record.mean_ms.value + (sample.value - record.mean_ms.value) / 4};
  record.count += 1;
  record.updated_ms = now_ms;
  return record;
}

}  // namespace farm::wire
