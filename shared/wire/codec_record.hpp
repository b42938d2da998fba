// Purpose: for this folder's .cpp files only: records to and from schemas/record.capnp.
#pragma once

#include <schemas/record.capnp.h>

#include "shared/wire/codec_model.hpp"
#include "shared/wire/records.hpp"

namespace farm::wire {

template <>
void write(schema::ResultRecord::Builder out, const ResultRecord& value);
template <>
void read(schema::ResultRecord::Reader in, ResultRecord& value);
template <>
void write(schema::SliceRecord::Builder out, const SliceRecord& value);
template <>
void read(schema::SliceRecord::Reader in, SliceRecord& value);
template <>
void write(schema::SubmissionRecord::Builder out, const SubmissionRecord& value);
template <>
void read(schema::SubmissionRecord::Reader in, SubmissionRecord& value);
template <>
void write(schema::JobSpecRecord::Builder out, const JobSpecRecord& value);
template <>
void read(schema::JobSpecRecord::Reader in, JobSpecRecord& value);
template <>
void write(schema::DurationRecord::Builder out, const DurationRecord& value);
template <>
void read(schema::DurationRecord::Reader in, DurationRecord& value);
template <>
void write(schema::StepsRecord::Builder out, const StepsRecord& value);
template <>
void read(schema::StepsRecord::Reader in, StepsRecord& value);
template <>
void write(schema::AgentRecord::Builder out, const AgentRecord& value);
template <>
void read(schema::AgentRecord::Reader in, AgentRecord& value);
template <>
void write(schema::EventRecord::Builder out, const EventRecord& value);
template <>
void read(schema::EventRecord::Reader in, EventRecord& value);
template <>
void write(schema::BuildRow::Builder out, const BuildRow& value);
template <>
void read(schema::BuildRow::Reader in, BuildRow& value);
template <>
void write(schema::JobRow::Builder out, const JobRow& value);
template <>
void read(schema::JobRow::Reader in, JobRow& value);

}  // namespace farm::wire
