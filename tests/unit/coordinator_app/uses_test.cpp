#include "coordinator/app/uses.hpp"

#include <gtest/gtest.h>

#include "coordinator/app/erase_guard.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

Digest digest(std::uint8_t number) {
  Digest made;
  made.bytes[31] = number;
  return made;
}

TEST(NoteUse, ANewProjectIsWrittenAtOnceAndAKnownOneOnlyAfterAnHour) {
  std::int64_t used = 1'000;
  std::vector<std::string> users = {"market"};
  EXPECT_FALSE(note_use(used, users, "market", 1'000 + kUseStale.value - 1));
  EXPECT_EQ(used, 1'000);
  EXPECT_TRUE(note_use(used, users, "depot", 2'000));
  EXPECT_EQ(users, (std::vector<std::string>{"depot", "market"}));
  EXPECT_EQ(used, 2'000);
  EXPECT_TRUE(note_use(used, users, "market", 2'000 + kUseStale.value));
  EXPECT_EQ(used, 2'000 + kUseStale.value);
}

TEST(NoteUse, TheListOfProjectsIsBounded) {
  std::int64_t used = 1'000;
  std::vector<std::string> users;
  for (std::size_t i = 0; i < wire::kUsersMax + 5; ++i) (void)note_use(used, users, "p" + std::to_string(i), 1'000);
  EXPECT_EQ(users.size(), wire::kUsersMax);
}

TEST(CacheUse, ComesBackAsItWasAndEachZoneHasItsOwnTag) {
  const auto back = parse_cache_use(cache_use_value({"market", 77}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->project, "market");
  EXPECT_EQ(back->used_ms, 77);
  EXPECT_EQ(parse_cache_use("short").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(cache_tag("c-1", "trusted"), "c-1");
  EXPECT_EQ(cache_tag("c-1", "forks"), "forks.c-1");
}

TEST(EraseGuard, WhatWasLookedAtSinceTheRunBeganIsNotErased) {
  EraseGuard guard;
  {
    EraseGuard::Use use(guard);
    use.of(digest(1));
  }
  EXPECT_TRUE(guard.was_seen(digest(1)));
  EXPECT_FALSE(guard.was_seen(digest(2)));
  guard.begin();
  EXPECT_FALSE(guard.was_seen(digest(1)));
}

}  // namespace
}  // namespace farm::coordinator
