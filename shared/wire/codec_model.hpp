// Purpose: for this folder's .cpp files only: model values to and from schemas/common.capnp.
#pragma once

#include <schemas/common.capnp.h>

#include "shared/model/job.hpp"
#include "shared/model/status.hpp"
#include "shared/protocol/client_messages.hpp"
#include "shared/wire/codec.hpp"

namespace farm::wire {

// The reading and writing of enums leans on equal numbers.
static_assert(static_cast<unsigned>(JobKind::Image) == static_cast<unsigned>(schema::JobKind::IMAGE));
static_assert(static_cast<unsigned>(ErrorKind::Internal) == static_cast<unsigned>(schema::ErrorKind::INTERNAL));
static_assert(static_cast<unsigned>(BuildState::Cancelled) == static_cast<unsigned>(schema::BuildState::CANCELLED));
static_assert(static_cast<unsigned>(JobState::Hit) == static_cast<unsigned>(schema::JobState::HIT));
static_assert(static_cast<unsigned>(ServiceResult::Cancelled) == static_cast<unsigned>(schema::ServiceResult::CANCELLED));
static_assert(static_cast<unsigned>(Severity::Error) == static_cast<unsigned>(schema::Diagnostic::Severity::ERROR));

JobKind read_kind(schema::JobKind kind);
ErrorKind read_error_kind(schema::ErrorKind kind);
BuildState read_state(schema::BuildState state);
JobState read_state(schema::JobState state);

template <>
void write(schema::KeyValue::Builder out, const KeyInput& value);
template <>
void read(schema::KeyValue::Reader in, KeyInput& value);
template <>
void write(schema::JobSpec::Builder out, const JobSpec& value);
template <>
void read(schema::JobSpec::Reader in, JobSpec& value);
template <>
void write(schema::Plan::Builder out, const Plan& value);
template <>
void read(schema::Plan::Reader in, Plan& value);
template <>
void write(schema::StepReport::Builder out, const StepReport& value);
template <>
void read(schema::StepReport::Reader in, StepReport& value);
template <>
void write(schema::SliceListing::Builder out, const protocol::SliceListing& value);
template <>
void read(schema::SliceListing::Reader in, protocol::SliceListing& value);
template <>
void write(schema::SliceBlob::Builder out, const protocol::SliceBlob& value);
template <>
void read(schema::SliceBlob::Reader in, protocol::SliceBlob& value);
template <>
void write(schema::SubmitOptions::Builder out, const protocol::SubmitOptions& value);
template <>
void read(schema::SubmitOptions::Reader in, protocol::SubmitOptions& value);
template <>
void write(schema::JobTimings::Builder out, const JobTimings& value);
template <>
void read(schema::JobTimings::Reader in, JobTimings& value);
template <>
void write(schema::JobStatus::Builder out, const JobStatus& value);
template <>
void read(schema::JobStatus::Reader in, JobStatus& value);
template <>
void write(schema::BuildStatus::Builder out, const BuildStatus& value);
template <>
void read(schema::BuildStatus::Reader in, BuildStatus& value);

}  // namespace farm::wire
