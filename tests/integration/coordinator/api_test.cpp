// The coordinator's API over real HTTP, beside a loop that works: what it shows is what clients are told, and no answer disturbs a build.
#include <atomic>
#include <string>
#include <thread>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "tests/integration/coordinator/farm_fixture.hpp"

namespace farm::test {
namespace {

using nlohmann::json;

json get(FarmFixture& farm, const std::string& path) {
  httplib::Client client("127.0.0.1", farm.running().http_port());
  const auto answer = client.Get(path);
  EXPECT_TRUE(answer) << path;
  if (!answer) return {};
  EXPECT_EQ(answer->status, 200) << path << ": " << answer->body;
  EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff") << path;
  EXPECT_TRUE(answer->get_header_value("Content-Security-Policy").starts_with("default-src 'self';")) << path;
  return json::parse(answer->body);
}

// Reads a stream to its end; gives the data of its events with that name.
std::vector<json> follow(FarmFixture& farm, const std::string& path, const std::string& name, std::atomic<bool>& first_came) {
  httplib::Client client("127.0.0.1", farm.running().http_port());
  client.set_read_timeout(60);
  std::string text;
  const auto answer = client.Get(path, [&](const char* data, std::size_t size) {
    text.append(data, size);
    if (text.find("event: " + name) != std::string::npos) first_came = true;
    return true;
  });
  EXPECT_TRUE(answer);
  EXPECT_EQ(answer ? answer->get_header_value("Content-Type") : "", "text/event-stream");
  std::vector<json> found;
  const std::string mark = "event: " + name + "\n";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t begin = text.find("data: ", at) + 6;
    found.push_back(json::parse(text.substr(begin, text.find('\n', begin) - begin)));
  }
  return found;
}

TEST(CoordinatorApi, OfAJobsStepsSoManyAreKeptAsFitWhateverItsAgentSays) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  FakeAgent::Options talks;
  for (int i = 0; i < 100; ++i)
    talks.steps.push_back({std::to_string(i) + std::string(5'000, 'n'), Millis{i}, i == 0, i == 1, Millis{2 * i}});
  auto agent = farm.agent(talks);
  auto client = farm.client();
  const BuildStatus first = farm.build(*client, farm.plan());
  const std::string jobs = "/api/v1/builds/" + to_string(first.id) + "/jobs/";
  const json told = get(farm, jobs + "deps/explanation");
  ASSERT_EQ(told["steps"].size(), kStepsMax);
  EXPECT_EQ(told["steps_left_off"], 100 - kStepsMax);
  EXPECT_EQ(told["steps"][0]["name"].get<std::string>().size(), kStepNameBytesMax);
  EXPECT_EQ(told["steps"][0]["cached"], true);
  EXPECT_EQ(told["steps"][1]["failed"], true);
  EXPECT_EQ(told["steps"][3]["run_ms"], 3);
  EXPECT_EQ(told["steps"][3]["start_ms"], 6);
  const BuildStatus again = farm.build(*client, farm.plan());
  EXPECT_EQ(get(farm, "/api/v1/builds/" + to_string(again.id) + "/jobs/api/explanation")["steps"], json::array()) << "a hit ran none";
  const auto explained = client->ask_for<Explanation>(protocol::ExplainJob{first.id, "deps"});
  EXPECT_EQ(explained.steps.size(), kStepsMax);
}

TEST(CoordinatorApi, ABuildIsSeenLiveFromItsBeginningToItsEnd) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  FakeAgent::Options held;
  held.hold = true;
  auto agent = farm.agent(held);
  auto client = farm.client();
  const protocol::Submit submit = farm.submission(farm.plan());
  const auto accepted = farm.push(*client, submit, client->ask_for<protocol::Accepted>(submit));
  const BuildId build = accepted.status.id;
  client->wait_for_job(build, "deps", JobState::Assigned);
  std::atomic<bool> came{false};
  std::vector<json> seen;
  std::thread watcher([&] { seen = follow(farm, "/api/v1/builds/" + to_string(build) + "/events", "status", came); });
  while (!came) std::this_thread::yield();
  EXPECT_EQ(get(farm, "/api/v1/builds?state=waiting-for-slices,running")["builds"].size(), 1U);
  agent->release();
  const BuildStatus last = client->wait_for_end(build);
  watcher.join();
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.front()["finished_ms"], 0);
  EXPECT_EQ(seen.back()["state"], "succeeded");
  EXPECT_EQ(seen.back(), get(farm, "/api/v1/builds/latest"));
  EXPECT_EQ(seen.back()["counters"]["jobs_run"], last.counters.jobs_run);
  EXPECT_EQ(get(farm, "/api/v1/farm")["builds"]["succeeded"], 1);
}

TEST(CoordinatorApi, HitsArePartOfTheGraph) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  ASSERT_EQ(farm.build(*client, farm.plan({{"api", "edited"}})).state, BuildState::Succeeded);
  const json graph = get(farm, "/api/v1/builds/latest/graph");
  std::map<std::string, std::string> states;
  for (const json& node : graph["nodes"]) states[node["id"]] = node["state"];
  bool stands_on_a_hit = false;
  for (const json& edge : graph["edges"]) stands_on_a_hit |= states[edge["from"]] == "hit" && states[edge["to"]] == "succeeded";
  EXPECT_TRUE(stands_on_a_hit) << graph.dump(2);
  const json cache = get(farm, "/api/v1/cache");
  EXPECT_EQ(cache["counted_builds"], 2);
  EXPECT_GE(cache["kinds"][3]["hits"], 1);  // the image that was not edited
  EXPECT_EQ(cache["newest"][0]["kind"], "image");
}

