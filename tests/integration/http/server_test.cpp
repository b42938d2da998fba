#include "shared/http/server.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <httplib.h>

#include <gtest/gtest.h>

namespace farm::http {
namespace {

std::unique_ptr<Server> serve(ServerOptions options = {}) {
  std::map<std::string, Handler> handlers;
  handlers["/echo"] = [](const Request& request) { return Answer{201, "text/plain", request.path + "?" + request.query.at("q")}; };
  auto server = Server::start(options, std::move(handlers));
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return std::move(*server);
}

TEST(HttpServer, ServesItsPathsAndNothingElse) {
  const auto server = serve();
  httplib::Client client("127.0.0.1", server->port());
  const auto echo = client.Get("/echo?q=a%20b");
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->status, 201);
  EXPECT_EQ(echo->body, "/echo?a b");
  EXPECT_EQ(client.Get("/other")->status, 404);
  const auto post = client.Post("/echo", "x", "text/plain");
  EXPECT_EQ(post->status, 405);
  EXPECT_EQ(post->get_header_value("Allow"), "GET, HEAD");
  const auto head = client.Head("/echo?q=a");
  EXPECT_EQ(head->status, 201);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->get_header_value("Content-Length"), "7");
}

TEST(HttpServer, PostsHaveOneHandlerAndTheirBodiesAreDropped) {
  ServerOptions options;
  options.body_bytes_max = 1'000;
  options.post = [](const Request& request) {
    return Answer{202, "text/plain", request.path + " " + request.authorization + request.origin};
  };
  const auto server = serve(options);
  httplib::Client client("127.0.0.1", server->port());
  const httplib::Headers headers{{"Authorization", "Bearer x"}, {"Origin", "http://here"}};
  const auto posted = client.Post("/do/a%20b", headers, std::string(900, 'x'), "text/plain");
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->status, 202);
  EXPECT_EQ(posted->body, "/do/a b Bearer xhttp://here");
  EXPECT_EQ(client.Post("/do")->status, 202);
  EXPECT_EQ(client.Post("/do", std::string(2'000, 'x'), "text/plain")->status, 413);
  EXPECT_EQ(client.Post("/" + std::string(8'000, 'x'))->status, 405);
  EXPECT_EQ(client.Put("/do", "x", "text/plain")->status, 405);
  EXPECT_EQ(client.Get("/echo?q=a")->status, 201);
}

// A body of httplib's own reading would be refused here: it is neither packed nor a form. One that is may be two kilobytes of some
// gigabytes.
TEST(HttpServer, BodiesAreNeitherUnpackedNorTakenApart) {
  ServerOptions options;
  options.post = [](const Request&) { return Answer{202, "text/plain", ""}; };
  const auto server = serve(options);
  httplib::Client client("127.0.0.1", server->port());
  for (const char* packing : {"gzip", "br", "deflate"}) {
    const auto posted = client.Post("/do", {{"Content-Encoding", packing}}, "not packed", "text/plain");
    ASSERT_TRUE(posted) << packing;
    EXPECT_EQ(posted->status, 202) << packing;
  }
  const auto form = client.Post("/do", "--b\r\nContent-Disposition: what\r\n\r\nx", "multipart/form-data; boundary=b");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->status, 202);
  const auto words = client.Post("/do", std::string(20'000, 'x'), "application/x-www-form-urlencoded");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->status, 202);
}

// What comes back for these bytes, to the connection's end.
std::string answer_to(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) text.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(fd);
  return text;
}

// As curl -X POST sends it.
TEST(HttpServer, APostWithoutABodyNeedsNoLength) {
  ServerOptions options;
  options.post = [](const Request& request) { return Answer{202, "text/plain", request.path}; };
  const auto server = serve(options);
  EXPECT_TRUE(answer_to(server->port(), "POST /do HTTP/1.1\r\nHost: here\r\n\r\n").starts_with("HTTP/1.1 202 "));
  const std::string chunked = "POST /do HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  EXPECT_TRUE(answer_to(server->port(), chunked).starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(answer_to(server->port(), "PUT /do HTTP/1.1\r\nHost: here\r\n\r\n").starts_with("HTTP/1.1 405 "));
}

TEST(HttpServer, AGateIsAskedBeforeEveryHandler) {
  std::atomic<int> reached{0};
  ServerOptions options;
  options.gate = [](const Request& request) {
    return request.host == "here" ? std::nullopt : std::optional(Answer{421, "text/plain", "not " + request.host});
  };
  options.post = [&](const Request&) {
    ++reached;
    return Answer{};
  };
  const auto server = serve(options);
  httplib::Client client("127.0.0.1", server->port());
  for (const char* host : {"elsewhere", "here, elsewhere"}) {
    EXPECT_EQ(client.Get("/echo?q=a", {{"Host", host}})->body, std::string("not ") + host);
    EXPECT_EQ(client.Get("/other", {{"Host", host}})->status, 421);
    EXPECT_EQ(client.Post("/do", {{"Host", host}}, "", "text/plain")->status, 421);
  }
  EXPECT_EQ(client.Get("/echo?q=a", {{"Host", "here"}, {"Host", "here"}})->status, 421);
  EXPECT_EQ(client.Get("/echo?q=a", {{"Host", "here"}})->status, 201);
  EXPECT_EQ(reached, 0);
  EXPECT_EQ(client.Post("/do", {{"Host", "here"}}, "", "text/plain")->status, 200);
  EXPECT_EQ(reached, 1);
}

TEST(HttpServer, BoundsWhatComesIn) {
  ServerOptions options;
  options.body_bytes_max = 10;
  const auto server = serve(options);
  httplib::Client client("127.0.0.1", server->port());
  EXPECT_EQ(client.Post("/echo", std::string(1'000, 'x'), "text/plain")->status, 413);
  const auto long_path = client.Get("/" + std::string(20'000, 'x'));
  EXPECT_TRUE(!long_path || long_path->status >= 400);
  EXPECT_EQ(client.Get("/echo?q=still")->status, 201);
}

// Sends until the server takes no more; true: it ended before `bytes_max`.
bool is_stopped(std::uint16_t port, const std::string& begin, const std::string& piece, std::size_t bytes_max) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool stopped = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
  EXPECT_FALSE(stopped);
  std::string text = begin;
  for (std::size_t sent = 0; !stopped && sent < bytes_max; sent += text.size(), text = piece) {
    stopped = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0;
  }
  ::close(fd);
  return stopped;
}

TEST(HttpServer, HeadersWithoutAnEndAreCutOff) {
  const auto server = serve();
  constexpr std::size_t kFarTooMuch = 64U << 20U;
  EXPECT_TRUE(is_stopped(server->port(), "GET /echo?q=a HTTP/1.1\r\n", "X-More: " + std::string(1'000, 'x') + "\r\n", kFarTooMuch));
  EXPECT_TRUE(is_stopped(server->port(), "GET /echo?q=", std::string(1'000, 'x'), kFarTooMuch));
  httplib::Client client("127.0.0.1", server->port());
  EXPECT_EQ(client.Get("/echo?q=still", {{"X-Long", std::string(4'000, 'x')}})->status, 201);
}

TEST(HttpServer, ThousandsOfRangesMultiplyNothing) {
  std::map<std::string, Handler> handlers;
  handlers["/big"] = [](const Request&) { return Answer{200, "text/plain", std::string(100'000, 'x')}; };
  const auto server = Server::start({}, std::move(handlers));
  ASSERT_TRUE(server);
  httplib::Client client("127.0.0.1", (*server)->port());
  std::string ranges = "bytes=0-";
  for (int i = 0; i < 2'000; ++i) ranges += ",0-";
  for (const std::string& range : {ranges, std::string("bytes=10-19"), std::string("bytes=200000-")}) {
    const auto answer = client.Get("/big", {{"Range", range}});
    ASSERT_TRUE(answer) << range.substr(0, 20);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body.size(), 100'000);
  }
}

TEST(HttpServer, AnAddressThatCantBeBoundIsAnError) {
  const auto first = serve();
  ServerOptions options;
  options.host = "no.such.host.invalid";
  const auto second = Server::start(options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Unavailable);
}

TEST(HttpServer, AnAddressInUseIsAnError) {
  const auto first = serve();
  ServerOptions options;
  options.port = first->port();
  const auto second = Server::start(options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Unavailable);
}

TEST(HttpServer, ItsAddressIsFreeAgainThoughItsConnectionsLinger) {
  auto server = serve();
  const std::uint16_t port = server->port();
  httplib::Client client("127.0.0.1", port);
  ASSERT_TRUE(client.Get("/echo?q=a"));  // one request a connection: the server closes first, and its side waits in the kernel
  server.reset();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << "as farmctl local up looks for it";
  ::close(fd);
}

TEST(HttpServer, StopsWhileConnectionsAreOpen) {
  auto server = serve();
  httplib::Client client("127.0.0.1", server->port());
  client.set_keep_alive(true);
  EXPECT_EQ(client.Get("/echo?q=1")->status, 201);
  const std::uint16_t port = server->port();
  server.reset();
  httplib::Client after("127.0.0.1", port);
  EXPECT_FALSE(after.Get("/echo?q=2"));
}

TEST(HttpServer, OtherPathsHaveAHandlerOfTheirOwnAndEveryAnswerTheSameHeaders) {
  ServerOptions options;
  options.headers = {{"X-Content-Type-Options", "nosniff"}};
  options.refusal = [](int status, const std::string&) { return Answer{status, "application/json", "{}"}; };
  const auto server = Server::start(options, {}, [](const Request& request) {
    if (request.path == "/throws") throw std::runtime_error("a secret");
    return Answer{200, "text/plain", request.path, {{"X-One", "1"}}};
  });
  ASSERT_TRUE(server);
  httplib::Client client("127.0.0.1", (*server)->port());
  const auto other = client.Get("/a/b%20c");
  EXPECT_EQ(other->body, "/a/b c");
  EXPECT_EQ(other->get_header_value("X-One"), "1");
  EXPECT_EQ(other->get_header_value("X-Content-Type-Options"), "nosniff");
  const auto thrown = client.Get("/throws");
  EXPECT_EQ(thrown->status, 500);
  EXPECT_EQ(thrown->body, "{}");
  for (const auto& [name, value] : thrown->headers) EXPECT_EQ(value.find("secret"), std::string::npos) << name;
  EXPECT_EQ(client.Post("/x", "x", "text/plain")->body, "{}");
}

// A server with one stream of numbered pieces that a test lets go on.
class Streams {
 public:
  explicit Streams(ServerOptions options) {
    auto started = Server::start(options, {}, [this](const Request& request) {
      Answer answer{200, "text/event-stream", "", {}, {}};
      answer.stream = [this, seen = std::string("from ") + request.last_event_id + ";"](std::string& out) mutable {
        if (!seen.empty()) {
          out = std::exchange(seen, "");
          return true;
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(20), [this] { return over_; });
        if (flood_) out = std::string(1U << 20U, 'x');
        if (over_) out = "last;";
        return !over_;
      };
      return answer;
    });
    EXPECT_TRUE(started);
    server = std::move(*started);
  }
  void end() {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  void flood() {
    const std::scoped_lock lock(mutex_);
    flood_ = true;
  }
  void wait_for_streams(std::uint32_t count) const {
    while (server->streams() != count) std::this_thread::yield();
  }
  std::unique_ptr<Server> server;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  bool flood_ = false;
};

TEST(HttpServer, AStreamGivesPiecesAsTheyComeAndEnds) {
  ServerOptions options;
  options.streams_max = 1;
  Streams streams(options);
  httplib::Client client("127.0.0.1", streams.server->port());
  std::string got;
  const auto result = client.Get("/", {{"Last-Event-ID", "7"}}, [&](const char* data, std::size_t size) {
    got.append(data, size);
    if (got == "from 7;") streams.end();  // the first piece is there while the stream is open
    return true;
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(got, "from 7;last;");
  EXPECT_EQ(result->get_header_value("Transfer-Encoding"), "chunked");
  streams.wait_for_streams(0);
}

TEST(HttpServer, StreamsAreCountedAndTheRestIsServedBesideThem) {
  ServerOptions options;
  options.threads = 1;
  options.streams_max = 2;
  Streams streams(options);
  const std::uint16_t port = streams.server->port();
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back([port] { EXPECT_TRUE(httplib::Client("127.0.0.1", port).Get("/")); });
  streams.wait_for_streams(2);
  const auto refused = httplib::Client("127.0.0.1", port).Get("/");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->get_header_value("Retry-After"), "5");
  EXPECT_EQ(httplib::Client("127.0.0.1", port).Post("/", "x", "text/plain")->status, 405);
  streams.end();
  for (std::thread& reader : readers) reader.join();
  streams.wait_for_streams(0);
}

TEST(HttpServer, AStreamWhoseReaderWentAwayOrStandsStillIsCut) {
  ServerOptions options;
  options.streams_max = 2;
  options.write_timeout = Millis{100};
  Streams streams(options);
  httplib::Client gone("127.0.0.1", streams.server->port());
  EXPECT_FALSE(gone.Get("/", [](const char*, std::size_t) { return false; }));
  streams.wait_for_streams(0);

  httplib::Client still("127.0.0.1", streams.server->port());
  EXPECT_FALSE(still.Get("/", [&](const char*, std::size_t) {
    streams.flood();
    streams.wait_for_streams(0);  // reads nothing until the server gave up
    return true;
  }));
}

TEST(HttpServer, StopsWhileStreamsAreOpen) {
  ServerOptions options;
  options.streams_max = 1;
  Streams streams(options);
  std::thread reader([port = streams.server->port()] { EXPECT_FALSE(httplib::Client("127.0.0.1", port).Get("/")); });
  streams.wait_for_streams(1);
  streams.server.reset();
  reader.join();
}

}  // namespace
}  // namespace farm::http
