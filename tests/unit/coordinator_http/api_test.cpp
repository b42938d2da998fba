#include "coordinator/http/api.hpp"

#include <gtest/gtest.h>

#include "tests/unit/coordinator_http/world.hpp"

namespace farm::coordinator::test {
namespace {

using nlohmann::json;

std::string header(const http::Answer& answer, const std::string& name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
  }
  return "";
}

TEST(Api, AFailureIsAnAnswerWithItsHttpStatus) {
  World world;
  for (const auto& [path, status] : std::map<std::string, int>{
           {"/api/v1/none", 404}, {"/api/v1/builds/9", 404}, {"/api/v1/builds/x", 400}, {"/api/v1/builds/latest", 404}}) {
    const http::Answer answer = world.get(path);
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(answer.content_type, "application/json");
    const json error = json::parse(answer.body);
    EXPECT_EQ(error["schema"], "farm.error.v1");
    EXPECT_EQ(error["kind"], status == 404 ? "not-found" : "invalid-input");
    EXPECT_EQ(error["exit_status"], 2);
  }
  EXPECT_EQ(error_answer({ErrorKind::Unavailable, ""}).status, 503);
  EXPECT_EQ(error_answer({ErrorKind::Corrupt, ""}).status, 500);
}

TEST(Api, TheFarmCountsBuildsAgentsAndWhatWaits) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Hit));
  world.show(World::build(2, BuildState::Running, JobState::Assigned));
  FleetShot fleet;
  for (const auto& [name, state] : std::map<std::string, std::string>{{"alpha", "up"}, {"beta", "lost"}}) {
    fleet.agents.emplace_back();
    fleet.agents.back().status.name = name;
    fleet.agents.back().status.state = state;
    fleet.agents.back().status.slots = 2;
    fleet.agents.back().status.busy = 1;
  }
  fleet.queued_jobs = 3;
  world.board.fleet_is(std::move(fleet));
  const json farm = world.json("/api/v1/farm");
  EXPECT_EQ(farm["version"], "1.2.3");
  EXPECT_EQ(farm["now_ms"], g_now.ms);
  EXPECT_EQ(farm["started_ms"], 5);
  EXPECT_EQ(farm["builds"], json({{"waiting-for-slices", 0}, {"running", 1}, {"succeeded", 1}, {"failed", 0}, {"cancelled", 0}}));
  EXPECT_EQ(farm["open_builds"], json({2}));
  EXPECT_EQ(farm["agents"], json({{"up", 1}, {"draining", 0}, {"lost", 1}}));
  EXPECT_EQ(farm["slots"], 2);
  EXPECT_EQ(farm["queued_jobs"], 3);
  EXPECT_FALSE(farm["problems"].empty());  // its store was never said to be open
}

TEST(Api, RecordsThatCantBeReadAreToldAndTheOthersServed) {
  World world;
  world.save(World::build(1, BuildState::Succeeded, JobState::Hit));
  store::Batch batch;
  batch.put(store::Kind::Statuses, store::number_key(2), "broken");
  batch.put(store::Kind::Results, "broken", "broken");
  ASSERT_TRUE(world.store->apply(batch));
  EXPECT_EQ(world.json("/api/v1/builds")["builds"].size(), 1U);
  EXPECT_EQ(world.json("/api/v1/cache")["kinds"].size(), 4U);
  const json farm = world.json("/api/v1/farm");
  std::string problems;
  for (const json& problem : farm["problems"]) problems += problem.get<std::string>() + "\n";
  EXPECT_NE(problems.find("1 of the records \"statuses\" can't be read"), std::string::npos) << problems;
  EXPECT_NE(problems.find("1 of the records \"results\" can't be read"), std::string::npos) << problems;
}

TEST(Api, AgentsShowWhatTheyDoAndHold) {
  World world;
  store::Batch batch;
  wire::ResultRecord record;
  record.key = World::digest(1);
  record.kind = JobKind::Deps;
  record.name = "deps";
  record.project = "market";
  record.bytes = 12;
  store::put(batch, record);
  ASSERT_TRUE(world.store->apply(batch));
  FleetShot fleet;
  FleetShot::Agent agent;
  agent.status.name = "alpha";
  agent.assignments.push_back({BuildId{3}, "image api", JobKind::Image, "building", 500, 77});
  agent.holds = {World::digest(1), World::digest(2)};
  agent.holds_total = 40;
  fleet.agents.push_back(agent);
  world.board.fleet_is(std::move(fleet));
  const json shown = world.json("/api/v1/agents")["agents"][0];
  EXPECT_EQ(shown["name"], "alpha");
  EXPECT_EQ(shown["assignments"][0]["build"], 3);
  EXPECT_EQ(shown["assignments"][0]["phase"], "building");
  EXPECT_EQ(shown["holds"][0]["name"], "deps");
  EXPECT_EQ(shown["holds"][0]["bytes"], 12);
  EXPECT_EQ(shown["holds"][1]["name"], "");  // the farm forgot it
  EXPECT_EQ(shown["holds_total"], 40);
}

