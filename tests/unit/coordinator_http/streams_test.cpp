#include "coordinator/http/streams.hpp"

#include <gtest/gtest.h>

#include "tests/unit/coordinator_http/world.hpp"

namespace farm::coordinator::test {
namespace {

using nlohmann::json;

struct Event {
  std::string name;
  std::string id;
  json data;
};

// Reads a stream as an EventSource does.
class Reader {
 public:
  explicit Reader(http::Answer answer) : answer_(std::move(answer)) { EXPECT_TRUE(answer_.stream) << answer_.body; }

  // What one turn gives.
  std::vector<Event> turn() {
    std::string text;
    open = answer_.stream(text);
    comments += text.starts_with(": ") ? 1 : 0;
    std::vector<Event> events;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find("\n\n", begin);
      const std::string block = text.substr(begin, end - begin) + "\n";
      begin = end + 2;
      if (block.starts_with("event: "))
        events.push_back({field(block, "event: "), field(block, "\nid: "), json::parse(field(block, "\ndata: "))});
    }
    return events;
  }
  bool open = true;
  int comments = 0;

 private:
  static std::string field(const std::string& block, const std::string& name) {
    const std::size_t at = block.find(name);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size();
    return block.substr(begin, block.find('\n', begin) - begin);
  }
  http::Answer answer_;
};

std::vector<std::string> names(const std::vector<Event>& events) {
  std::vector<std::string> found;
  for (const Event& event : events) found.push_back(event.name);
  return found;
}
using Names = std::vector<std::string>;

TEST(BuildStream, GivesTheWholeStatusAtOnceAndAtEachChangeAndEndsAfterTheFinalOne) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Waiting));
  Reader reader(world.get("/api/v1/builds/1/events"));
  const std::vector<Event> first = reader.turn();
  ASSERT_EQ(names(first), Names{"status"});
  EXPECT_EQ(first[0].data["jobs"][0]["state"], "waiting");
  world.board.build_is(World::build(1, BuildState::Running, JobState::Assigned));
  EXPECT_EQ(reader.turn().at(0).data["jobs"][0]["state"], "assigned");
  EXPECT_TRUE(reader.open);
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  const std::vector<Event> last = reader.turn();
  EXPECT_EQ(names(last), (Names{"status", "end"}));
  EXPECT_EQ(last[0].data["state"], "succeeded");
  EXPECT_FALSE(reader.open);
  EXPECT_EQ(world.get("/api/v1/builds/1/events", {}, last[0].id).status, 204);
  EXPECT_EQ(world.get("/api/v1/builds/1/events", {}, first[0].id).status, 200);
}

TEST(BuildStream, OfABuildThatEndedLongAgoIsItsLastStatus) {
  World world;
  world.save(World::build(1, BuildState::Failed, JobState::Failed));
  Reader reader(world.get("/api/v1/builds/1/events"));
  EXPECT_EQ(names(reader.turn()), (Names{"status", "end"}));
  EXPECT_FALSE(reader.open);
  EXPECT_EQ(world.get("/api/v1/builds/2/events").status, 404);
}

TEST(BuildStream, AnOpenBuildThatIsNotOnTheBoardYetIsToldOnce) {
  World world;
  world.save(World::build(1, BuildState::Running, JobState::Waiting));
  Reader reader(world.get("/api/v1/builds/1/events"));
  EXPECT_EQ(names(reader.turn()), Names{"status"});
  world.board.logs_grew();
  EXPECT_EQ(names(reader.turn()), Names{});
}

TEST(BuildStream, SkipsWhatWasOvertakenAndSaysNothingWhereNothingChanged) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Waiting));
  Reader reader(world.get("/api/v1/builds/1/events"));
  reader.turn();
  for (int i = 0; i < 100; ++i) world.board.build_is(World::build(1, BuildState::Running, JobState::Assigned));
  EXPECT_EQ(names(reader.turn()), Names{"status"});
  world.board.build_is(World::build(2, BuildState::Running, JobState::Assigned));
  EXPECT_EQ(names(reader.turn()), Names{});
}

