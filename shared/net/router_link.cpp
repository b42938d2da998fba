#include "shared/net/router_link.hpp"

#include <deque>
#include <map>
#include <set>

#include "shared/net/sockets.hpp"

namespace farm::net {
namespace {

constexpr int kMonitored =
    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
constexpr int kHandshakeMs = 5'000;
constexpr std::size_t kDrainedMax = 10'000;
constexpr std::size_t kEndedMax = 1'000;

class ZmqRouterLink final : public RouterLink {
 public:
  // Throws zmq::error_t.
  ZmqRouterLink(Context::Impl& context, const RouterOptions& options)
      : frame_bytes_max_(options.frame_bytes_max),
        socket_(context.context, zmq::socket_type::router),
        monitor_(context, socket_, kMonitored) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::curve_server, true);
    socket_.set(zmq::sockopt::curve_secretkey, options.keys.secret_key);
    socket_.set(zmq::sockopt::zap_domain, std::string(kZapDomain));
    socket_.set(zmq::sockopt::router_mandatory, true);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.frame_bytes_max + kCurveBytes));
    socket_.set(zmq::sockopt::sndhwm, options.queue_frames_max);
    socket_.set(zmq::sockopt::rcvhwm, options.queue_frames_max);
    socket_.set(zmq::sockopt::heartbeat_ivl, options.heartbeat_interval_ms);
    socket_.set(zmq::sockopt::heartbeat_timeout, options.heartbeat_timeout_ms);
    socket_.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
    socket_.set(zmq::sockopt::ipv6, true);
    socket_.bind(options.endpoint);
    endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
  }

  Result<void> send(std::string_view peer, std::string_view frame) override {
    if (frame.size() > frame_bytes_max_) {
      return Error{ErrorKind::Overloaded, "sending a frame: " + std::to_string(frame.size()) + " bytes are above the limit of " +
                                              std::to_string(frame_bytes_max_)};
    }
    if (!live_.contains(peer)) return Error{ErrorKind::NotFound, "sending to a peer: its connection is closed"};
    if (const auto number = try_send(socket_, peer, true)) return error_of(*number, "sending to a peer");
    // The router has chosen the connection; it takes the rest or drops it with the connection, but never blocks.
    if (const auto number = try_send(socket_, frame, false)) return error_of(*number, "sending to a peer");
    return {};
  }

  Result<std::optional<RouterEvent>> receive() override {
    try {
      read_monitor();
      if (events_.empty()) read_message();
    } catch (const zmq::error_t& error) {
      return error_of(error.num(), "receiving");
    }
    if (events_.empty()) return std::optional<RouterEvent>();
    std::optional<RouterEvent> event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  [[nodiscard]] std::string endpoint() const override { return endpoint_; }
  [[nodiscard]] std::uint64_t failed_handshakes() const override { return failed_handshakes_; }
  [[nodiscard]] std::array<void*, 2> pollable() override { return {socket_.handle(), monitor_.handle()}; }

 private:
  struct Peer {
    std::string identity;
    std::string user;
  };

  void read_monitor() {
    while (const auto event = monitor_.next()) {
      if (event->event == ZMQ_EVENT_DISCONNECTED) {
        end_of(event->value);
      } else {
        ++failed_handshakes_;
      }
    }
  }

  // What a peer said before its end comes before the notice of it. A peer whose words were not read yet is known only after reading them.
  void end_of(int descriptor) {
    ending_.insert(descriptor);
    drain();
    if (ending_.erase(descriptor) == 0) return;  // remember() found the one that ended
    if (const auto found = by_descriptor_.find(descriptor); found != by_descriptor_.end()) {
      const Peer peer = std::move(found->second);
      by_descriptor_.erase(found);
      finish(peer);
    }
  }

  void drain() {
    static_cast<void>(socket_.get(zmq::sockopt::events));  // makes libzmq look for what has arrived
    for (std::size_t count = 0; count < kDrainedMax && read_message(); ++count) {
    }
  }

  void finish(const Peer& peer) {
    live_.erase(peer.identity);
    events_.push_back(PeerGone{peer.identity, peer.user});
    ended_.insert(peer.identity);
    ended_order_.push_back(peer.identity);
    if (ended_order_.size() > kEndedMax) {
      ended_.erase(ended_order_.front());
      ended_order_.pop_front();
    }
  }

  // A message of two frames: who, what. Any other shape is not ours and is dropped. False: there is none.
  bool read_message() {
    while (true) {
      zmq::message_t identity;
      if (!socket_.recv(identity, zmq::recv_flags::dontwait)) return false;
      zmq::message_t frame;
      std::size_t frames = 0;
      bool more = identity.more();
      while (more) {
        if (!socket_.recv(frame, zmq::recv_flags::none)) return false;
        ++frames;
        more = frame.more();
      }
      // Without a gatekeeper libzmq lets everybody in, nameless: no name, no voice.
      const char* user = frames == 1 ? zmq_msg_gets(frame.handle(), "User-Id") : nullptr;
      if (user == nullptr) continue;
      const Peer peer{text_of(identity), user};
      events_.push_back(PeerFrame{peer.identity, peer.user, text_of(frame)});
      if (ended_.contains(peer.identity)) {
        events_.push_back(PeerGone{peer.identity, peer.user});  // still gone
      } else {
        live_.insert(peer.identity);
        remember(zmq_msg_get(frame.handle(), ZMQ_SRCFD), peer);
      }
      return true;
    }
  }

  // Descriptors are used again: an old connection's end, told before this message came, must be read before its number gets a new owner.
  // libzmq counts identities up, so of two owners of one number the smaller is the one that ended.
  void remember(int descriptor, const Peer& peer) {
    if (descriptor < 0) return;
    const auto known = by_descriptor_.find(descriptor);
    if (known != by_descriptor_.end() && known->second.identity == peer.identity) return;
    if (known != by_descriptor_.end()) read_monitor();
    if (ended_.contains(peer.identity)) return;
    const auto [place, is_new] = by_descriptor_.try_emplace(descriptor, peer);
    if (is_new || place->second.identity == peer.identity) return;
    const bool newer = peer.identity > place->second.identity;
    const Peer older = newer ? place->second : peer;
    if (newer) place->second = peer;
    ending_.erase(descriptor);
    finish(older);
  }

  const std::size_t frame_bytes_max_;
  zmq::socket_t socket_;
  Monitor monitor_;
  std::string endpoint_;
  std::map<int, Peer> by_descriptor_;
  std::set<std::string, std::less<>> live_;   // identities that can be sent to
  std::set<std::string, std::less<>> ended_;  // the last that went
  std::deque<std::string> ended_order_;
  std::set<int> ending_;  // descriptors whose owner is being looked for
  std::deque<RouterEvent> events_;
  std::uint64_t failed_handshakes_ = 0;
};

}  // namespace

Result<std::unique_ptr<RouterLink>> RouterLink::bind(Context& context, const RouterOptions& options) {
  if (!is_z85_key(options.keys.secret_key)) return Error{ErrorKind::InvalidInput, "binding " + options.endpoint + ": no secret key"};
  if (!context.impl().has_gatekeeper) {
    return Error{ErrorKind::InvalidInput, "binding " + options.endpoint + ": start the gatekeeper first"};
  }
  try {
    return std::unique_ptr<RouterLink>(std::make_unique<ZmqRouterLink>(context.impl(), options));
  } catch (const zmq::error_t& error) {
    return error_of(error.num(), "binding " + options.endpoint);
  }
}

}  // namespace farm::net
