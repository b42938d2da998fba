#include "shared/http/server.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include <httplib.h>

#include "shared/http/connection.hpp"
#include "shared/http/pool.hpp"

namespace farm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHeadBytesMax = 64U << 10U;  // a request's first line and its headers
constexpr std::size_t kPostPathBytesMax = 1'000;   // httplib matches it with a regular expression, which recurses with each byte

std::pair<time_t, time_t> split(Millis time) { return {time.value / 1'000, (time.value % 1'000) * 1'000}; }
bool is_read(const httplib::Request& from) { return from.method == "GET" || from.method == "HEAD"; }

Request request_of(const httplib::Request& from) {
  Request request{from.path, {}, from.get_header_value("Last-Event-ID")};
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  request.origin = from.get_header_value("Origin");
  request.authorization = from.get_header_value("Authorization");
  request.host = from.get_header_value_count("Host") > 1 ? "(several)" : from.get_header_value("Host");
  return request;
}

std::chrono::milliseconds duration(Millis time) { return std::chrono::milliseconds(time.value); }

// httplib's server, but each connection is bounded, and carries one request: httplib polls an idle one a hundred times a second.
class BoundedServer final : public httplib::Server {
 public:
  explicit BoundedServer(const Connection::Limits& limits) : limits_(limits) {}

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, limits_);
    bool closed = false;
    const bool done = process_request(connection, true, closed, nullptr);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return done;
  }

  const Connection::Limits limits_;
};

// One open stream: counts itself while it lives.
class Stream {
 public:
  Stream(Producer producer, const ServerOptions& options, std::atomic<std::uint32_t>& open, const std::atomic<bool>& stopping)
      : producer_(std::move(producer)),
        options_(options),
        open_(open),
        stopping_(stopping),
        end_(Clock::now() + duration(options.stream_life_max)) {}
  ~Stream() { --open_; }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // False: the connection is to be cut.
  bool turn(httplib::DataSink& sink) {
    if (stopping_.load() || Clock::now() >= end_ || !sink.is_writable()) return false;
    std::string piece;
    bool more = false;
    try {
      more = producer_(piece);
    } catch (const std::exception&) {
      return false;  // httplib would let it end the process
    }
    const Clock::time_point before = Clock::now();
    if (!piece.empty() && !sink.write(piece.data(), piece.size())) return false;
    if (Clock::now() - before > duration(options_.write_timeout)) return false;  // drop by drop
    if (!more) sink.done();
    return true;
  }

 private:
  Producer producer_;
  const ServerOptions& options_;
  std::atomic<std::uint32_t>& open_;
  const std::atomic<bool>& stopping_;
  const Clock::time_point end_;
};

}  // namespace

struct Server::Impl {
  Impl(const ServerOptions& options_, std::map<std::string, Handler> handlers_, Handler other_)
      : options(options_), handlers(std::move(handlers_)), other(std::move(other_)) {}

  void set_up() {
    server.new_task_queue = [this]() -> httplib::TaskQueue* {
      return new Pool({options.threads, options.threads + options.streams_max, options.waiting_max});
    };
    // Not httplib's SO_REUSEPORT, under which a second server on the address would take half of its connections unnoticed. SO_REUSEADDR:
    // after a crash the address is free at once, though browsers' connections to the dead server linger.
    server.set_socket_options([](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server.set_payload_max_length(options.body_bytes_max);
    server.set_read_timeout(split(options.read_timeout).first, split(options.read_timeout).second);
    server.set_write_timeout(split(options.write_timeout).first, split(options.write_timeout).second);
    // Before httplib's own routing, which matches regular expressions.
    server.set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
      if (!is_read(from)) return before_body(from, to);
      // Always the whole: httplib answers thousands of ranges of a header with as many copies of the body, some gigabytes. Its own request
      // is not const.
      const_cast<httplib::Request&>(from).ranges.clear();  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      serve(from, to);
      return httplib::Server::HandlerResponse::Handled;
    });
    if (options.post) {
      server.Post(R"([\s\S]*)", [this](const httplib::Request& from, httplib::Response& to) {
        const Request request = request_of(from);
        if (options.gate) {
          if (std::optional<Answer> kept = options.gate(request)) return give(to, *std::move(kept));
        }
        give(to, options.post(request));
      });
    }
    server.set_error_handler([this](const httplib::Request& from, httplib::Response& to) {
      if (!to.body.empty() || to.content_provider_) return;
      const bool wrong_method = to.status == 404 && !is_read(from);
      give(to, refuse(wrong_method ? 405 : to.status, from.path));
    });
    server.set_exception_handler([this](const httplib::Request& from, httplib::Response& to, const std::exception_ptr&) {
      to.headers.clear();
      give(to, refuse(500, from.path));
    });
  }

