#include "shared/net/poller.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "shared/net/dealer_link.hpp"
#include "shared/net/router_link.hpp"
#include "shared/net/sockets.hpp"

namespace farm::net {

Waker::Waker() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { FARM_ASSERT(fd_ >= 0); }
Waker::~Waker() { ::close(fd_); }

void Waker::wake() const noexcept {
  const std::uint64_t one = 1;
  // A full counter is a pending wake-up already.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Waker::drain() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd_, &count, sizeof count);
}

struct Poller::Impl {
  std::vector<RouterLink*> routers;
  std::vector<DealerLink*> dealers;
  std::vector<int> descriptors;
};

Poller::Poller() : impl_(std::make_unique<Impl>()) {}
Poller::~Poller() = default;
void Poller::add(RouterLink& link) { impl_->routers.push_back(&link); }
void Poller::add(DealerLink& link) { impl_->dealers.push_back(&link); }
void Poller::add(const Waker& waker) { impl_->descriptors.push_back(waker.fd()); }
void Poller::add_readable(int fd) { impl_->descriptors.push_back(fd); }

Result<bool> Poller::wait(Millis timeout) {
  std::vector<zmq_pollitem_t> items;
  const auto add_sockets = [&](const std::array<void*, 2>& sockets) {
    for (void* socket : sockets) items.push_back({socket, 0, ZMQ_POLLIN, 0});
  };
  for (RouterLink* link : impl_->routers) add_sockets(link->pollable());
  for (DealerLink* link : impl_->dealers) add_sockets(link->pollable());
  for (const int fd : impl_->descriptors) items.push_back({nullptr, fd, ZMQ_POLLIN, 0});
  const long wait_ms = static_cast<long>(std::max<std::int64_t>(timeout.value, 0));
  const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), wait_ms);
  if (ready < 0 && zmq_errno() != EINTR) return error_of(zmq_errno(), "waiting for messages");
  return ready > 0;
}

}  // namespace farm::net
