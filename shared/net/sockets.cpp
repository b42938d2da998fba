#include "shared/net/sockets.hpp"

#include <cstring>

namespace farm::net {

Context::Context() : impl_(std::make_unique<Impl>()) {}
Context::~Context() = default;

Error error_of(int number, std::string_view doing) {
  ErrorKind kind = ErrorKind::Unavailable;
  switch (number) {
    case EINVAL:
    case EPROTONOSUPPORT:
    case ENOCOMPATPROTO:
    case ENODEV:
    case EADDRNOTAVAIL: kind = ErrorKind::InvalidInput; break;
    case EADDRINUSE: kind = ErrorKind::Conflict; break;
    case EHOSTUNREACH: kind = ErrorKind::NotFound; break;
    case EAGAIN: kind = ErrorKind::Overloaded; break;
    case ETERM:
    case ENOTSOCK:
    case EFAULT: kind = ErrorKind::Internal; break;
    default: break;
  }
  return Error{kind, std::string(doing) + ": " + zmq_strerror(number)};
}

Monitor::Monitor(Context::Impl& context, zmq::socket_t& watched, int events)
    : watched_(watched), pair_(context.context, zmq::socket_type::pair) {
  const std::string endpoint = "inproc://farm.monitor." + std::to_string(++context.monitors);
  if (zmq_socket_monitor(watched.handle(), endpoint.c_str(), events) != 0) throw zmq::error_t();
  pair_.set(zmq::sockopt::linger, 0);
  pair_.set(zmq::sockopt::rcvhwm, 0);  // libzmq's I/O thread would block on a full monitor
  pair_.connect(endpoint);
}

Monitor::~Monitor() { zmq_socket_monitor(watched_.handle(), nullptr, 0); }

std::optional<MonitorEvent> Monitor::next() {
  zmq::message_t first;
  if (!pair_.recv(first, zmq::recv_flags::dontwait)) return std::nullopt;
  MonitorEvent event;
  if (first.size() >= 6) {  // 16 bits of event, 32 bits of value, both in the host's order and not aligned
    std::uint16_t number = 0;
    std::uint32_t value = 0;
    std::memcpy(&number, first.data<char>(), sizeof number);
    std::memcpy(&value, first.data<char>() + sizeof number, sizeof value);
    event = {number, static_cast<int>(value)};
  }
  bool more = first.more();
  while (more) {  // the address
    zmq::message_t rest;
    if (!pair_.recv(rest, zmq::recv_flags::dontwait)) break;
    more = rest.more();
  }
  return event;
}

std::string text_of(const zmq::message_t& message) { return {message.data<char>(), message.size()}; }

std::optional<int> try_send(zmq::socket_t& socket, std::string_view bytes, bool more) {
  const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  if (zmq_send(socket.handle(), bytes.data(), bytes.size(), flags) < 0) return zmq_errno();
  return std::nullopt;
}

}  // namespace farm::net
