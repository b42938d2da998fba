// Where reading needs a token: what its owner sees, and for how long.
#include "coordinator/http/viewer.hpp"

#include <gtest/gtest.h>

#include "shared/net/tokens.hpp"
#include "tests/unit/coordinator_http/world.hpp"

namespace farm::coordinator::test {
namespace {

using nlohmann::json;

// Builds 1 of market and 2 of shop run on one agent; 3 of shop has ended. Tokens of somebody for market, and for all.
struct Guarded {
  World world{true};
  std::string market = net::new_token().value();
  std::string all = net::new_token().value();
  net::KeyBook book;

  Guarded() {
    EXPECT_TRUE(book.add({"mia", net::Role::Client, {"market"}, "trusted", net::hash_of_token(market)}));
    EXPECT_TRUE(book.add({"al", net::Role::Reader, {}, "trusted", net::hash_of_token(all)}));
    world.callers.book_is(book);
    world.show(World::build(1, BuildState::Running, JobState::Assigned));
    world.show(World::build(2, BuildState::Running, JobState::Assigned, "shop"));
    world.show(World::build(3, BuildState::Failed, JobState::Failed, "shop"));
    store::Batch batch;
    for (const auto& [fill, project] : std::map<std::uint8_t, std::string>{{1, "market"}, {2, "shop"}}) {
      wire::ResultRecord record;
      record.key = World::digest(fill);
      record.name = "deps of " + project;
      record.project = project;
      store::put(batch, record);
    }
    EXPECT_TRUE(world.store->apply(batch));
    FleetShot fleet;
    FleetShot::Agent agent;
    agent.status.name = "alpha";
    agent.status.running = {"image api", "image api"};
    agent.assignments = {{BuildId{1}, "image api", JobKind::Image, "", 0, 1}, {BuildId{2}, "image api", JobKind::Image, "", 0, 1}};
    agent.holds = {World::digest(1), World::digest(2)};
    fleet.agents.push_back(agent);
    world.board.fleet_is(std::move(fleet));
    world.log(JobId{10}, 0, "ours");
    world.log(JobId{20}, 0, "theirs");
  }
  http::Answer get(const std::string& path, const std::string& token) {
    return world.api.answer({"/api/v1/" + path, {}, "", "", "", token.empty() ? "" : "Bearer " + token});
  }
  json read(const std::string& path, const std::string& token) {
    const http::Answer answer = get(path, token);
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
    return json::parse(answer.body);
  }
};

TEST(Viewer, WithoutATokenNothingIsToldNotEvenWhatThereIs) {
  Guarded farm;
  for (const char* path : {"farm", "builds", "builds/1", "builds/9", "events", "builds/1/events", "caller", "none"}) {
    EXPECT_EQ(farm.get(path, "").status, 401) << path;
    EXPECT_EQ(farm.get(path, "farm_0").status, 401) << path;
  }
  EXPECT_EQ(farm.get("openapi.yaml", "").status, 200);
}

TEST(Viewer, ATokenForAProjectSeesNoOther) {
  Guarded farm;
  for (const char* rest : {"", "/graph", "/events", "/jobs/api/log", "/jobs/api/log/events", "/jobs/api/explanation"}) {
    const std::string path = rest;
    EXPECT_EQ(farm.get("builds/2" + path, farm.market).status, 403) << path;
    EXPECT_EQ(farm.get("builds/2" + path, farm.all).status, 200) << path;
    EXPECT_EQ(farm.get("builds/1" + path, farm.market).status, 200) << path;
  }
  EXPECT_EQ(farm.read("builds/latest", farm.market)["build"], 1);
  EXPECT_EQ(farm.read("builds/latest", farm.all)["build"], 3);
  EXPECT_EQ(farm.read("builds", farm.market)["builds"].size(), 1U);
  EXPECT_EQ(farm.read("builds", farm.all)["builds"].size(), 3U);
  EXPECT_EQ(farm.read("farm", farm.market)["open_builds"], json({1}));
  for (const char* path : {"projects", "agents", "cache"}) {
    EXPECT_EQ(farm.read(path, farm.market).dump().find("shop"), std::string::npos) << path;
    EXPECT_NE(farm.read(path, farm.all).dump().find("shop"), std::string::npos) << path;
  }
  const json agent = farm.read("agents", farm.market)["agents"][0];
  EXPECT_EQ(agent["assignments"].size(), 1U);
  EXPECT_EQ(agent["running"], json({"image api"}));
  EXPECT_EQ(agent["holds"].size(), 1U);
}

TEST(Viewer, TheFarmsStreamTellsOfTheOwnProjectsOnly) {
  Guarded farm;
  const http::Answer answer = farm.get("events", farm.market);
  std::string first;
  EXPECT_TRUE(answer.stream(first));
  EXPECT_NE(first.find(R"("project":"market")"), std::string::npos);
  EXPECT_EQ(first.find("shop"), std::string::npos) << first;
  farm.world.show(World::build(2, BuildState::Succeeded, JobState::Succeeded, "shop"));
  farm.world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  std::string second;
  EXPECT_TRUE(answer.stream(second));
  EXPECT_NE(second.find(R"("project":"market")"), std::string::npos);
  EXPECT_EQ(second.find("shop"), std::string::npos) << second;
}

TEST(Viewer, AStreamEndsWhenTheKeyBookIsReadAgain) {
  Guarded farm;
  std::vector<http::Answer> streams;
  for (const char* path : {"events", "builds/1/events", "builds/1/jobs/api/log/events"}) streams.push_back(farm.get(path, farm.market));
  std::string text;
  for (const http::Answer& stream : streams) EXPECT_TRUE(stream.stream(text));
  farm.world.callers.book_is({});
  farm.world.log(JobId{10}, 4, " and more");
  for (const http::Answer& stream : streams) {
    text.clear();
    EXPECT_FALSE(stream.stream(text));
    EXPECT_EQ(text, "");
  }
  EXPECT_EQ(farm.get("events", farm.market).status, 401);
}

}  // namespace
}  // namespace farm::coordinator::test
