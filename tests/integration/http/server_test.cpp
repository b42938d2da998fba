#include "shared/http/server.hpp"

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
  EXPECT_EQ(client.Post("/echo", "x", "text/plain")->status, 404);
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

TEST(HttpServer, AnAddressThatCantBeBoundIsAnError) {
  const auto first = serve();
  ServerOptions options;
  options.host = "no.such.host.invalid";
  const auto second = Server::start(options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Unavailable);
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

}  // namespace
}  // namespace farm::http
