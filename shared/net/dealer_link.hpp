// Purpose: the agent's and farmctl's connection to the coordinator (DEALER, CURVE client). Never blocks except in next(). One thread
// at a time. libzmq reconnects by itself; reconnect() drops the connection and all that is queued, for a coordinator that went silent.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/base/limits.hpp"
#include "shared/base/random.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/net/context.hpp"
#include "shared/net/keys.hpp"

namespace farm::net {

struct DealerOptions {
  std::string endpoint;    // "tcp://host:7440"
  std::string server_key;  // the coordinator's public key
  KeyPair keys;
  std::size_t frame_bytes_max = limits::kFrameBytesMax;
  int queue_frames_max = 1'000;
  int heartbeat_interval_ms = 1'000;
  int heartbeat_timeout_ms = 4'000;
  int linger_ms = 200;  // how long the destructor lets queued frames leave
};

struct FrameReceived {
  std::string frame;
};
struct Connected {};     // the handshake succeeded: frames can be sent
struct Disconnected {};  // frames on the way may be lost
// The connection can't succeed as configured. Denied: the coordinator does not know our key, or has another key than we were told.
struct ConnectionRefused {
  Error error;
};
using DealerEvent = std::variant<FrameReceived, Connected, Disconnected, ConnectionRefused>;

class DealerLink {
 public:
  // Returns before the connection exists. InvalidInput: endpoint or key.
  static Result<std::unique_ptr<DealerLink>> connect(Context& context, const DealerOptions& options);
  virtual ~DealerLink() = default;

  // Unavailable: not connected now. Overloaded: the queue is full, or the frame is above the limit. Nothing is sent then.
  virtual Result<void> send(std::string_view frame) = 0;
  virtual Result<std::optional<DealerEvent>> receive() = 0;             // returns at once
  virtual Result<std::optional<DealerEvent>> next(Millis timeout) = 0;  // waits; none: nothing came in time
  virtual Result<void> reconnect() = 0;
  [[nodiscard]] virtual bool connected() const = 0;           // as of the last receive() or send()
  [[nodiscard]] virtual std::array<void*, 2> pollable() = 0;  // for Poller only
};

// How long to wait before the attempt-th try (from 1): doubles from 200 ms to 5 s, then a random part of it, so that agents of a
// restarted coordinator don't come all at once.
Millis reconnect_delay(std::uint32_t attempt, Rng& rng);

}  // namespace farm::net
