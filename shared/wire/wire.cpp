#include "shared/wire/wire.hpp"

#include <schemas/frame.capnp.h>

#include "shared/wire/codec_messages.hpp"

namespace farm::wire {
namespace {

void check_version(std::uint32_t version) {
  if (version > protocol::kProtocolVersion) {
    fail(ErrorKind::Unsupported, "the other side speaks protocol version " + std::to_string(version) + ", this side version " +
                                     std::to_string(protocol::kProtocolVersion) + ": update this side");
  }
  if (version == 0) fail(ErrorKind::Corrupt, "no protocol version");
}

protocol::FromAgent read_from_agent(schema::ToCoordinator::Reader in) {
  if (in.isHeartbeat()) {
    protocol::AgentHeartbeat heartbeat;
    read(in.getHeartbeat(), heartbeat);
    return heartbeat;
  }
  if (in.isReport()) {
    protocol::JobReport report;
    read(in.getReport(), report);
    return report;
  }
  if (in.isLog()) {
    protocol::LogChunk chunk;
    read(in.getLog(), chunk);
    return chunk;
  }
  if (in.isCachePruned()) {
    protocol::CachePruned pruned;
    read(in.getCachePruned(), pruned);
    return pruned;
  }
  fail_unknown("message to the coordinator", static_cast<unsigned>(in.which()));
}

void read_frame(schema::ToCoordinator::Reader in, ToCoordinator& value) {
  check_version(in.getProtocolVersion());
  if (in.isClient()) {
    protocol::ClientRequest request;
    read(in.getClient(), request);
    value = std::move(request);
  } else {
    value = read_from_agent(in);
  }
}

void read_frame(schema::ToAgent::Reader in, protocol::ToAgent& value) {
  check_version(in.getProtocolVersion());
  switch (in.which()) {
    case schema::ToAgent::START: return read(in.getStart(), value.emplace<protocol::StartJob>());
    case schema::ToAgent::CANCEL: return read(in.getCancel(), value.emplace<protocol::CancelJob>());
    case schema::ToAgent::ACK: return read(in.getAck(), value.emplace<protocol::AckReport>());
    case schema::ToAgent::HEARTBEAT_ANSWER: return read(in.getHeartbeatAnswer(), value.emplace<protocol::HeartbeatAnswer>());
    case schema::ToAgent::PRUNE_CACHE: return read(in.getPruneCache(), value.emplace<protocol::PruneCache>());
  }
  fail_unknown("message to an agent", static_cast<unsigned>(in.which()));
}

void write_frame(schema::ToCoordinator::Builder out, const protocol::AgentHeartbeat& value) { write(out.initHeartbeat(), value); }
void write_frame(schema::ToCoordinator::Builder out, const protocol::JobReport& value) { write(out.initReport(), value); }
void write_frame(schema::ToCoordinator::Builder out, const protocol::LogChunk& value) { write(out.initLog(), value); }
void write_frame(schema::ToCoordinator::Builder out, const protocol::CachePruned& value) { write(out.initCachePruned(), value); }
void write_frame(schema::ToAgent::Builder out, const protocol::StartJob& value) { write(out.initStart(), value); }
void write_frame(schema::ToAgent::Builder out, const protocol::CancelJob& value) { write(out.initCancel(), value); }
void write_frame(schema::ToAgent::Builder out, const protocol::AckReport& value) { write(out.initAck(), value); }
void write_frame(schema::ToAgent::Builder out, const protocol::HeartbeatAnswer& value) { write(out.initHeartbeatAnswer(), value); }
void write_frame(schema::ToAgent::Builder out, const protocol::PruneCache& value) { write(out.initPruneCache(), value); }

}  // namespace

std::string encode(const protocol::FromAgent& message) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::ToCoordinator>();
  root.setProtocolVersion(protocol::kProtocolVersion);
  std::visit([&](const auto& body) { write_frame(root, body); }, message);
  return message_bytes(builder);
}

std::string encode(const protocol::ToAgent& message) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::ToAgent>();
  root.setProtocolVersion(protocol::kProtocolVersion);
  std::visit([&](const auto& body) { write_frame(root, body); }, message);
  return message_bytes(builder);
}

std::string encode(const protocol::ClientRequest& request) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::ToCoordinator>();
  root.setProtocolVersion(protocol::kProtocolVersion);
  write(root.initClient(), request);
  return message_bytes(builder);
}

std::string encode(const protocol::ClientAnswer& answer) { return encode_with_version(answer, protocol::kProtocolVersion); }

std::string encode_with_version(const protocol::ClientAnswer& answer, std::uint32_t version) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::ToClient>();
  root.setProtocolVersion(version);
  write(root.initAnswer(), answer);
  return message_bytes(builder);
}

Result<ToCoordinator> decode_to_coordinator(std::string_view frame) {
  return decode_message<ToCoordinator, schema::ToCoordinator>(frame, limits::kFrameBytesMax, "a message to the coordinator",
                                                              [](auto in, ToCoordinator& value) { read_frame(in, value); });
}

Result<protocol::ToAgent> decode_to_agent(std::string_view frame) {
  return decode_message<protocol::ToAgent, schema::ToAgent>(frame, limits::kFrameBytesMax, "a message to an agent",
                                                            [](auto in, protocol::ToAgent& value) { read_frame(in, value); });
}

Result<protocol::ClientAnswer> decode_client_answer(std::string_view frame) {
  return decode_message<protocol::ClientAnswer, schema::ToClient>(frame, limits::kFrameBytesMax, "an answer of the coordinator",
                                                                  [](auto in, protocol::ClientAnswer& value) {
                                                                    check_version(in.getProtocolVersion());
                                                                    read(in.getAnswer(), value);
                                                                  });
}

}  // namespace farm::wire
