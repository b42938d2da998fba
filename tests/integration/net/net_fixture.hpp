// Purpose: a coordinator's socket with its gatekeeper on loopback, and words to wait for what comes.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "shared/net/dealer_link.hpp"
#include "shared/net/gatekeeper.hpp"
#include "shared/net/poller.hpp"
#include "shared/net/router_link.hpp"

namespace farm::net {

inline constexpr Millis kPatience{10'000};  // no test waits this long unless it fails

struct Farm {
  Context context;
  KeyPair server = generate_key_pair().value();
  KeyPair alpha = generate_key_pair().value();
  std::atomic<int> rejections{0};
  std::mutex mutex;
  Rejection last_rejection;
  std::unique_ptr<Gatekeeper> gatekeeper;
  std::unique_ptr<RouterLink> router;

  explicit Farm(std::size_t frame_bytes_max = 1U << 20U, int queue_frames_max = 1'000) {
    gatekeeper = Gatekeeper::start(context, book(), [this](const Rejection& rejection) {
                   const std::lock_guard lock(mutex);
                   last_rejection = rejection;
                   ++rejections;
                 }).value();
    RouterOptions options;
    options.endpoint = "tcp://127.0.0.1:0";
    options.keys = server;
    options.frame_bytes_max = frame_bytes_max;
    options.queue_frames_max = queue_frames_max;
    router = RouterLink::bind(context, options).value();
  }
  [[nodiscard]] KeyBook book() const {
    KeyBook keys;
    keys.add({"alpha", Role::Agent, {}, "trusted", alpha.public_key}).value();
    return keys;
  }
  [[nodiscard]] DealerOptions dealer_options() const {
    DealerOptions options;
    options.endpoint = router->endpoint();
    options.server_key = server.public_key;
    options.keys = alpha;
    return options;
  }
  std::unique_ptr<DealerLink> connect() { return DealerLink::connect(context, dealer_options()).value(); }
};

// Waits for an event of type T; others on the way are dropped.
template <typename T>
std::optional<T> wait_for(DealerLink& link, Millis patience = kPatience) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience.value);
  while (std::chrono::steady_clock::now() < until) {
    const auto event = link.next(Millis{100});
    if (event && *event && std::holds_alternative<T>(**event)) return std::get<T>(**event);
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> wait_for(RouterLink& link, Millis patience = kPatience) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience.value);
  Poller poller;
  poller.add(link);
  while (std::chrono::steady_clock::now() < until) {
    const auto event = link.receive();
    if (event && *event && std::holds_alternative<T>(**event)) return std::get<T>(**event);
    if (event && !*event) poller.wait(Millis{100}).value();
  }
  return std::nullopt;
}

// The next event of any sort.
inline std::optional<RouterEvent> next_event(RouterLink& link, Millis patience = kPatience) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience.value);
  Poller poller;
  poller.add(link);
  while (std::chrono::steady_clock::now() < until) {
    auto event = link.receive();
    if (event && *event) return *event;
    poller.wait(Millis{100}).value();
  }
  return std::nullopt;
}

// A port that is taken and where nobody listens.
class ClosedPort {
 public:
  ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint_ = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~ClosedPort() { ::close(fd_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  void listen() const { EXPECT_EQ(::listen(fd_, 16), 0); }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

 private:
  int fd_;
  std::string endpoint_;
};

}  // namespace farm::net
