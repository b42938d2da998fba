// Purpose: for this folder's .cpp files only: libzmq behind small helpers. Errors of libzmq become Error here.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "shared/base/error.hpp"
#include "shared/net/context.hpp"

namespace farm::net {

struct Context::Impl {
  zmq::context_t context{1};
  std::atomic<std::uint64_t> monitors{0};  // numbers the names of inproc endpoints
  std::atomic<bool> has_gatekeeper{false};
};

inline constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
inline constexpr const char* kZapDomain = "farm";

// What CURVE adds to a frame (RFC 26: command name, nonce, authenticator, flags); libzmq's limit counts it.
inline constexpr std::size_t kCurveBytes = 33;

// `number`: zmq_errno().
Error error_of(int number, std::string_view doing);

// What libzmq tells about one socket's connections.
struct MonitorEvent {
  int event = 0;  // ZMQ_EVENT_…
  int value = 0;  // the descriptor, or an error number
};

class Monitor {
 public:
  // Throws zmq::error_t.
  Monitor(Context::Impl& context, zmq::socket_t& watched, int events);
  // Before the watched socket's: an event without a reader would block libzmq's I/O thread for ever.
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  std::optional<MonitorEvent> next();
  [[nodiscard]] void* handle() { return pair_.handle(); }

 private:
  zmq::socket_t& watched_;
  zmq::socket_t pair_;
};

std::string text_of(const zmq::message_t& message);
// A frame that was not sent leaves libzmq's message unsent; none: sent.
std::optional<int> try_send(zmq::socket_t& socket, std::string_view bytes, bool more);

}  // namespace farm::net
