// Purpose: for this folder's .cpp files only: messages to and from schemas/agent.capnp and schemas/client.capnp.
#pragma once

#include <schemas/agent.capnp.h>
#include <schemas/client.capnp.h>

#include "shared/protocol/agent_messages.hpp"
#include "shared/protocol/client_messages.hpp"
#include "shared/wire/codec_model.hpp"

namespace farm::wire {

template <>
void write(schema::AgentHeartbeat::Builder out, const protocol::AgentHeartbeat& value);
template <>
void read(schema::AgentHeartbeat::Reader in, protocol::AgentHeartbeat& value);
template <>
void write(schema::JobReport::Builder out, const protocol::JobReport& value);
template <>
void read(schema::JobReport::Reader in, protocol::JobReport& value);
template <>
void write(schema::LogChunk::Builder out, const protocol::LogChunk& value);
template <>
void read(schema::LogChunk::Reader in, protocol::LogChunk& value);
template <>
void write(schema::StartJob::Builder out, const protocol::StartJob& value);
template <>
void read(schema::StartJob::Reader in, protocol::StartJob& value);
template <>
void write(schema::CancelJob::Builder out, const protocol::CancelJob& value);
template <>
void read(schema::CancelJob::Reader in, protocol::CancelJob& value);
template <>
void write(schema::AckReport::Builder out, const protocol::AckReport& value);
template <>
void read(schema::AckReport::Reader in, protocol::AckReport& value);
template <>
void write(schema::HeartbeatAnswer::Builder out, const protocol::HeartbeatAnswer& value);
template <>
void read(schema::HeartbeatAnswer::Reader in, protocol::HeartbeatAnswer& value);
template <>
void write(schema::PruneCache::Builder out, const protocol::PruneCache& value);
template <>
void read(schema::PruneCache::Reader in, protocol::PruneCache& value);
template <>
void write(schema::CachePruned::Builder out, const protocol::CachePruned& value);
template <>
void read(schema::CachePruned::Reader in, protocol::CachePruned& value);
template <>
void write(schema::Usage::Builder out, const protocol::Usage& value);
template <>
void read(schema::Usage::Reader in, protocol::Usage& value);
template <>
void write(schema::Pruned::Builder out, const protocol::Pruned& value);
template <>
void read(schema::Pruned::Reader in, protocol::Pruned& value);
template <>
void write(schema::BuildHistory::Builder out, const protocol::BuildHistory& value);
template <>
void read(schema::BuildHistory::Reader in, protocol::BuildHistory& value);
template <>
void write(schema::Explanation::Builder out, const Explanation& value);
template <>
void read(schema::Explanation::Reader in, Explanation& value);
template <>
void write(schema::ClientRequest::Builder out, const protocol::ClientRequest& value);
template <>
void read(schema::ClientRequest::Reader in, protocol::ClientRequest& value);
template <>
void write(schema::ClientAnswer::Builder out, const protocol::ClientAnswer& value);
template <>
void read(schema::ClientAnswer::Reader in, protocol::ClientAnswer& value);

}  // namespace farm::wire
