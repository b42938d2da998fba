#include "shared/net/dealer_link.hpp"

#include <algorithm>
#include <deque>

#include "shared/net/sockets.hpp"

namespace farm::net {
namespace {

constexpr int kMonitored = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
constexpr int kHandshakeMs = 5'000;
// A coordinator that stops in the middle of a handshake looks like one with another key; three in a row do not.
constexpr std::uint32_t kFailedHandshakesMax = 3;

struct Open {
  zmq::socket_t socket;
  Monitor monitor;
  Open(Context::Impl& context, const DealerOptions& options)
      : socket(context.context, zmq::socket_type::dealer), monitor(context, socket, kMonitored) {
    socket.set(zmq::sockopt::linger, options.linger_ms);
    socket.set(zmq::sockopt::immediate, true);
    socket.set(zmq::sockopt::curve_serverkey, options.server_key);
    socket.set(zmq::sockopt::curve_publickey, options.keys.public_key);
    socket.set(zmq::sockopt::curve_secretkey, options.keys.secret_key);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.frame_bytes_max + kCurveBytes));
    socket.set(zmq::sockopt::sndhwm, options.queue_frames_max);
    socket.set(zmq::sockopt::rcvhwm, options.queue_frames_max);
    socket.set(zmq::sockopt::heartbeat_ivl, options.heartbeat_interval_ms);
    socket.set(zmq::sockopt::heartbeat_timeout, options.heartbeat_timeout_ms);
    socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
    socket.set(zmq::sockopt::reconnect_ivl, 100);
    socket.set(zmq::sockopt::reconnect_ivl_max, 2'000);
    socket.set(zmq::sockopt::ipv6, true);
    socket.connect(options.endpoint);
  }
};

class ZmqDealerLink final : public DealerLink {
 public:
  // Throws zmq::error_t.
  ZmqDealerLink(Context::Impl& context, DealerOptions options)
      : context_(context), options_(std::move(options)), open_(std::make_unique<Open>(context, options_)) {}

  Result<void> send(std::string_view frame) override {
    if (frame.size() > options_.frame_bytes_max) {
      return Error{ErrorKind::Overloaded, "sending to the coordinator: " + std::to_string(frame.size()) + " bytes are above the limit of " +
                                              std::to_string(options_.frame_bytes_max)};
    }
    try {
      read_monitor();
    } catch (const zmq::error_t& error) {
      return error_of(error.num(), "sending to the coordinator");
    }
    if (!connected_) return Error{ErrorKind::Unavailable, "there is no connection to the coordinator at " + options_.endpoint};
    if (const auto number = try_send(open_->socket, frame, false)) return error_of(*number, "sending to the coordinator");
    return {};
  }

  Result<std::optional<DealerEvent>> receive() override {
    try {
      read_monitor();
      if (events_.empty()) read_message();
    } catch (const zmq::error_t& error) {
      return error_of(error.num(), "receiving from the coordinator");
    }
    if (events_.empty()) return std::optional<DealerEvent>();
    std::optional<DealerEvent> event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  Result<std::optional<DealerEvent>> next(Millis timeout) override {
    Result<std::optional<DealerEvent>> event = receive();
    if (!event || event->has_value() || timeout.value <= 0) return event;
    std::array<zmq_pollitem_t, 2> items{{{open_->socket.handle(), 0, ZMQ_POLLIN, 0}, {open_->monitor.handle(), 0, ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(timeout.value));
    return receive();
  }

  Result<void> reconnect() override {
    open_->socket.set(zmq::sockopt::linger, 0);
    events_.clear();
    if (connected_) events_.push_back(Disconnected{});
    connected_ = false;
    handshake_failed_ = false;
    failed_handshakes_ = 0;
    try {
      open_ = std::make_unique<Open>(context_, options_);
    } catch (const zmq::error_t& error) {
      return error_of(error.num(), "connecting to " + options_.endpoint);
    }
    return {};
  }

  [[nodiscard]] bool connected() const override { return connected_; }
  [[nodiscard]] std::array<void*, 2> pollable() override { return {open_->socket.handle(), open_->monitor.handle()}; }

 private:
  void read_monitor() {
    while (const auto event = open_->monitor.next()) {
      switch (event->event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
          connected_ = true;
          failed_handshakes_ = 0;
          // Makes libzmq take the new connection into use now; else the next frame could still go to the old one and be lost.
          static_cast<void>(open_->socket.get(zmq::sockopt::events));
          events_.push_back(Connected{});
          break;
        case ZMQ_EVENT_DISCONNECTED:
          if (connected_) events_.push_back(Disconnected{});
          // Dropped before the handshake without a word: libzmq gives up on such a peer, so this is final.
          if (!connected_ && !handshake_failed_) refuse(no_coordinator());
          connected_ = false;
          handshake_failed_ = false;
          break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
          handshake_failed_ = true;
          refuse("the coordinator at " + options_.endpoint + " does not know this key (public key " + options_.keys.public_key +
                 "): add it to the coordinator's key book");
          break;
        default:
          handshake_failed_ = true;
          if (++failed_handshakes_ % kFailedHandshakesMax == 0) refuse(no_coordinator());
      }
    }
  }

  [[nodiscard]] std::string no_coordinator() const {
    return "the handshake with " + options_.endpoint +
           " fails: what listens there is no farm coordinator, or its public key is not the configured one";
  }

  void refuse(std::string message) { events_.push_back(ConnectionRefused{Error{ErrorKind::Denied, std::move(message)}}); }

  void read_message() {
    zmq::message_t frame;
    if (!open_->socket.recv(frame, zmq::recv_flags::dontwait)) return;
    if (!frame.more()) {
      events_.push_back(FrameReceived{text_of(frame)});
      return;
    }
    while (frame.more()) {  // a message of several frames is not ours
      if (!open_->socket.recv(frame, zmq::recv_flags::none)) return;
    }
  }

  Context::Impl& context_;
  const DealerOptions options_;
  std::unique_ptr<Open> open_;
  std::deque<DealerEvent> events_;
  bool connected_ = false;
  bool handshake_failed_ = false;  // of the connection that is being made; told before its end
  std::uint32_t failed_handshakes_ = 0;
};

}  // namespace

Result<std::unique_ptr<DealerLink>> DealerLink::connect(Context& context, const DealerOptions& options) {
  const std::string doing = "connecting to " + options.endpoint;
  if (!is_z85_key(options.server_key)) {
    return Error{ErrorKind::InvalidInput, doing + ": the coordinator's public key is not 40 characters of Z85"};
  }
  if (!is_z85_key(options.keys.public_key) || !is_z85_key(options.keys.secret_key)) {
    return Error{ErrorKind::InvalidInput, doing + ": the own key pair is not one"};
  }
  try {
    return std::unique_ptr<DealerLink>(std::make_unique<ZmqDealerLink>(context.impl(), options));
  } catch (const zmq::error_t& error) {
    return error_of(error.num(), doing);
  }
}

Millis reconnect_delay(std::uint32_t attempt, Rng& rng) {
  constexpr std::int64_t kFirstMs = 200;
  constexpr std::int64_t kLastMs = 5'000;
  const std::uint32_t doublings = std::min(attempt > 0 ? attempt - 1 : 0, 10U);
  const std::int64_t most = std::min(kFirstMs << doublings, kLastMs);
  return {rng.between(most / 2, most)};
}

}  // namespace farm::net
