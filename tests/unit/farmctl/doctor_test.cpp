#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "farmctl/doctor/checks.hpp"

namespace farm::ctl::doctor {
namespace {

AgentStatus agent(const std::string& name) {
  AgentStatus agent;
  agent.name = name;
  agent.state = "up";
  agent.buildkit = "v0.34.2";
  agent.disk_free_bytes = 100ULL << 30U;
  agent.memory_total_bytes = 16ULL << 30U;
  return agent;
}

ServiceFacts service(const std::string& name) {
  ServiceFacts service;
  service.name = name;
  service.dockerfile = "Dockerfile.rust-optimized";
  service.rust = service.cooks = service.chef_provided = true;
  service.image = "market/" + name;
  service.published = true;
  return service;
}

BuildSummary build(std::uint64_t id, std::uint32_t run) { return {BuildId{id}, "market", BuildState::Succeeded, 1'000, 5'000, 8, run}; }

// Everything is as it should be.
Facts well() {
  Facts facts;
  facts.host = {"0.1.0", 8, 16ULL << 30U, "/home", 100ULL << 30U, {{"DOCKER_BUILDKIT", "1"}}};
  facts.key = {"/k/ann.key", 0600, ""};
  facts.farm.coordinator = "tcp://127.0.0.1:1";
  facts.farm.version = "0.1.0";
  facts.farm.key_name = "ann";
  facts.farm.role = "client";
  facts.farm.zone = "trusted";
  facts.farm.agents = {agent("alpha"), agent("beta")};
  facts.farm.builds = {build(3, 1), build(2, 8)};
  facts.registry = {"127.0.0.1:2", Trial::success("in 0.01 s"), Trial::success("in 0.01 s"), Trial::success("in 0.01 s")};
  facts.farm.local = true;
  facts.builder = {"v0.34.2", Trial::success("built"), Trial::success("there and back"), ""};
  facts.project.found = true;
  facts.project.name = "market";
  facts.project.files = {"docker-compose.yml", "docker-compose.override.yml"};
  facts.project.services = {service("api"), service("worker")};
  facts.project.contexts = {{"", ".dockerignore", 500'000'000, 4'000'000, true, true, true, {{"src/", 3'000'000}}}};
  facts.project.running = {"api"};
  return facts;
}

Line line(const Facts& facts, const std::string& id) {
  const auto lines = examine(facts);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const Line& each) { return each.id == id; });
  EXPECT_NE(found, lines.end()) << id;
  return found == lines.end() ? Line{} : *found;
}

void expect(const Facts& facts, const std::string& id, Level level, const std::string& found, const std::string& mend = "") {
  const Line judged = line(facts, id);
  EXPECT_EQ(judged.level, level) << id << ": " << judged.found;
  EXPECT_NE(judged.found.find(found), std::string::npos) << id << ": " << judged.found;
  EXPECT_NE(judged.mend.find(mend), std::string::npos) << id << ": " << judged.mend;
  if (level >= Level::Warning) {
    EXPECT_FALSE(judged.mend.empty()) << id << " does not say how to mend it";
    EXPECT_FALSE(judged.wanted.empty()) << id;
  }
}

TEST(Doctor, FindsNothingWhereAllIsWell) {
  const auto lines = examine(well());
  for (const Line& each : lines) EXPECT_EQ(each.level, Level::Ok) << each.id << ": " << each.found;
  EXPECT_EQ(worst(lines), Level::Ok);
}

TEST(Doctor, EachCheckHasALineWhateverIsKnown) {
  const auto ids = check_ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_GE(ids.size(), 24U);
  for (const Facts& facts : {Facts{}, well()}) {
    std::vector<std::string> had;
    for (const Line& each : examine(facts)) had.push_back(each.id);
    EXPECT_EQ(had, ids);
  }
}

TEST(Doctor, WithoutAFarmItSaysHowToGetOne) {
  Facts facts;
  facts.farm.problem = "no farm is configured";
  expect(facts, "config", Level::Broken, "no farm", "farmctl local up");
  for (const char* id : {"coordinator", "agents", "clock", "registry-push", "builder"})
    EXPECT_EQ(line(facts, id).level, Level::Skipped) << id;
}

TEST(Doctor, Keys) {
  Facts facts = well();
  facts.key.mode = 0644;
  expect(facts, "keys", Level::Broken, "mode 0644", "chmod 600 /k/ann.key");
  facts.key = {"/k/ann.key", 0, "can't be read"};
  expect(facts, "keys", Level::Broken, "can't be read", "farmctl keys new");
  facts.key = {"/k/ann.key", 0600, "holds no keys"};
  expect(facts, "keys", Level::Broken, "holds no keys");
  facts = well();
  facts.farm.role = "reader";
  expect(facts, "key-role", Level::Warning, "'ann' is reader", "key book");
}

