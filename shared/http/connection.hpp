// Purpose: one connection of the server as httplib's stream, with the bounds that httplib has none of: how many bytes a client may send
// before its request is whole (httplib keeps any number of header lines, of any length, in memory), and for how long. Its owner closes the
// socket. For the .cpp files of this folder.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include <httplib.h>

#include "shared/base/time.hpp"

namespace farm::http {

class Connection final : public httplib::Stream {
 public:
  struct Limits {
    std::size_t bytes_max = 64U << 10U;  // of a request with its headers
    Millis request_time_max{30'000};     // until the request is whole
    Millis read_timeout{5'000};          // of one piece
    Millis write_timeout{5'000};
  };
  Connection(socket_t socket, const Limits& limits);

  [[nodiscard]] bool is_readable() const override;
  [[nodiscard]] bool is_writable() const override;  // false too where the client went away
  // -1: an error, a limit, or too late. 0: the client sends no more.
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  // Nobody asks who it is.
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  ssize_t fill();

  const socket_t socket_;
  const Limits limits_;
  const std::chrono::steady_clock::time_point end_;  // of reading
  std::size_t left_;                                 // bytes that may still come
  std::array<char, 4'096> buffer_{};
  std::size_t from_ = 0;
  std::size_t to_ = 0;
};

}  // namespace farm::http
