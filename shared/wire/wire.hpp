// Purpose: turns messages into frames and back. The only users of the generated Cap'n Proto headers are this folder's .cpp files.
// Limits: a frame is at most limits::kFrameBytesMax; lists, nesting and total traversal are bounded (shared/wire/codec.hpp).
// Errors of decode: Overloaded (too long, or a list above its limit), Corrupt (no such message can be read), Unsupported (a newer
// protocol version, or a message that this version does not know; the text names both versions). Never throws.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::wire {

// What arrives at the coordinator's one socket: the authenticated name of the sender decides which side is allowed.
using ToCoordinator = std::variant<protocol::FromAgent, protocol::ClientRequest>;

// The frame's bytes. Same value, same bytes. A frame above the limit is refused by shared/net when it is sent.
std::string encode(const protocol::FromAgent& message);
std::string encode(const protocol::ToAgent& message);
std::string encode(const protocol::ClientRequest& request);
std::string encode(const protocol::ClientAnswer& answer);

// `frame` may lie at any address and is not kept.
Result<ToCoordinator> decode_to_coordinator(std::string_view frame);
Result<protocol::ToAgent> decode_to_agent(std::string_view frame);
Result<protocol::ClientAnswer> decode_client_answer(std::string_view frame);

// A frame as farm protocol version `version` would write it; only tests use it with another version than our own.
std::string encode_with_version(const protocol::ClientAnswer& answer, std::uint32_t version);

}  // namespace farm::wire
