#include "shared/http/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace farm::http {
namespace {

bool is_ready(socket_t socket, short events, Millis wait) {
  pollfd polled{socket, events, 0};
  int count = 0;
  do {
    count = ::poll(&polled, 1, static_cast<int>(wait.value));
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

bool is_alive(socket_t socket) {
  char byte = 0;
  const ssize_t count = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

}  // namespace

Connection::Connection(socket_t socket, const Limits& limits)
    : socket_(socket),
      limits_(limits),
      end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.request_time_max.value)),
      left_(limits.bytes_max) {}

bool Connection::is_readable() const { return from_ < to_ || is_ready(socket_, POLLIN, limits_.read_timeout); }
bool Connection::is_writable() const { return is_ready(socket_, POLLOUT, limits_.write_timeout) && is_alive(socket_); }

ssize_t Connection::read(char* to, size_t size) {
  if (from_ == to_) {
    const ssize_t came = fill();
    if (came <= 0) return came;
  }
  const std::size_t count = std::min(size, to_ - from_);
  std::copy_n(buffer_.data() + from_, count, to);
  from_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::fill() {
  if (left_ == 0 || std::chrono::steady_clock::now() >= end_ || !is_readable()) return -1;
  ssize_t count = 0;
  do {
    count = ::recv(socket_, buffer_.data(), std::min(buffer_.size(), left_), 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return count;
  from_ = 0;
  to_ = static_cast<std::size_t>(count);
  left_ -= to_;
  return count;
}

ssize_t Connection::write(const char* from, size_t size) {
  if (!is_writable()) return -1;
  ssize_t count = 0;
  do {
    count = ::send(socket_, from, size, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace farm::http