TEST(BuildStream, AQuietStreamHasAHeartbeat) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Waiting));
  Reader reader(world.get("/api/v1/builds/1/events"));
  reader.turn();
  world.board.logs_grew();
  reader.turn();
  EXPECT_EQ(reader.comments, 0);
  g_now = g_now + kStreamHeartbeat;
  world.board.logs_grew();
  reader.turn();
  EXPECT_EQ(reader.comments, 1);
}

TEST(FarmStream, BeginsWithEverythingOpenAndTellsChangesAlsoOfBuildsThatWereNeverSeenOpen) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Hit));
  world.show(World::build(2, BuildState::Running, JobState::Waiting));
  Reader reader(world.get("/api/v1/events"));
  const std::vector<Event> first = reader.turn();
  ASSERT_EQ(names(first), (Names{"farm", "agents", "build"}));
  EXPECT_EQ(first[2].data["build"], 2);
  world.show(World::build(3, BuildState::Succeeded, JobState::Hit));
  const std::vector<Event> second = reader.turn();
  ASSERT_EQ(names(second), (Names{"farm", "build"}));
  EXPECT_EQ(second[0].data["builds"]["succeeded"], 2);
  EXPECT_EQ(second[1].data["build"], 3);
  FleetShot fleet;
  fleet.agents.emplace_back();
  fleet.agents.back().status.name = "alpha";
  fleet.agents.back().status.state = "up";
  world.board.fleet_is(fleet);
  const std::vector<Event> third = reader.turn();
  ASSERT_EQ(names(third), (Names{"farm", "agents"}));
  EXPECT_EQ(third[1].data["agents"][0]["name"], "alpha");
  world.board.fleet_is(fleet);  // nothing new in it
  EXPECT_EQ(names(reader.turn()), Names{});
}

TEST(LogStream, GivesPiecesAsTheyComeAndEndsWithTheJob) {
  World world;
  world.show(World::build(1, BuildState::Running, JobState::Assigned));
  world.log(JobId{10}, 0, "one\n");
  Reader reader(world.get("/api/v1/builds/1/jobs/api/log/events"));
  const std::vector<Event> first = reader.turn();
  ASSERT_EQ(names(first), Names{"log"});
  EXPECT_EQ(first[0].data["text"], "one\n");
  EXPECT_EQ(first[0].id, "4");
  world.log(JobId{10}, 4, "two\n");
  EXPECT_EQ(reader.turn().at(0).data["text"], "two\n");
  world.log(JobId{10}, 8, "last\n");
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  const std::vector<Event> last = reader.turn();
  ASSERT_EQ(names(last), (Names{"log", "end"}));
  EXPECT_EQ(last[0].data["text"], "last\n");
  EXPECT_EQ(last[1].data["ended"], true);
  EXPECT_FALSE(reader.open);
}

TEST(LogStream, GoesOnWhereTheClientWas) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  world.log(JobId{10}, 0, "one\ntwo\n");
  EXPECT_EQ(Reader(world.get("/api/v1/builds/1/jobs/api/log/events", {}, "4")).turn().at(0).data["text"], "two\n");
  EXPECT_EQ(Reader(world.get("/api/v1/builds/1/jobs/api/log/events", {{"offset", "4"}})).turn().at(0).data["text"], "two\n");
  EXPECT_EQ(world.get("/api/v1/builds/1/jobs/api/log/events", {}, "8").status, 204);
  EXPECT_EQ(world.get("/api/v1/builds/1/jobs/none/log/events").status, 404);
}

TEST(LogStream, ABigLogComesInBoundedTurnsWithoutWaiting) {
  World world;
  world.show(World::build(1, BuildState::Succeeded, JobState::Succeeded));
  constexpr std::size_t kPiece = 50'000;
  constexpr std::size_t kPieces = 20;
  for (std::size_t i = 0; i < kPieces; ++i) world.log(JobId{10}, i * kPiece, std::string(kPiece, 'x'));
  Reader reader(world.get("/api/v1/builds/1/jobs/api/log/events"));
  std::size_t bytes = 0;
  int turns = 0;
  while (reader.open && ++turns < 1'000) {
    std::size_t of_turn = 0;
    for (const Event& event : reader.turn()) of_turn += event.data["text"].get<std::string>().size();
    EXPECT_LE(of_turn, 200'000U);
    bytes += of_turn;
  }
  EXPECT_EQ(bytes, kPiece * kPieces);
}

}  // namespace
}  // namespace farm::coordinator::test