TEST(Doctor, CoordinatorAndClock) {
  Facts facts = well();
  facts.farm.unreachable = Error{ErrorKind::Denied, "the key is not known"};
  expect(facts, "coordinator", Level::Broken, "not known", "key book");
  facts.farm.unreachable = Error{ErrorKind::Unavailable, "does not answer"};
  expect(facts, "coordinator", Level::Broken, "does not answer", "local up");
  facts = well();
  facts.farm.version = "9.0.0";
  expect(facts, "farmctl", Level::Warning, "the coordinator has 9.0.0");
  for (const std::int64_t sign : {1, -1}) {
    facts.farm.skew = Millis{sign * 4'000};
    expect(facts, "clock", Level::Ok, "4.0 s");
    facts.farm.skew = Millis{sign * 6'000};
    expect(facts, "clock", Level::Warning, sign > 0 ? "ahead" : "behind", "NTP");
    facts.farm.skew = Millis{sign * 400'000};
    expect(facts, "clock", Level::Broken, "6 min");
  }
}

TEST(Doctor, AgentsAndBuildKit) {
  Facts facts = well();
  facts.farm.agents[1].state = "lost";
  expect(facts, "agents", Level::Warning, "beta is lost");
  facts.farm.agents.clear();
  expect(facts, "agents", Level::Broken, "none");
  for (const char* version : {"v0.28.0", "0.9.3", "v0.12.5-rc1", "v0.8+unknown"}) {
    facts = well();
    facts.farm.agents[0].buildkit = version;
    expect(facts, "buildkit", Level::Broken, std::string(version) + " on alpha", "update");
  }
  for (const char* version : {"v0.28.1", "0.29.0", "v1.0.0", "dev"}) {
    facts = well();
    facts.farm.agents[0].buildkit = version;
    expect(facts, "buildkit", Level::Ok, version);
  }
  facts.farm.agents[0].buildkit = "";
  expect(facts, "buildkit", Level::Broken, "none answers on alpha");
}

TEST(Doctor, ARegistryThatRefusesDeletesIsAWarningOneThatRefusesPushesIsBroken) {
  Facts facts = well();
  facts.registry.remove = Trial::failure("answered 405");
  expect(facts, "registry-delete", Level::Warning, "405", "storage.delete.enabled");
  EXPECT_EQ(worst(examine(facts)), Level::Warning);
  facts.registry.push = Trial::failure("denied");
  expect(facts, "registry-push", Level::Broken, "denied", "docker login");
  facts.builder.build = Trial::failure("no runc");
  facts.builder.cache = Trial::none("nothing could be built");
  expect(facts, "builder", Level::Broken, "no runc");
  expect(facts, "cache", Level::Skipped, "nothing could be built");
}

TEST(Doctor, OfAFarmElsewhereTheUsersOwnBuilderTriesTheWayToTheRegistry) {
  Facts facts = well();
  facts.farm.local = false;
  facts.builder = {"v0.9.0", Trial::success("built"), Trial::success("there and back"), "mine"};
  expect(facts, "builder", Level::Ok, "with this machine's builder 'mine', BuildKit v0.9.0: built");
  expect(facts, "cache", Level::Ok, "there and back");
  EXPECT_EQ(line(facts, "buildkit").level, Level::Ok) << "it is no part of the farm, however old it is";
  facts.builder.build = Trial::failure("no route");
  expect(facts, "builder", Level::Warning, "no route", "builds of the farm don't need it");
}

TEST(Doctor, OfAFarmElsewhereWithoutABuilderHereItSaysWhyAndWhatTheFarmTells) {
  Facts facts = well();
  facts.farm.local = false;
  facts.builder = {"", Trial::none("no buildx here"), Trial::none("no buildx here"), ""};
  for (const char* id : {"builder", "cache"}) {
    expect(facts, id, Level::Skipped, "no buildx here");
    expect(facts, id, Level::Skipped, "its agents say that they build with v0.34.2 on alpha, v0.34.2 on beta");
    expect(facts, id, Level::Skipped, "its newest build that ended, 3 of market, succeeded");
  }
}

TEST(Doctor, Resources) {
  Facts facts = well();
  facts.host.cpus = 2;
  expect(facts, "cpu", Level::Warning, "2 on this machine");
  facts.farm.agents[1].memory_total_bytes = 4ULL << 30U;
  expect(facts, "memory", Level::Warning, "4.3 GB on beta");
  facts.farm.agents[1].disk_free_bytes = 10ULL << 30U;
  expect(facts, "disk", Level::Warning, "10.7 GB on beta", "farmctl prune");
  facts.farm.agents[1].disk_free_bytes = 1ULL << 30U;
  expect(facts, "disk", Level::Broken, "1.1 GB on beta");
  facts.host.environment["DOCKER_BUILDKIT"] = "0";
  expect(facts, "environment", Level::Warning, "DOCKER_BUILDKIT=0");
}

TEST(Doctor, ProjectFiles) {
  Facts facts = well();
  facts.project.unused_overrides = {"docker-compose.override.yml"};
  expect(facts, "override", Level::Broken, "docker-compose.override.yml is there and is not read", "docker compose config");
  facts = well();
  facts.project.services[0].cooks = false;
  facts.project.services[0].dockerfile = "Dockerfile";
  facts.project.services[0].optimised_there = "Dockerfile.rust-optimized";
  expect(facts, "override", Level::Warning, "api uses Dockerfile, not Dockerfile.rust-optimized", "farmctl init");
  expect(facts, "optimised-dockerfile", Level::Warning, "api", "farmctl init");
  facts = Facts{};
  facts.project.problem = "compose.yaml:3: error: x";
  expect(facts, "project", Level::Broken, "compose.yaml:3");
  EXPECT_EQ(line(Facts{}, "project").level, Level::Skipped) << "a folder without a project is no fault";
}

TEST(Doctor, Contexts) {
  Facts facts = well();
  ContextFacts& context = facts.project.contexts[0];
  expect(facts, "context", Level::Ok, ".: 500.0 MB before, 4.0 MB after; largest: src/ 3.0 MB");
  context.ignores_target = false;
  expect(facts, "dockerignore", Level::Warning, ".dockerignore lets target/ in");
  context.ignore_file = "";
  context.bytes_after = context.bytes_before;
  context.largest = {{"target/", 400'000'000}};
  expect(facts, "dockerignore", Level::Warning, ". has none", "farmctl init");
  expect(facts, "context", Level::Warning, "target/ 400.0 MB", ".dockerignore");
}

TEST(Doctor, Cook) {
  Facts facts = well();
  facts.project.services[1].chef_provided = false;
  expect(facts, "cargo-chef", Level::Broken, "worker", "cargo install cargo-chef");
  facts.project.services[1].flags_match = false;
  facts.project.services[1].notes = {"Dockerfile:7: warning: flags differ"};
  expect(facts, "flags", Level::Warning, "Dockerfile:7: warning: flags differ", "same flags");
  facts.project.services[1].artifacts_in_layer = false;
  expect(facts, "sharing", Level::Warning, "worker", "cache mount");
  for (ServiceFacts& each : facts.project.services) each.cooks = false;
  for (const char* id : {"cargo-chef", "flags", "sharing"}) EXPECT_EQ(line(facts, id).level, Level::Skipped) << id;
}

TEST(Doctor, Builds) {
  Facts facts = well();
  expect(facts, "first-build", Level::Ok, "build 2 ran 8 of 8 jobs in 4.0 s");
  expect(facts, "second-build", Level::Ok, "build 3 ran 1 of 8 jobs");
  facts.farm.builds = {build(3, 7), build(2, 8)};
  expect(facts, "second-build", Level::Warning, "build 3 ran 7 of 8", "farmctl explain");
  facts.farm.builds = {build(2, 8)};
  expect(facts, "second-build", Level::Skipped, "one only");
  facts.farm.builds = {build(2, 8)};
  facts.farm.builds[0].project = "shop";
  expect(facts, "first-build", Level::Warning, "none", "farmctl submit");
  facts.project.services[0].published = false;
  expect(facts, "images", Level::Warning, "market/api", "farmctl submit");
}

TEST(Doctor, RendersEachLineForPeopleAndForPrograms) {
  Facts facts = well();
  facts.key.mode = 0644;
  facts.project.problem = "a\nb\x1b[2J\xff";
  const auto lines = examine(facts);
  const std::string text = render_text(lines, false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("BROKEN   the user's key: /k/ann.key has mode 0644\n         wanted: "), std::string::npos) << text;
  EXPECT_NE(text.find("mend: chmod 600 /k/ann.key\n"), std::string::npos) << text;
  EXPECT_NE(text.find("2 broken"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(render_json(lines));
  EXPECT_EQ(json["schema"], "farm.doctor.v1");
  EXPECT_EQ(json["worst"], "broken");
  EXPECT_EQ(json["checks"].size(), lines.size());
  EXPECT_EQ(json["checks"][2]["mend"], "chmod 600 /k/ann.key");
}

}  // namespace
}  // namespace farm::ctl::doctor