TEST(Api, TheCacheIsReadAnewWhenABuildEnded) {
  World world;
  const auto put = [&](std::uint8_t fill, const std::string& project, std::int64_t created) {
    store::Batch batch;
    wire::ResultRecord record;
    record.key = World::digest(fill);
    record.kind = JobKind::Image;
    record.name = "image " + std::to_string(fill);
    record.project = project;
    record.bytes = 10;
    record.created_ms = created;
    store::put(batch, record);
    store::put(batch, wire::SliceRecord{World::digest(fill), World::digest(9), 5, created});
    ASSERT_TRUE(world.store->apply(batch));
  };
  put(1, "market", 100);
  put(2, "shop", 300);
  EXPECT_EQ(world.json("/api/v1/cache")["kinds"][3]["results"], 2);
  put(3, "market", 200);
  EXPECT_EQ(world.json("/api/v1/cache")["kinds"][3]["results"], 2);
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  const json cache = world.json("/api/v1/cache");
  EXPECT_EQ(cache["kinds"][3]["results"], 3);
  EXPECT_EQ(cache["kinds"][3]["bytes"], 30);
  EXPECT_EQ(cache["kinds"][3]["misses"], 1);
  EXPECT_EQ(cache["kinds"][3]["causes"], json({{"source", 1}}));
  EXPECT_EQ(cache["counted_builds"], 1);
  EXPECT_EQ(cache["slices"], json({{"count", 3}, {"bytes", 15}}));
  EXPECT_EQ(cache["complete"], true);
  std::vector<std::string> names;
  for (const json& row : cache["newest"]) names.push_back(row["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"image 2", "image 3", "image 1"}));
  EXPECT_EQ(world.json("/api/v1/cache", {{"project", "market"}, {"limit", "1"}})["newest"].size(), 1U);
  const json projects = world.json("/api/v1/projects")["projects"];
  ASSERT_EQ(projects.size(), 2U);
  EXPECT_EQ(projects[0]["name"], "market");
  EXPECT_EQ(projects[0]["results"], 2);
  EXPECT_EQ(projects[0]["latest"]["build"], 1);
  EXPECT_EQ(projects[1]["name"], "shop");
  EXPECT_EQ(projects[1]["latest"], nullptr);
}

TEST(Api, AJobIsExplainedByItsNameOrItsServices) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  const json told = world.json("/api/v1/builds/1/jobs/api/explanation");
  EXPECT_EQ(told["schema"], "farm.explain.v1");
  EXPECT_EQ(told["job"], "image api");
  EXPECT_EQ(told["steps"][0]["name"], "[1/1] RUN x");
  EXPECT_EQ(told["agents"], json::array());
  EXPECT_EQ(world.json("/api/v1/builds/latest/jobs/image api/explanation"), told);
  EXPECT_EQ(world.explained, (std::vector<std::string>{"1 image api", "1 image api"}));
  const http::Answer missing = world.get("/api/v1/builds/1/jobs/none/explanation");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("it has: image api"), std::string::npos) << missing.body;
}

TEST(Api, WhyNoAgentTakesAJobIsAsTheLoopShowedItLast) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Waiting));
  FleetShot fleet;
  fleet.waiting[JobId{10}] = {{"alpha", "lacks the label zone=eu"}};
  world.board.fleet_is(fleet);
  EXPECT_EQ(world.json("/api/v1/builds/1/jobs/api/explanation")["agents"],
            json::array({{{"agent", "alpha"}, {"reason", "lacks the label zone=eu"}}}));
  world.show(World::build(1, BuildState::Running, JobState::Assigned));
  EXPECT_EQ(world.json("/api/v1/builds/1/jobs/api/explanation")["agents"], json::array()) << "it found one since";
}

TEST(Api, ALogIsReadByOffsetUntilItsEnd) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Assigned));
  world.log(JobId{10}, 0, "first\n");
  const std::string path = "/api/v1/builds/1/jobs/image api/log";
  json part = world.json(path);
  EXPECT_EQ(part["text"], "first\n");
  EXPECT_EQ(part["next_offset"], 6);
  EXPECT_EQ(part["ended"], false);
  part = world.json("/api/v1/builds/latest/jobs/api/log", {{"offset", "6"}});  // by the service's name
  EXPECT_EQ(part["job"], "image api");
  EXPECT_EQ(part["text"], "");
  EXPECT_EQ(part["ended"], false);
  world.show(World::build(1, BuildState::Failed, JobState::Failed));
  EXPECT_EQ(world.json(path)["ended"], false);  // there is something behind this offset
  EXPECT_EQ(world.json(path, {{"offset", "6"}})["ended"], true);
  const http::Answer text = world.get(path, {{"format", "text"}});
  EXPECT_EQ(text.body, "first\n");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(header(text, "Farm-Next-Offset"), "6");
  const http::Answer missing = world.get("/api/v1/builds/1/jobs/none/log");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("it has: image api"), std::string::npos) << missing.body;
}

TEST(Api, ACharacterOfALogIsNeverCutInTwo) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Assigned));
  world.log(JobId{10}, 0, "a\xe2\x82");
  const std::string path = "/api/v1/builds/1/jobs/image api/log";
  EXPECT_EQ(world.json(path)["text"], "a");
  EXPECT_EQ(world.json(path, {{"offset", "1"}})["text"], "");
  world.log(JobId{10}, 3, "\xac!");
  EXPECT_EQ(world.json(path, {{"offset", "1"}})["text"], "\xe2\x82\xac!");
}

TEST(Api, AJobThatHitHasNoLog) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Hit));
  const json part = world.json("/api/v1/builds/1/jobs/image api/log");
  EXPECT_EQ(part["text"], "");
  EXPECT_EQ(part["ended"], true);
}

TEST(Api, ServesItsOwnDescription) {
  World world;
  const http::Answer answer = world.get("/api/v1/openapi.yaml");
  EXPECT_TRUE(answer.body.starts_with("# The coordinator's JSON API."));
  EXPECT_EQ(answer.content_type, "application/yaml");
}

}  // namespace
}  // namespace farm::coordinator::test