TEST(CoordinatorApi, WhatWasBuiltIsThereAfterARestart) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  ASSERT_EQ(farm.build(*client, farm.plan()).state, BuildState::Succeeded);
  const json before = get(farm, "/api/v1/builds/latest");
  farm.restart();
  EXPECT_EQ(get(farm, "/api/v1/builds/latest"), before);
  EXPECT_EQ(get(farm, "/api/v1/projects")["projects"][0]["builds"], 1);
}

TEST(CoordinatorApi, WritesNothingAndSaysSo) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  httplib::Client client("127.0.0.1", farm.running().http_port());
  const auto post = client.Post("/api/v1/builds", "{}", "application/json");
  ASSERT_TRUE(post);
  EXPECT_EQ(post->status, 405);
  EXPECT_EQ(json::parse(post->body)["schema"], "farm.error.v1");
  const auto cross = client.Get("/api/v1/farm", {{"Origin", "http://elsewhere.invalid"}});
  EXPECT_FALSE(cross->has_header("Access-Control-Allow-Origin"));
}

TEST(CoordinatorApi, ManyReadersDisturbNoBuild) {
  FARM_NEEDS_DOCKER_REGISTRY();
  FarmFixture farm;
  auto agent = farm.agent();
  auto client = farm.client();
  std::atomic<bool> over{false};
  std::atomic<int> answers{0};
  std::vector<std::thread> readers;
  for (const char* path :
       {"/api/v1/builds", "/api/v1/builds/latest", "/api/v1/agents", "/api/v1/cache", "/api/v1/projects", "/api/v1/farm"}) {
    readers.emplace_back([&, path] {
      while (!over) {
        const auto answer = httplib::Client("127.0.0.1", farm.running().http_port()).Get(path);
        if (!answer) continue;
        EXPECT_TRUE(answer->status == 200 || answer->status == 404) << answer->body;
        EXPECT_TRUE(json::accept(answer->body));
        ++answers;
      }
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(farm.build(*client, farm.plan({{"api", std::to_string(i)}})).state, BuildState::Succeeded);
  while (answers < 100) std::this_thread::yield();
  over = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace farm::test
