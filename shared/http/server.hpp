// Purpose: a small HTTP server for GET and HEAD (metrics, health, the console, its JSON and its streams) and, where its owner wants it, for
// POST without a body that means something. One listening thread and a few workers; no TLS, no state. Limits: a request's body, path and
// headers are bounded, a connection carries one request, reads and writes time out, so many connections wait at most (more stay in the
// kernel's backlog), so many streams are open at most (more get 503), and a stream ends after stream_life_max or when its reader takes
// longer than write_timeout for one piece. Handlers are called on worker threads, at most threads + streams_max at a time, and must not
// throw.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::http {

struct Request {
  std::string path;  // decoded
  std::map<std::string, std::string> query;
  std::string last_event_id;  // the header of an EventSource that comes again; empty: none
  // Headers; empty: not there.
  std::string host = {};
  std::string origin = {};
  std::string authorization = {};
};

// The next bytes of a stream. Called again and again; waits at most a second in one call. False: that was all.
using Producer = std::function<bool(std::string& out)>;

struct Answer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  Producer stream = nullptr;  // set: there is no body
};

using Handler = std::function<Answer(const Request&)>;
// Asked before any handler; an answer keeps the request from it.
using Gate = std::function<std::optional<Answer>(const Request&)>;
// What the server itself refuses: 405 (no method of the path's), 404 (no handler), 413, 414, 400, 503 (too many streams), 500.
using Refusal = std::function<Answer(int status, const std::string& path)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel's choice, told by port()
  std::uint32_t threads = 2;
  std::uint32_t streams_max = 0;
  std::uint32_t waiting_max = 16;
  std::size_t body_bytes_max = 64U << 10U;
  Millis read_timeout{5'000};       // of one piece
  Millis request_time_max{30'000};  // until a request is whole
  Millis write_timeout{5'000};
  Millis stream_life_max{3'600'000};
  std::vector<std::pair<std::string, std::string>> headers = {};  // of every answer
  Refusal refusal = nullptr;                                      // none: a line of text
  Gate gate = nullptr;                                            // none: everything passes
  Handler post = nullptr;                                         // of all POST requests, whose bodies are dropped; none: 405
};

class Server {
 public:
  // Binds and serves. `handlers`: exact path → handler; `other`: for all other paths, if there is one. Error: Unavailable where the address
  // can't be bound.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, std::map<std::string, Handler> handlers,
                                               Handler other = nullptr);
  // Stops listening, ends what runs (streams within a second), joins all threads.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint32_t streams() const;  // open now

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::http
