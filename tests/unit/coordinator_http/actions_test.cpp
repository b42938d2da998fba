#include "coordinator/http/actions.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "shared/net/tokens.hpp"

namespace farm::coordinator {
namespace {

TEST(Actions, PathsAreRead) {
  const auto read = [](const std::string& path) { return read_action("/api/v1/" + path); };
  EXPECT_EQ(std::get<protocol::CancelBuild>(**read("builds/12/cancel")).build, BuildId{12});
  EXPECT_EQ(std::get<protocol::CancelBuild>(**read("builds/latest/cancel")).build, BuildId{});
  EXPECT_EQ(std::get<protocol::SetDrain>(**read("agents/alpha/drain")).agent, "alpha");
  EXPECT_TRUE(std::get<protocol::SetDrain>(**read("agents/alpha/drain")).drain);
  EXPECT_FALSE(std::get<protocol::SetDrain>(**read("agents/drain/undrain")).drain);
  EXPECT_EQ(read("builds/none/cancel")->error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(read("agents/" + std::string(600, 'x') + "/drain")->error().kind, ErrorKind::InvalidInput);
  for (const char* other : {"builds", "builds/12", "builds/cancel", "builds//cancel", "builds/1/2/cancel", "agents/drain",
                            "agents/a/b/drain", "builds/12/cancel/", "agents/a/dra"}) {
    EXPECT_FALSE(read(other)) << other;
  }
  EXPECT_FALSE(read_action("/builds/12/cancel"));
}

struct Desk {
  metrics::Metrics metrics;
  Callers callers{metrics};
  HostCheck hosts{{}, {}};
  int done = 0;
  ActionDesk desk{[this] {
    desk.serve([this](const Action& action) -> Result<void> {
      ++done;
      if (action.owner.role != net::Role::Admin) return Error{ErrorKind::Denied, "not " + action.owner.name};
      return {};
    });
    desk.answer();
  }};
  Actions actions{hosts, callers, desk, metrics};
  std::string admin = net::new_token().value();
  std::string reader = net::new_token().value();

  Desk() {
    net::KeyBook book;
    EXPECT_TRUE(book.add({"boss", net::Role::Admin, {}, "trusted", net::hash_of_token(admin)}));
    EXPECT_TRUE(book.add({"eye", net::Role::Reader, {}, "trusted", net::hash_of_token(reader)}));
    callers.book_is(book);
  }
  http::Answer post(const std::string& path, const std::string& authorization, const std::string& origin = "") {
    return actions.answer({path, {}, "", "127.0.0.1:7441", origin, authorization});
  }
  bool counted(const std::string& cause) {
    return metrics.text().find("farm_http_denied_total{cause=\"" + cause + "\"} 1\n") != std::string::npos;
  }
};

std::string header(const http::Answer& answer, const std::string& name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
  }
  return "";
}

constexpr const char* kPath = "/api/v1/agents/alpha/drain";

TEST(Actions, WhoHasATokenAndMayGetsItDone) {
  Desk desk;
  EXPECT_EQ(desk.post(kPath, "Bearer " + desk.admin).status, 200);
  EXPECT_EQ(desk.post(kPath, "bearer " + desk.admin, "http://127.0.0.1:7441").status, 200);
  EXPECT_EQ(desk.done, 2);
}

TEST(Actions, WithoutATokenOfTheBookNothingReachesTheLoop) {
  Desk desk;
  for (const std::string& wrong : {std::string(), std::string("Bearer "), "Basic " + desk.admin, desk.admin, "Bearer  " + desk.admin,
                                   "Bearer " + net::hash_of_token(desk.admin), "Bearer " + desk.admin.substr(0, 68)}) {
    const http::Answer answer = desk.post(kPath, wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(header(answer, "WWW-Authenticate"), "Bearer realm=\"farm\"");
    const auto error = nlohmann::json::parse(answer.body);
    EXPECT_EQ(error["kind"], "denied");
    EXPECT_NE(answer.body.find("farmctl keys token add"), std::string::npos);
    EXPECT_EQ(answer.body.find(desk.admin), std::string::npos);
  }
  desk.callers.book_is({});
  EXPECT_EQ(desk.post(kPath, "Bearer " + desk.admin).status, 401) << "the book was read again, without it";
  EXPECT_EQ(desk.done, 0);
}

TEST(Actions, EveryRefusalIsCountedByItsCause) {
  Desk desk;
  EXPECT_EQ(desk.post(kPath, "Bearer " + desk.reader).status, 403);
  EXPECT_EQ(desk.post(kPath, "Bearer " + desk.admin, "http://evil.example").status, 403);
  EXPECT_EQ(desk.post(kPath, "").status, 401);
  EXPECT_EQ(desk.post(kPath, "Bearer x").status, 401);
  for (const char* cause : {"role", "origin", "no_token", "wrong_token"}) EXPECT_TRUE(desk.counted(cause)) << cause;
  EXPECT_EQ(desk.done, 1) << "the role is judged by the loop, nothing else reaches it";
}

TEST(Actions, WhatIsOnlyReadIsNotPosted) {
  Desk desk;
  const http::Answer answer = desk.post("/api/v1/builds", "Bearer " + desk.admin);
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header(answer, "Allow"), "GET, HEAD");
  EXPECT_EQ(desk.post("/api/v1/builds/x/cancel", "Bearer " + desk.admin).status, 400);
  EXPECT_EQ(desk.done, 0);
}

}  // namespace
}  // namespace farm::coordinator
