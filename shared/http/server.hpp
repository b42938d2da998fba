// Purpose: a small HTTP server for GET paths: metrics, health, the console's JSON. One listening thread and a few workers; no TLS, no
// state. Limits: a request's body, path and headers are bounded, a connection carries one request, reads and writes time out, and so many
// connections wait at most (more stay in the kernel's backlog). Handlers are called on worker threads, at most `threads` at a time, and
// must not throw.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::http {

struct Request {
  std::string path;
  std::map<std::string, std::string> query;
};

struct Answer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

using Handler = std::function<Answer(const Request&)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel's choice, told by port()
  std::uint32_t threads = 2;
  std::uint32_t waiting_max = 16;
  std::size_t body_bytes_max = 64U << 10U;
  Millis read_timeout{5'000};
  Millis write_timeout{5'000};
};

class Server {
 public:
  // Binds and serves. `handlers`: exact path → handler. Error: Unavailable where the address can't be bound.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, std::map<std::string, Handler> handlers);
  // Stops listening, ends what runs, joins all threads.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::http
