#include "coordinator/http/board.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

BuildStatus build(std::uint64_t id, BuildState state, std::uint64_t version = 1) {
  BuildStatus status;
  status.id = BuildId{id};
  status.state = state;
  status.version = version;
  return status;
}

TEST(Board, ShowsTheNewestOfABuildAndAnOldShotStaysWhole) {
  Board board;
  board.build_is(build(1, BuildState::Running, 1));
  const BuildShot old = board.build(BuildId{1});
  board.build_is(build(1, BuildState::Running, 2));
  EXPECT_EQ(old->version, 1U);
  EXPECT_EQ(board.build(BuildId{1})->version, 2U);
  EXPECT_EQ(board.build(BuildId{2}), nullptr);
}

TEST(Board, ABuildThatEndedIsNoOpenOneAndIsShownForAWhile) {
  Board board;
  board.build_is(build(1, BuildState::Running));
  board.build_is(build(1, BuildState::Succeeded));
  EXPECT_TRUE(board.open_builds().empty());
  EXPECT_EQ(board.build(BuildId{1})->state, BuildState::Succeeded);
  EXPECT_EQ(board.ended_count(), 1U);
  for (std::uint64_t id = 2; id < 2 + kEndedKept; ++id) board.build_is(build(id, BuildState::Failed));
  EXPECT_EQ(board.build(BuildId{1}), nullptr);
}

TEST(Board, TellsWhatChangedSinceATurnInOrder) {
  Board board;
  board.build_is(build(1, BuildState::Running));
  const std::uint64_t seen = board.turn();
  EXPECT_TRUE(board.changed_since(seen).empty());
  board.build_is(build(3, BuildState::Running));
  board.build_is(build(2, BuildState::Failed));  // never seen open
  board.build_is(build(1, BuildState::Succeeded));
  std::vector<std::uint64_t> ids;
  for (const BuildShot& shot : board.changed_since(seen)) ids.push_back(shot->id.value);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{3, 2, 1}));
}

TEST(Board, WakesWhoWaitsForNews) {
  Board board;
  const std::uint64_t seen = board.turn();
  EXPECT_EQ(board.wait_for_news(seen, Millis{0}), seen);
  std::thread loop([&] { board.logs_grew(); });
  while (board.wait_for_news(seen, Millis{60'000}) == seen) {
  }
  loop.join();
  EXPECT_EQ(board.turn(), seen + 1);
}

}  // namespace
}  // namespace farm::coordinator