  // Unhandled: httplib reads the body, and asks the handler of POST. It would unpack it first, two kilobytes to gigabytes, and take forms
  // apart with regular expressions; nobody looks at it, so it is bytes only.
  httplib::Server::HandlerResponse before_body(const httplib::Request& from, httplib::Response& to) {
    auto& headers = const_cast<httplib::Request&>(from).headers;  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    for (const char* name : {"Content-Encoding", "Content-Type"}) headers.erase(name);
    // No body at all, as `curl -X POST` says it: httplib would wait for one until its time is over.
    if (!headers.contains("Content-Length") && !headers.contains("Transfer-Encoding")) headers.emplace("Content-Length", "0");
    if (!options.post || from.path.size() <= kPostPathBytesMax) return httplib::Server::HandlerResponse::Unhandled;
    give(to, refuse(405, from.path));
    return httplib::Server::HandlerResponse::Handled;
  }

  void serve(const httplib::Request& from, httplib::Response& to) {
    const Request request = request_of(from);
    if (options.gate) {
      if (std::optional<Answer> kept = options.gate(request)) return give(to, *std::move(kept));
    }
    const auto known = handlers.find(from.path);
    if (known != handlers.end()) return give(to, known->second(request));
    give(to, other ? other(request) : refuse(404, from.path));
  }

  Answer refuse(int status, const std::string& path) const {
    Answer answer{status, "text/plain; charset=utf-8", std::to_string(status) + "\n"};
    if (options.refusal) answer = options.refusal(status, path);
    if (status == 405) answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }

  void give(httplib::Response& to, Answer answer) {
    if (answer.stream && open.fetch_add(1) >= options.streams_max) {
      --open;
      answer = refuse(503, "");
      answer.headers.emplace_back("Retry-After", "5");
    }
    to.status = answer.status;
    for (const auto& [name, value] : options.headers) to.set_header(name, value);
    for (const auto& [name, value] : answer.headers) to.set_header(name, value);
    if (answer.status == 204) return;
    if (!answer.stream) return to.set_content(answer.body, answer.content_type);
    const auto stream = std::make_shared<Stream>(std::move(answer.stream), options, open, stopping);
    to.set_chunked_content_provider(answer.content_type, [stream](std::size_t, httplib::DataSink& sink) { return stream->turn(sink); });
  }

  const ServerOptions options;
  const std::map<std::string, Handler> handlers;
  const Handler other;
  std::atomic<std::uint32_t> open{0};
  std::atomic<bool> stopping{false};
  BoundedServer server{{kHeadBytesMax + options.body_bytes_max, options.request_time_max, options.read_timeout, options.write_timeout}};
  std::thread thread;
  std::uint16_t port = 0;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->stopping.store(true);
  impl_->server.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

std::uint16_t Server::port() const { return impl_->port; }
std::uint32_t Server::streams() const { return impl_->open.load(); }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, std::map<std::string, Handler> handlers, Handler other) {
  auto impl = std::make_unique<Impl>(options, std::move(handlers), std::move(other));
  impl->set_up();
  httplib::Server& server = impl->server;
  const std::string place = options.host + ":" + std::to_string(options.port);
  const int port =
      options.port == 0 ? server.bind_to_any_port(options.host) : (server.bind_to_port(options.host, options.port) ? options.port : -1);
  if (port <= 0) {
    return Error{ErrorKind::Unavailable,
                 "serving HTTP: address " + place + " can't be bound (in use, or not this host's); change the configuration"};
  }
  impl->port = static_cast<std::uint16_t>(port);
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // stop() is without effect before the thread listens, so the start ends only then.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace farm::http
