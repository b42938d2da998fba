// Purpose: the coordinator's one socket (ROUTER, CURVE server). Never blocks. One thread at a time.
// A peer is a connection: its identity is drawn by libzmq and is new after each reconnect. Who speaks is `user`, the name of the
// authenticated key; keep "user → latest peer" yourself. Peers can't choose their identity's meaning, so none can take another's place.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/net/context.hpp"
#include "shared/net/keys.hpp"

namespace farm::net {

struct RouterOptions {
  std::string endpoint;  // "tcp://127.0.0.1:7440"; port 0 picks a free one
  KeyPair keys;
  std::size_t frame_bytes_max = limits::kFrameBytesMax;  // a peer that sends more is disconnected
  int queue_frames_max = 1'000;                          // per peer and direction
  int heartbeat_interval_ms = 1'000;
  int heartbeat_timeout_ms = 4'000;  // a silent connection is closed after this
};

struct PeerFrame {
  std::string peer;  // bytes, for send()
  std::string user;  // name of its key
  std::string frame;
};
// The connection is closed (seen at once) or silent (seen after heartbeat_timeout_ms). Only for peers that had sent something.
struct PeerGone {
  std::string peer;
  std::string user;
};
using RouterEvent = std::variant<PeerFrame, PeerGone>;

class RouterLink {
 public:
  // Errors: InvalidInput (endpoint, key, or the context has no Gatekeeper), Conflict (address in use), Unavailable.
  static Result<std::unique_ptr<RouterLink>> bind(Context& context, const RouterOptions& options);
  virtual ~RouterLink() = default;

  // NotFound: that peer is gone. Overloaded: its queue is full, or the frame is above the limit. Nothing is sent then.
  virtual Result<void> send(std::string_view peer, std::string_view frame) = 0;
  // The next event, or none; returns at once.
  virtual Result<std::optional<RouterEvent>> receive() = 0;
  [[nodiscard]] virtual std::string endpoint() const = 0;             // with the real port
  [[nodiscard]] virtual std::uint64_t failed_handshakes() const = 0;  // since bind, seen by receive()
  [[nodiscard]] virtual std::array<void*, 2> pollable() = 0;          // for Poller only
};

}  // namespace farm::net
