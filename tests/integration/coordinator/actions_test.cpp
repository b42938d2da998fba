// What is changed over HTTP: by whom, and that it is done when the answer comes.
#include <fstream>
#include <string>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "shared/net/tokens.hpp"
#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

using nlohmann::json;

int post(FarmFixture& farm, const std::string& path, const std::string& token, std::string* body = nullptr) {
  httplib::Client client("127.0.0.1", farm.running().http_port());
  httplib::Headers headers;
  if (!token.empty()) headers.emplace("Authorization", "Bearer " + token);
  const auto answer = client.Post("/api/v1/" + path, headers, "", "application/json");
  EXPECT_TRUE(answer) << path;
  if (answer && body != nullptr) *body = answer->body;
  return answer ? answer->status : 0;
}

std::string state_of(FakeClient& client, const std::string& agent) {
  for (const AgentStatus& each : client.ask_for<protocol::AgentList>(protocol::ListAgents{}).agents) {
    if (each.name == agent) return each.state;
  }
  return "";
}

TEST(CoordinatorActions, ABuildIsCancelledByWhoMayAndStaysSoOverARestart) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  FakeAgent::Options held;
  held.hold = true;
  auto agent = farm.agent(held);
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const BuildId build = farm.push(*client, submit, client->ask_for<protocol::Accepted>(submit)).status.id;
  client->wait_for_job(build, "deps", JobState::Assigned);
  const std::string path = "builds/" + to_string(build) + "/cancel";
  EXPECT_EQ(post(farm, path, ""), 401);
  EXPECT_EQ(post(farm, path, net::new_token().value()), 401);
  EXPECT_EQ(post(farm, path, farm.token("eye")), 403);
  EXPECT_EQ(post(farm, "builds/999/cancel", farm.token("dev")), 404);
  EXPECT_FALSE(is_final(client->ask_for<BuildStatus>(protocol::WatchBuild{build, 0, Millis{0}}).state));
  EXPECT_EQ(post(farm, path, farm.token("dev")), 200);
  const BuildStatus last = client->wait_for_end(build);
  EXPECT_EQ(last.state, BuildState::Cancelled);
  EXPECT_NE(last.reason.find("dev"), std::string::npos) << last.reason;
  EXPECT_EQ(post(farm, path, farm.token("dev")), 200) << "again: it is what was wanted";
  farm.restart();
  EXPECT_EQ(farm.client()->ask_for<BuildStatus>(protocol::WatchBuild{build, 0, Millis{0}}).state, BuildState::Cancelled);
}

TEST(CoordinatorActions, AnAgentIsDrainedByAdminsOnly) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);  // so that it is known
  std::string body;
  EXPECT_EQ(post(farm, "agents/alpha/drain", farm.token("dev"), &body), 403);
  EXPECT_NE(json::parse(body)["message"].get<std::string>().find("token 'dev' has the role client"), std::string::npos) << body;
  EXPECT_EQ(post(farm, "agents/nobody/drain", farm.token("root")), 404);
  EXPECT_EQ(state_of(*client, "alpha"), "up");
  EXPECT_EQ(post(farm, "agents/alpha/drain", farm.token("root")), 200);
  EXPECT_EQ(state_of(*client, "alpha"), "draining");
  const auto shown = httplib::Client("127.0.0.1", farm.running().http_port()).Get("/api/v1/agents");
  EXPECT_EQ(json::parse(shown->body)["agents"][0]["state"], "draining") << "whoever did it sees it";
  EXPECT_EQ(post(farm, "agents/alpha/undrain", farm.token("root")), 200);
  EXPECT_EQ(state_of(*client, "alpha"), "up");
}

TEST(CoordinatorActions, ABookThatIsReadAgainGivesAndTakesTokens) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  const std::string token = net::new_token().value();
  EXPECT_EQ(post(farm, "agents/alpha/drain", token), 401);
  std::string before;
  {
    std::ifstream book(farm.config.key_book);
    before.assign(std::istreambuf_iterator<char>(book), {});
    std::ofstream(farm.config.key_book, std::ios::app) << "admin late " << net::hash_of_token(token) << "\n";
  }
  const auto reread = [&](int wanted) {
    farm.running().reload_keys();
    int status = 0;
    for (int tries = 0; tries < 5'000 && status != wanted; ++tries) status = post(farm, "agents/alpha/drain", token);
    return status;
  };
  EXPECT_EQ(reread(200), 200);
  std::ofstream(farm.config.key_book) << before;
  EXPECT_EQ(reread(401), 401);
}

TEST(CoordinatorActions, OtherHostsOriginsAndMethodsAreRefused) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  httplib::Client client("127.0.0.1", farm.running().http_port());
  const httplib::Headers rebound{{"Host", "evil.example"}};
  for (const char* path : {"/", "/api/v1/farm", "/api/v1/events", "/nothing.js"}) {
    const auto answer = client.Get(path, rebound);
    EXPECT_EQ(answer->status, 421) << path;
    EXPECT_NE(json::parse(answer->body)["message"].get<std::string>().find("`http_hosts`"), std::string::npos);
  }
  for (const char* path : {"/healthz", "/metrics"}) EXPECT_EQ(client.Get(path, rebound)->status, 200) << path;
  const httplib::Headers crossed{{"Origin", "http://evil.example"}, {"Authorization", "Bearer " + farm.token("root")}};
  const auto answer = client.Post("/api/v1/agents/alpha/drain", crossed, "", "text/plain");
  EXPECT_EQ(answer->status, 403);
  EXPECT_FALSE(answer->has_header("Access-Control-Allow-Origin"));
  EXPECT_EQ(client.Options("/api/v1/agents/alpha/drain")->status, 405) << "no preflight is granted";
  const auto got = client.Get("/api/v1/agents/alpha/drain");
  EXPECT_EQ(got->status, 405);
  EXPECT_EQ(got->get_header_value("Allow"), "POST");
}

TEST(CoordinatorActions, ReadingCanNeedATokenToo) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  farm.stop();
  farm.config.http_read = "token";
  farm.config.http_hosts = {"farm.example"};
  farm.start();
  httplib::Client client("127.0.0.1", farm.running().http_port());
  for (const char* path : {"/api/v1/farm", "/api/v1/events", "/api/v1/builds/latest", "/api/v1/nothing"}) {
    EXPECT_EQ(client.Get(path)->status, 401) << path;
    EXPECT_EQ(client.Get(path, {{"Authorization", "Bearer farm_0"}})->status, 401) << path;
  }
  for (const char* path : {"/", "/metrics", "/healthz", "/api/v1/openapi.yaml"}) EXPECT_EQ(client.Get(path)->status, 200) << path;
  const httplib::Headers eye{{"Authorization", "Bearer " + farm.token("eye")}, {"Host", "farm.example:7441"}};
  EXPECT_EQ(client.Get("/api/v1/farm", eye)->status, 200);
  const json caller = json::parse(client.Get("/api/v1/caller", eye)->body);
  EXPECT_EQ(caller, json({{"schema", "farm.caller.v1"}, {"name", "eye"}, {"role", "reader"}, {"projects", json::array()}}));
}

}  // namespace
}  // namespace farm::test
